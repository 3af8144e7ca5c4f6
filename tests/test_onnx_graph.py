import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from convlet.engine import keras
from convlet.errors import ModelError
from convlet.models import top_hat
from convlet.onnx_graph import model, onnx_model
from convlet.onnx_graph.stack import ACTIVATIONS

LAYERS = keras().layers
LIMIT = 1e-5
GREY, COLOUR = (9, 12, 1), (10, 9, 3)


def sequential(*layers, shape=GREY, head=True, scale=True, name=None):
    """A net of `layers` with random weights, biases and moving averages too."""
    stack = [keras().Input(shape, dtype="uint8"), *([LAYERS.Rescaling(1 / 255)] if scale else []), *layers]
    if head:
        stack += [LAYERS.Flatten(), LAYERS.Dense(5)]  # no softmax, which would hide differences
    return shaken(keras().Sequential(stack, name=name))


def shaken(model):
    random = np.random.default_rng(1)
    moved = []
    for values in model.get_weights():
        noise = random.normal(0, 0.3, values.shape)
        moved.append(values + np.where(values == 1, np.abs(noise), noise))  # a variance stays above zero
    model.set_weights([values.astype(np.float32) for values in moved])
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
    images = np.random.default_rng(0).integers(0, 256, (7, *model.input_shape[1:]), dtype=np.uint8)
    theirs = np.asarray(model(images))
    limit *= max(1, np.abs(theirs).max())
    assert np.ptp(theirs, axis=0).max() > 20 * limit
    np.testing.assert_allclose(run_onnx(proto, images), theirs, rtol=0, atol=limit)
    np.testing.assert_allclose(run_onnx(proto, images[:1]), theirs[:1], rtol=0, atol=limit)
    return proto


def refused(model, words: str) -> None:
    with pytest.raises(ModelError, match=words) as refusal:
        onnx_model(model)
    assert "What can: a keras.Sequential of Cropping2D, " in str(refusal.value)
    assert "predict with its .keras file" in str(refusal.value)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [1, 2, 3, (1, 2)])
@pytest.mark.parametrize("kernel", [1, 2, (3, 4), 5])
@pytest.mark.parametrize("shape", [GREY, COLOUR], ids=["grey", "colour"])
def test_convolutions(padding, strides, kernel, shape) -> None:
    first = LAYERS.Conv2D(4, kernel, strides=strides, padding=padding, activation="relu")
    assert_same(sequential(first, LAYERS.Conv2D(3, 3, strides=strides, padding="same"), shape=shape))


@pytest.mark.parametrize("size", range(5, 10))
def test_same_padding_of_every_remainder(size) -> None:
    assert_same(sequential(*(LAYERS.Conv2D(2, 4, strides=stride, padding="same") for stride in (1, 2, 3)), shape=(size, size + 1, 1)))


@pytest.mark.parametrize(
    "options",
    [{"use_bias": False}, {"dilation_rate": 2}, {"dilation_rate": (1, 2), "padding": "same"}, {"groups": 3}],
    ids=str,
)
def test_options_of_convolutions(options) -> None:
    assert_same(sequential(LAYERS.Conv2D(6, 3, **options), shape=COLOUR))


@pytest.mark.parametrize("activation", ["linear", "silu", "swish", "softmax", *ACTIVATIONS])
def test_activations(activation) -> None:
    assert_same(
        sequential(
            LAYERS.Activation(activation),
            LAYERS.Conv2D(4, 3, activation=activation),
            LAYERS.Activation(activation),
            LAYERS.Flatten(),
            LAYERS.Dense(6, activation=activation),
            LAYERS.Activation(activation),
            shape=COLOUR,
        )
    )


@pytest.mark.parametrize(
    "options",
    [{}, {"strides": 1}, {"pool_size": 3}, {"pool_size": (1, 3)}, {"padding": "same"}, {"pool_size": 3, "strides": 2, "padding": "same"}],
    ids=str,
)
@pytest.mark.parametrize("shape", [GREY, COLOUR], ids=["grey", "colour"])
def test_pools(options, shape) -> None:
    assert_same(sequential(LAYERS.Conv2D(4, 2), LAYERS.MaxPooling2D(**options), shape=shape))
    assert_same(sequential(LAYERS.MaxPooling2D(**options), shape=shape))


