"""Graphs that branch and join, and models inside models."""

import pytest

from convlet.models import top_hat
from convlet.system.engine import keras
from tests.exports.onnx_graph.nets import (
    COLOUR,
    GREY,
    LAYERS,
    assert_same,
    functional,
    ops,
    refused,
    sequential,
    shaken,
)

MERGES = ["Add", "Subtract", "Multiply", "Average", "Maximum", "Concatenate"]


def block(x, filters: int, merge: str = "Add"):
    """A residual block with a projection shortcut."""
    y = LAYERS.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    y = LAYERS.Activation("relu")(LAYERS.BatchNormalization()(y))
    y = LAYERS.BatchNormalization()(LAYERS.Conv2D(filters, 3, padding="same", use_bias=False)(y))
    x = LAYERS.BatchNormalization()(LAYERS.Conv2D(filters, 1, use_bias=False)(x))
    return LAYERS.Activation("relu")(getattr(LAYERS, merge)()([y, x]))


@pytest.mark.parametrize("merge", MERGES)
@pytest.mark.parametrize("shape", [GREY, COLOUR], ids=["grey", "colour"])
def test_residual_blocks_with_any_merge(merge: str, shape) -> None:
    assert_same(functional(lambda x: block(x, 4, merge), shape))


def test_a_residual_net_is_lean() -> None:
    def net(x):
        x = block(block(LAYERS.Conv2D(4, 3)(x), 4), 6)
        return LAYERS.Dropout(0.5)(LAYERS.GlobalAveragePooling2D()(x))

    block_ops = ["Conv", "Relu", "Conv", "Conv", "Add", "Relu"]
    assert ops(assert_same(functional(net))) == [
        *["Reshape", "Cast", "Conv"],
        *block_ops,
        *block_ops,
        *["GlobalAveragePool", "Flatten", "Gemm"],
    ]


def test_weights_that_a_second_layer_uses_stay_as_they_are() -> None:
    def net(x):
        x = LAYERS.Conv2D(4, 3)(x)
        branches = [x, LAYERS.BatchNormalization()(x), LAYERS.Rescaling(3, 1)(x), LAYERS.BatchNormalization()(x)]
        return LAYERS.Concatenate()(branches)

    assert ops(assert_same(functional(net))).count("Conv") == 1


def test_what_waits_is_applied_on_every_branch() -> None:
    def net(x):
        x = LAYERS.Rescaling(2, -0.3)(x)
        branches = [LAYERS.Conv2D(1, 3, padding="same")(x), LAYERS.MaxPooling2D(3, 1, padding="same")(x)]
        return LAYERS.Add()([x, *branches, LAYERS.DepthwiseConv2D(1)(x)])

    assert_same(functional(net))


def test_a_layer_that_is_used_twice() -> None:
    def net(x):
        shared, pooled = LAYERS.Conv2D(4, 3), LAYERS.Rescaling(2, 1)(LAYERS.MaxPooling2D(1)(x))
        one, other = shared(x), shared(pooled)
        return LAYERS.Concatenate()([one, LAYERS.BatchNormalization()(other), shared(LAYERS.Rescaling(-1)(pooled))])

    assert ops(assert_same(functional(net))).count("Conv") == 3


def test_features_of_different_orders_meet() -> None:
    def net(x):
        x = LAYERS.Conv2D(4, 3)(x)
        flat, pooled = LAYERS.Flatten()(x), LAYERS.Flatten()(LAYERS.MaxPooling2D(2)(x))
        joined = LAYERS.Dense(280, activation="tanh")(LAYERS.Concatenate()([pooled, flat, LAYERS.Dense(3)(flat)]))
        return LAYERS.Concatenate()(
            [LAYERS.Add()([flat, joined]), LAYERS.Multiply()([flat, LAYERS.Activation("relu")(flat)])]
        )

    assert_same(functional(net))


@pytest.mark.parametrize("keepdims", [True, False])
def test_channels_weighed_by_their_means(keepdims: bool) -> None:
    """Squeeze and excitation (Hu et al. 2018), with 1x1 convolutions or with dense layers."""

    def net(x):
        x = LAYERS.Conv2D(6, 3)(x)
        weights = LAYERS.GlobalAveragePooling2D(keepdims=keepdims)(x)
        if keepdims:
            weights = LAYERS.Conv2D(6, 1, activation="sigmoid")(weights)
        else:
            weights = LAYERS.Reshape((1, 1, 6))(LAYERS.Dense(6, activation="sigmoid")(weights))
        return LAYERS.Multiply()([x, weights])

    assert_same(functional(net))


