"""Faster layers answer and learn like Keras's."""

import numpy as np
import pytest

import convlet
from convlet.models import build_model
from convlet.system.engine import keras, tensorflow
from convlet.training.engines.fused import fused_kinds
from convlet.training.optimizer import make_optimizer


@pytest.mark.parametrize("filters", ["learned", "cosine"])
def test_fused_batch_normalization_is_keras_own(filters: str) -> None:
    """Behind cosine filters it has no weights but its moving mean and variance."""
    changes = {"normalization": "batch", "filters": [4], "dense_units": 0, "dropout": 0}
    recipe = convlet.recipe("tutorial", **changes, first_filters=filters)
    fused, plain = (build_model(recipe, (8, 8, 1), 3, kinds=kinds) for kinds in (fused_kinds(), None))
    assert type(fused.get_layer("norm_1")) is not type(plain.get_layer("norm_1"))
    assert len(plain.get_layer("norm_1").trainable_weights) == (2 if filters == "learned" else 0)
    images = np.random.default_rng(0).integers(0, 256, (64, 8, 8, 1), dtype=np.uint8)
    answers = [np.asarray(model(images, training=True)) for model in (fused, plain)]
    np.testing.assert_allclose(*answers, atol=1e-5)
    moving = [model.get_layer("norm_1").get_weights()[-2:] for model in (fused, plain)]
    np.testing.assert_allclose(moving[0], moving[1], rtol=1e-3)
    np.testing.assert_allclose(*(np.asarray(model(images)) for model in (fused, plain)), atol=1e-3)


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("channels", [64, 8])
@pytest.mark.parametrize("options", [{}, {"padding": "valid"}, {"strides": 2}, {"kernel_size": 2}, {"use_bias": True}])
def test_a_convolution_and_its_gradients_are_keras_own(options: dict, channels: int, precision: str) -> None:
    """64 channels with odd kernels in steps of 1 take our path; all others take Keras's."""
    tf = tensorflow()
    options = {"kernel_size": 3, "padding": "same", "use_bias": False, "dtype": precision} | options
    own, plain = (kind(72, **options) for kind in (fused_kinds().convolution, keras().layers.Conv2D))
    random = np.random.default_rng(0)
    images = tf.constant(random.normal(size=(5, 7, 6, channels)).astype(np.float32))
    found = []
    for layer in (own, plain):
        layer.build(images.shape)
        layer.set_weights([np.random.default_rng(1).normal(size=weight.shape) for weight in layer.weights])
        with tf.GradientTape() as tape:
            tape.watch(images)
            answers = tf.cast(layer(images), tf.float32)
            parts = np.random.default_rng(2).normal(size=answers.shape).astype(np.float32)
            loss = tf.reduce_sum(answers * parts)
        weights = [weight.value for weight in layer.trainable_weights]
        found.append([answers, *tape.gradient(loss, [images, *weights])])
    for one, other in zip(*found, strict=True):
        scale = float(tf.reduce_max(tf.abs(other)))
        np.testing.assert_allclose(one, other, atol=scale * (2e-2 if "16" in precision else 1e-5))


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("channels", [64, 8])
@pytest.mark.parametrize("kernel", [2, 3, 5, 7])
@pytest.mark.parametrize("strides", [1, 2])
@pytest.mark.parametrize("sides", [(1, 1), (1, 6), (2, 2), (3, 1)])
def test_a_kernel_larger_than_its_image_has_whole_gradients(
    sides: tuple, strides: int, kernel: int, channels: int, precision: str
) -> None:
    """oneDNN's gradient of a bfloat16 kernel is arbitrary where the kernel meets padding alone; here it is 0."""
    tf = tensorflow()
    random = np.random.default_rng(0)
    images = random.normal(size=(7, *sides, channels)).astype(np.float32)
    own, plain = (
        kind(64, kernel, strides=strides, padding="same", dtype=dtype)
        for kind, dtype in ((fused_kinds().convolution, precision), (keras().layers.Conv2D, "float32"))
    )
    parts = random.normal(size=own.compute_output_shape(images.shape)).astype(np.float32)
    found = []
    for layer in (own, plain):
        layer.build(images.shape)
        layer.set_weights([np.random.default_rng(1).normal(size=weight.shape) for weight in layer.weights])
        spoiled = [tf.fill(layer.kernel.shape, tf.cast(np.nan, layer.compute_dtype)) for _ in range(8)]
        del spoiled  # so that what the memory held is seen in the gradients
        with tf.GradientTape() as tape:
            answers = tf.cast(layer(images), tf.float32)
            loss = tf.reduce_sum(answers * parts)
        found.append([answers, tape.gradient(loss, layer.kernel.value)])
    for one, other in zip(*found, strict=True):
        scale = float(tf.reduce_max(tf.abs(other)))
        np.testing.assert_allclose(one, other, atol=scale * (2e-2 if "16" in precision else 1e-5))


@pytest.mark.parametrize("channels", [64, 8])
def test_many_channels_take_the_way_of_our_own(channels: int) -> None:
    tf = tensorflow()
    layer = fused_kinds().convolution(channels, 3, padding="same")
    layer.build((None, 6, 6, channels))

    @tf.function
    def gradient(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            loss = tf.reduce_sum(layer(images))
        return tape.gradient(loss, images)

    graph = gradient.get_concrete_function(tf.TensorSpec((4, 6, 6, channels))).graph.as_graph_def()
    assert ("Conv2DBackpropInput" in str(graph)) == (channels == 8)


@pytest.mark.slow
def test_adam_steps_as_keras_own_does() -> None:
    adam = keras().optimizers.Adam
    fused = make_optimizer(convlet.recipe("tutorial", learning_rate=0.01, betas=[0.8, 0.95]), 5)
    assert type(fused) is not adam
    found = []
    for optimizer in (fused, adam(0.01, beta_1=0.8, beta_2=0.95)):
        random = np.random.default_rng(0)
        weights = [keras().Variable(random.normal(size=shape), dtype="float32") for shape in ((3, 4), (4,))]
        for _ in range(5):
            optimizer.apply(
                [tensorflow().constant(random.normal(size=each.shape), "float32") for each in weights], weights
            )
        found.append([each.numpy() for each in weights])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