@pytest.mark.parametrize("shape", [GREY, COLOUR], ids=["grey", "colour"])
@pytest.mark.parametrize(
    "between", [[], [LAYERS.Dropout, 0.5], [LAYERS.Activation, "tanh"], [LAYERS.Activation, "softmax"], [LAYERS.Rescaling, 3, 0.5]]
)
def test_what_stands_between_flatten_and_dense(shape, between) -> None:
    kind, *arguments = between or (LAYERS.Flatten,)
    assert_same(sequential(LAYERS.Conv2D(4, 3), LAYERS.Flatten(), kind(*arguments), shape=shape))
    assert_same(sequential(LAYERS.Flatten(), kind(*arguments), LAYERS.Dense(8, use_bias=False), LAYERS.Dropout(0.1), shape=shape))


@pytest.mark.parametrize("crop", [2, (1, 2), ((1, 2), (0, 3)), 0])
def test_crops(crop) -> None:
    for shape in (GREY, COLOUR):
        assert_same(sequential(LAYERS.Cropping2D(crop), LAYERS.Rescaling(1 / 255), LAYERS.Conv2D(4, 3), shape=shape, scale=False))
        assert_same(sequential(LAYERS.Cropping2D(crop), LAYERS.Conv2D(4, 3), shape=shape))
    assert_same(sequential(LAYERS.Conv2D(4, 3, padding="same"), LAYERS.Cropping2D(crop)))


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("bias", [True, False])
def test_offsets(padding, bias) -> None:
    scaled = LAYERS.Rescaling(1 / 127.5, offset=-1)
    assert_same(sequential(scaled, LAYERS.Conv2D(6, 3, padding=padding, use_bias=bias, groups=3), shape=COLOUR, scale=False))
    assert_same(sequential(scaled, LAYERS.Flatten(), LAYERS.Dense(4, use_bias=bias), scale=False))


@pytest.mark.parametrize("options", [{}, {"center": False}, {"scale": False}, {"center": False, "scale": False}, {"epsilon": 0.1}], ids=str)
def test_batch_normalization_goes_into_the_weights_before_it(options) -> None:
    def norm(**more):
        return LAYERS.BatchNormalization(**options, **more)

    convolution = LAYERS.Conv2D(6, 3, use_bias=False, groups=3)
    model = sequential(convolution, norm(), LAYERS.Activation("relu"), LAYERS.Conv2D(4, 3), norm(axis=3), shape=COLOUR)
    assert ops(assert_same(model)) == ["Transpose", "Cast", "Conv", "Relu", "Conv", "Flatten", "Gemm"]
    model = sequential(LAYERS.Conv2D(2, 3), LAYERS.Flatten(), LAYERS.Dense(7, use_bias=False), LAYERS.Dropout(0.5), norm(), norm())
    assert ops(assert_same(model)) == ["Reshape", "Cast", "Conv", "Flatten", "Gemm", "Gemm"]


def test_batch_normalization_with_no_weights_before_it() -> None:
    norm = LAYERS.BatchNormalization
    assert_same(sequential(norm(), LAYERS.Conv2D(4, 3, padding="same"), LAYERS.MaxPooling2D(), norm(), shape=COLOUR))
    assert_same(sequential(LAYERS.Conv2D(4, 3, activation="relu"), norm(), LAYERS.Flatten(), norm(), LAYERS.Activation("relu"), norm()))
    assert_same(sequential(LAYERS.Conv2D(4, 3), LAYERS.Rescaling(2, 1), norm(), LAYERS.Flatten(), norm(scale=False)))
    assert_same(sequential(LAYERS.Conv2D(4, 3), LAYERS.Flatten(), norm()))


