"""Small nets with random weights, and whether the graph written of one answers like it."""

import numpy as np
import pytest

from convlet.errors import ModelError
from convlet.exports.onnx_graph import onnx_model
from convlet.system.engine import keras

LAYERS = keras().layers
LIMIT = 1e-5
GREY, COLOUR = (9, 12, 1), (10, 9, 3)


def sequential(*layers, shape=GREY, head=True, scale=True, name=None):
    """A net of `layers` with random weights, biases and moving averages too."""
    stack = [keras().Input(shape, dtype="uint8"), *([LAYERS.Rescaling(1 / 255)] if scale else []), *layers]
    if head:
        stack += [LAYERS.Flatten(), LAYERS.Dense(5)]  # no softmax, which would hide differences
    return shaken(keras().Sequential(stack, name=name))


def functional(build, shape=GREY):
    """A net of what `build` makes of a tensor of scaled pixels."""
    image = keras().Input(shape, dtype="uint8")
    made = build(LAYERS.Rescaling(1 / 100, -0.5)(image))
    return shaken(keras().Model(image, LAYERS.Dense(5)(LAYERS.Flatten()(made))))


def shaken(model):
    """The model with weights from one seed: nothing is at zero or one, and images surely get different answers."""
    random = np.random.default_rng(1)
    drawn = []
    for weight in model.weights:
        values = random.normal(0, 1, weight.shape)
        if len(weight.shape) > 1:
            values *= 4 / np.sqrt(np.prod(weight.shape[:-1]))
        elif weight.name != "moving_mean":  # positive, as variances are; and no relu is dead for all images
            values = 0.5 + np.abs(values)
        drawn.append(values.astype(np.float32))
    model.set_weights(drawn)
    return model


def ops(proto) -> list[str]:
    return [node.op_type for node in proto.graph.node]


def run_onnx(proto, images):
    import onnxruntime

    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(["probabilities"], {"image": images})[0]


def assert_same(model, limit: float = LIMIT):
    """The graph answers like Keras on random images, in batches of two sizes; and both tell the images apart."""
    proto = onnx_model(model)
    noise = np.random.default_rng(0).random((7, *model.input_shape[1:]))
    images = (noise * np.linspace(20, 256, 7).reshape(-1, 1, 1, 1)).astype(np.uint8)  # from dark to bright
    theirs = np.asarray(model(images))
    limit *= max(1, np.abs(theirs).max())
    assert np.ptp(theirs, axis=0).max() > 20 * limit
    np.testing.assert_allclose(run_onnx(proto, images), theirs, rtol=0, atol=limit)
    np.testing.assert_allclose(run_onnx(proto, images[:1]), theirs[:1], rtol=0, atol=limit)
    return proto


def refused(model, words: str) -> None:
    with pytest.raises(ModelError, match=words) as refusal:
        onnx_model(model)
    assert "Supported: a keras.Model with one uint8 image input" in str(refusal.value)
    assert "predict with its .keras file" in str(refusal.value)


def members(count: int = 3):
    return [
        sequential(
            LAYERS.Cropping2D(1 + (number == 2)),
            LAYERS.Conv2D(3 + number, 3, activation="silu"),
            LAYERS.Flatten(),
            LAYERS.Dense(5, activation="softmax"),
            head=False,
            name=f"net_{number}",
        )
        for number in range(count)
    ]


def ensemble(nets, averaged=None):
    image = keras().Input(GREY, dtype="uint8")
    answers = [net(image) for net in nets]
    return keras().Model(
        image, LAYERS.Average()([answers[index] for index in averaged] if averaged else answers), name="ensemble"
    )