def test_operations_with_numbers() -> None:
    def net(x):
        x = LAYERS.Conv2D(4, 3)(x) * 2.0 + 1
        return keras().ops.maximum(1 - x, 0.25) / keras().ops.maximum(x * x, 3.0) - 0.5

    assert_same(functional(net))


def test_models_inside_models() -> None:
    inner = keras().Input((7, 10, 4))
    residual = keras().Model(inner, LAYERS.Add()([inner, LAYERS.Conv2D(4, 1)(inner)]), name="inner")
    stack = keras().Sequential([keras().Input((7, 10, 4)), residual, LAYERS.BatchNormalization()], name="stack")
    model = functional(lambda x: LAYERS.Add()([stack(y := LAYERS.Conv2D(4, 3)(x)), residual(y), residual(stack(y))]))
    names = [node.name for node in assert_same(model).graph.node]
    assert any(name.startswith("stack/inner/") for name in names)
    assert_same(sequential(LAYERS.Conv2D(4, 3), residual))


def test_a_model_that_was_saved(tmp_path) -> None:
    model = functional(lambda x: block(block(x, 4), 4, "Concatenate") * 0.5)
    model.save(tmp_path / "model.keras")
    saved = keras().models.load_model(tmp_path / "model.keras", compile=False)
    assert ops(assert_same(saved)) == ops(assert_same(model))


def test_layers_outside_the_model_are_left_out() -> None:
    image = keras().Input(COLOUR, dtype="uint8")
    convolution, dense = LAYERS.Conv2D(4, 3), LAYERS.Dense(5)
    scaled = LAYERS.Rescaling(1 / 255)(image)
    convolution(LAYERS.Rescaling(5.0)(scaled))
    model = shaken(keras().Model(image, dense(LAYERS.Flatten()(convolution(scaled)))))
    assert ops(assert_same(model)) == ["Transpose", "Cast", "Conv", "Flatten", "Gemm"]


@pytest.mark.parametrize("dark", [False, True])
def test_the_top_hat(dark: bool) -> None:
    evened = top_hat(GREY, 3, dark=dark)
    proto = assert_same(sequential(evened, LAYERS.Conv2D(4, 3), scale=False))
    erosion = ["Neg", "MaxPool", "MaxPool"]
    before = ["Add", *erosion[1:]] if dark else erosion
    light = ["Neg", "Add"] if dark else []
    assert ops(proto) == [
        *["Reshape", "Cast", *before, "Neg", "MaxPool", "MaxPool", *light],
        *["Sub", "ReduceMax", "Max", "Div", "Conv", "Flatten", "Gemm"],
    ]
    cropped = [LAYERS.Cropping2D(1, dtype="float32"), LAYERS.Rescaling(1 / 255, -0.5)]
    assert_same(sequential(evened, *cropped, LAYERS.Conv2D(4, 3, padding="same"), scale=False))
    assert_same(sequential(top_hat(COLOUR, 5, dark=dark), LAYERS.Conv2D(4, 3), shape=COLOUR, scale=False))


def test_refuses_calls_that_are_not_plain() -> None:
    refused(
        functional(lambda x: LAYERS.Dropout(0.5, name="drop")(x, training=True)), "'drop' .Dropout., which is called"
    )
    refused(
        functional(lambda x: keras().ops.max(x, axis=1, keepdims=True)), "'max.*' .Max., other than over a whole image"
    )
    image = keras().Input(GREY, dtype="uint8")
    doubled = keras().Model(image, LAYERS.Flatten()(LAYERS.Add(name="twice")([image, image])))
    refused(doubled, "'twice' .Add. of integers, without a Rescaling")
    rounding = keras().Model(image, LAYERS.Rescaling(0.5)(image), name="rounding")
    refused(functional(rounding), "the model 'rounding', which rounds its input")
    mixed = functional(lambda x: LAYERS.Add(name="mix")([LAYERS.Conv2D(9, 3)(x), LAYERS.GlobalMaxPooling2D()(x)]))
    refused(mixed, "'mix' .Add. of images and features")
    across = LAYERS.Concatenate(axis=1, name="rows")
    refused(functional(lambda x: across([x, x])), "'rows' .Concatenate. along an axis other")
    twice = keras().Input((9, 12, 1))
    forked = keras().Model(twice, [twice, LAYERS.Rescaling(2.0)(twice)], name="forked")
    refused(functional(lambda x: LAYERS.Add()(forked(x))), "the model 'forked' with 1 inputs and 2 outputs")