def test_scales_anywhere() -> None:
    assert_same(sequential(LAYERS.Flatten(), LAYERS.Rescaling(1, -100), LAYERS.Rescaling(0.01, 0.2), scale=False))
    assert_same(sequential(LAYERS.Conv2D(4, 3), LAYERS.Rescaling(2, 0.1), LAYERS.MaxPooling2D(), LAYERS.Rescaling(2, 0.1)))
    assert_same(sequential(LAYERS.Conv2D(4, 3), LAYERS.Flatten(), LAYERS.Dense(3), LAYERS.Rescaling(2, 0.1), head=False))


def test_the_graph_is_lean() -> None:
    grey = sequential(
        LAYERS.Cropping2D(1),
        LAYERS.Conv2D(4, 3, activation="relu"),
        LAYERS.MaxPooling2D(),
        LAYERS.Conv2D(4, 2, activation="silu"),
        LAYERS.Dropout(0.5),
    )
    tail = ["Cast", "Conv", "Relu", "MaxPool", "Conv", "Sigmoid", "Mul", "Flatten", "Gemm"]
    assert ops(assert_same(grey)) == ["Slice", "Reshape", *tail]
    colour = sequential(*(layer.__class__.from_config(layer.get_config()) for layer in grey.layers[1:-2]), shape=COLOUR)
    assert ops(assert_same(colour)) == ["Slice", "Transpose", *tail]
    bare = sequential(LAYERS.Rescaling(2, 1), LAYERS.Flatten(), LAYERS.Dense(3, activation="softmax"), head=False)
    assert ops(assert_same(bare)) == ["Flatten", "Cast", "Gemm", "Softmax"]


def test_the_form_that_other_programs_rely_on() -> None:
    proto = onnx_model(sequential(LAYERS.Conv2D(4, 3), shape=COLOUR))
    (given,), (answered,) = proto.graph.input, proto.graph.output
    assert (given.name, answered.name) == ("image", "probabilities")
    assert [size.dim_param or size.dim_value for size in given.type.tensor_type.shape.dim] == ["n", *COLOUR]
    assert [size.dim_param or size.dim_value for size in answered.type.tensor_type.shape.dim] == ["n", 5]
    assert len({node.name for node in proto.graph.node}) == len(proto.graph.node)


def test_a_mixed_precision_model_is_written_in_float32() -> None:
    layers = [LAYERS.Conv2D(4, 3, dtype="mixed_bfloat16"), LAYERS.Flatten(), LAYERS.Dense(5, activation="softmax", dtype="float32")]
    proto = assert_same(sequential(*layers, head=False), limit=0.01)
    assert {constant.data_type for constant in proto.graph.initializer} == {1, 7}  # float32, int64


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
    return keras().Model(image, LAYERS.Average()([answers[index] for index in averaged] if averaged else answers), name="ensemble")


def test_an_ensemble_and_its_saved_copy(tmp_path) -> None:
    model = ensemble(members())
    proto = assert_same(model)
    assert ops(proto)[-1] == "Mean"
    assert ops(proto).count("Slice") == 2  # two of the three crop alike
    assert {constant.name.split("/")[0] for constant in proto.graph.initializer} == {"net_0", "net_1", "net_2", "integers"}
    model.save(tmp_path / "model.keras")
    again = onnx_model(keras().models.load_model(tmp_path / "model.keras", compile=False))
    assert again == proto


def test_refuses_models_of_other_forms() -> None:
    refused(ensemble(members(2), averaged=(0, 0, 1)), "'ensemble', whose answer is not the average")
    image = keras().Input(GREY, dtype="uint8")
    refused(keras().Model(image, members(1)[0](image)), "neither a Sequential nor the average of some .Functional")
    refused(keras().Model(image, LAYERS.Flatten()(image)), "neither a Sequential nor the average of some")
    refused(LAYERS.Dense(3), "neither a Sequential nor the average of some .Dense")
    refused(keras().Sequential([LAYERS.Flatten(), LAYERS.Dense(3)], name="open"), "'open', which does not begin with keras.Input")
    refused(keras().Sequential([keras().Input(GREY), LAYERS.Flatten()], name="float"), "'float', which does not begin with keras.Input")
    refused(sequential(LAYERS.Conv2D(3, 3), head=False, name="picture"), "'picture', which answers with an image")
    refused(sequential(LAYERS.Conv2D(3, 3), LAYERS.Flatten(), head=False, name="flat"), "'flat', which answers with an image")


def test_refuses_layers_and_options_it_does_not_write() -> None:
    refused(sequential(LAYERS.LayerNormalization(name="norm")), r"the layer 'norm' \(LayerNormalization\)")
    refused(sequential(LAYERS.BatchNormalization(axis=1, name="rows")), "'rows' .BatchNormalization. along another axis")
    refused(sequential(LAYERS.Dense(3, name="wide")), r"'wide' \(Dense\) on images, without a Flatten")
    refused(sequential(LAYERS.Rescaling([1, 2, 3], name="tint"), shape=COLOUR), "'tint'.*scales each channel")
    refused(sequential(LAYERS.Activation("relu6", name="six")), "the activation 'relu6' of the layer 'six' .one of linear, silu, ")
    refused(sequential(LAYERS.Flatten(data_format="channels_first", name="turned")), "'turned' .Flatten., which takes channels first")
    refused(sequential(type("Conv2D", (LAYERS.Conv2D,), {})(3, 3, name="own")), r"the layer 'own' \(.*test_onnx_graph\.Conv2D\)")
    adapted = sequential(LAYERS.Conv2D(3, 3, name="adapted"))
    adapted.layers[1].enable_lora(2)
    refused(adapted, "'adapted', which has more weights than a kernel and a bias")


def in_a_fresh_process(program: str, **environment: str) -> None:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=os.environ | environment)
    assert done.returncode == 0, done.stderr


def test_the_module_needs_neither_keras_nor_an_engine() -> None:
    in_a_fresh_process("import sys; sys.modules |= dict.fromkeys(('keras', 'tensorflow', 'jax', 'onnx')); import convlet.onnx_graph")


def test_refuses_what_no_onnx_file_can_hold(monkeypatch) -> None:
    monkeypatch.setattr(model, "_LARGEST", 1000)
    with pytest.raises(ModelError, match=r"0\.0 GB of weights; an ONNX file holds 2\.1"):
        onnx_model(sequential(LAYERS.Conv2D(32, 5)))


WITHOUT_TENSORFLOW = f"""
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name == "tensorflow":
            raise ImportError(name)

sys.meta_path.insert(0, Missing())
sys.path.insert(0, {str(Path(__file__).parent)!r})
import test_onnx_graph as tests

tests.assert_same(tests.ensemble(tests.members()))
"""


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed")
def test_writes_under_jax_where_tensorflow_is_missing() -> None:
    in_a_fresh_process(WITHOUT_TENSORFLOW, KERAS_BACKEND="jax")


@pytest.mark.parametrize("dark", [False, True])
def test_the_top_hat(dark: bool) -> None:
    evened = top_hat(GREY, 3, dark=dark)
    assert_same(sequential(evened, LAYERS.Conv2D(4, 3), scale=False))
    assert_same(
        sequential(
            evened, LAYERS.Cropping2D(1, dtype="float32"), LAYERS.Rescaling(1 / 255, -0.5), LAYERS.Conv2D(4, 3, padding="same"), scale=False
        )
    )


def test_another_model_inside_the_model_is_refused() -> None:
    image = keras().Input(GREY)
    inner = keras().Model(image, LAYERS.Rescaling(2.0)(image), name="inner")
    with pytest.raises(ModelError, match="a model inside the model"):
        onnx_model(sequential(inner))


def test_members_of_an_ensemble_share_the_top_hat() -> None:
    image = keras().Input(GREY, dtype="uint8")
    members = [sequential(top_hat(GREY, 3, dark=False), scale=False, name=f"net_{number}") for number in range(3)]
    assert ops(onnx_model(keras().Model(image, LAYERS.Average()([member(image) for member in members])))).count("MaxPool") == 4
