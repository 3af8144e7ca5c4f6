import pytest

from convlet.exports.onnx_graph import onnx_model
from convlet.exports.onnx_graph.layers import ACTIVATIONS
from tests.exports.onnx_graph.nets import COLOUR, GREY, LAYERS, assert_same, functional, ops, refused, sequential


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [1, 2, 3, (1, 2)])
@pytest.mark.parametrize("kernel", [1, 2, (3, 4), 5])
@pytest.mark.parametrize("shape", [GREY, COLOUR], ids=["grey", "colour"])
def test_convolutions(padding, strides, kernel, shape) -> None:
    first = LAYERS.Conv2D(4, kernel, strides=strides, padding=padding, activation="relu")
    assert_same(sequential(first, LAYERS.Conv2D(3, 3, strides=strides, padding="same"), shape=shape))


@pytest.mark.parametrize("size", range(5, 10))
def test_same_padding_of_every_remainder(size) -> None:
    assert_same(
        sequential(
            *(LAYERS.Conv2D(2, 4, strides=stride, padding="same") for stride in (1, 2, 3)), shape=(size, size + 1, 1)
        )
    )


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
    [
        {},
        {"strides": 1},
        {"pool_size": 3},
        {"pool_size": (1, 3)},
        {"padding": "same"},
        {"pool_size": 3, "strides": 2, "padding": "same"},
    ],
    ids=str,
)
@pytest.mark.parametrize("shape", [GREY, COLOUR], ids=["grey", "colour"])
@pytest.mark.parametrize("pool", [LAYERS.MaxPooling2D, LAYERS.AveragePooling2D])
def test_pools(options, shape, pool) -> None:
    assert_same(sequential(LAYERS.Conv2D(4, 2), pool(**{"pool_size": 2} | options), shape=shape))
    assert_same(
        sequential(LAYERS.Rescaling(-2, 1), pool(**{"pool_size": 2} | options), LAYERS.Conv2D(4, 2), shape=shape)
    )


@pytest.mark.parametrize("keepdims", [True, False])
@pytest.mark.parametrize("pool", [LAYERS.GlobalMaxPooling2D, LAYERS.GlobalAveragePooling2D])
def test_global_pools(pool, keepdims) -> None:
    for before, shape in ([LAYERS.Conv2D(4, 2), LAYERS.Rescaling(-2, 1)], GREY), ([], COLOUR):
        after = LAYERS.Conv2D(4, 1) if keepdims else LAYERS.Dense(4)
        assert_same(sequential(*before, pool(keepdims=keepdims), after, shape=shape))


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("more", [{}, {"depth_multiplier": 2}, {"strides": 2}, {"dilation_rate": 2}], ids=str)
def test_depthwise_convolutions(padding, bias, more) -> None:
    options = {"kernel_size": 3, "padding": padding, "use_bias": bias, "activation": "tanh"} | more
    scaled, norm = LAYERS.Rescaling(1 / 100, -1), LAYERS.BatchNormalization
    assert_same(sequential(scaled, LAYERS.DepthwiseConv2D(**options), norm(), shape=COLOUR, scale=False))
    assert_same(sequential(scaled, LAYERS.SeparableConv2D(5, **options), norm(), shape=COLOUR, scale=False))


def test_depthwise_convolutions_are_one_operator_for_each_kernel() -> None:
    depthwise = LAYERS.DepthwiseConv2D(3, use_bias=False), LAYERS.BatchNormalization(), LAYERS.Activation("relu")
    proto = assert_same(sequential(*depthwise, LAYERS.SeparableConv2D(4, 3), LAYERS.BatchNormalization(), shape=COLOUR))
    assert ops(proto) == ["Transpose", "Cast", "Conv", "Relu", "Conv", "Conv", "Flatten", "Gemm"]


@pytest.mark.parametrize("padding", [2, (1, 2), ((1, 2), (0, 3))])
def test_zero_padding(padding) -> None:
    padded = LAYERS.ZeroPadding2D(padding)
    assert ops(assert_same(sequential(padded, LAYERS.Conv2D(4, 3)))) == [
        *["Pad", "Reshape", "Cast", "Conv", "Flatten", "Gemm"]
    ]
    assert_same(sequential(LAYERS.Conv2D(4, 3), padded, LAYERS.Rescaling(2, 1), padded, shape=COLOUR))


@pytest.mark.parametrize("bias", [True, False])
def test_a_convolution_that_whitens_patches(bias) -> None:
    whitening = LAYERS.Conv2D(24, 2, use_bias=bias, trainable=False)

    def net(x):
        x = whitening(x)
        return LAYERS.Concatenate()([x, LAYERS.Rescaling(-1)(x)])

    assert ops(assert_same(functional(net, COLOUR))) == [
        "Transpose",
        "Cast",
        "Conv",
        "Neg",
        "Concat",
        "Flatten",
        "Gemm",
    ]


def test_reshapes() -> None:
    to_image = LAYERS.Reshape((4, 3, 2))
    assert_same(sequential(LAYERS.Conv2D(2, 3), LAYERS.Flatten(), LAYERS.Dense(24), to_image, LAYERS.Conv2D(3, 2)))
    assert_same(
        sequential(LAYERS.Conv2D(4, 3), LAYERS.Reshape((280,)), LAYERS.Reshape((7, 10, 4)), LAYERS.Conv2D(3, 2))
    )
    refused(sequential(LAYERS.Reshape((12, 9, 1), name="turn")), "'turn' .Reshape., other than")


@pytest.mark.parametrize("shape", [GREY, COLOUR], ids=["grey", "colour"])
@pytest.mark.parametrize(
    "between",
    [
        [],
        [LAYERS.Dropout, 0.5],
        [LAYERS.Activation, "tanh"],
        [LAYERS.Activation, "softmax"],
        [LAYERS.Rescaling, 3, 0.5],
    ],
)
def test_what_stands_between_flatten_and_dense(shape, between) -> None:
    kind, *arguments = between or (LAYERS.Flatten,)
    assert_same(sequential(LAYERS.Conv2D(4, 3), LAYERS.Flatten(), kind(*arguments), shape=shape))
    assert_same(
        sequential(
            LAYERS.Flatten(), kind(*arguments), LAYERS.Dense(8, use_bias=False), LAYERS.Dropout(0.1), shape=shape
        )
    )


@pytest.mark.parametrize("crop", [2, (1, 2), ((1, 2), (0, 3)), 0])
def test_crops(crop) -> None:
    for shape in (GREY, COLOUR):
        assert_same(
            sequential(
                LAYERS.Cropping2D(crop), LAYERS.Rescaling(1 / 255), LAYERS.Conv2D(4, 3), shape=shape, scale=False
            )
        )
        assert_same(sequential(LAYERS.Cropping2D(crop), LAYERS.Conv2D(4, 3), shape=shape))
    assert_same(sequential(LAYERS.Conv2D(4, 3, padding="same"), LAYERS.Cropping2D(crop)))


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("bias", [True, False])
def test_offsets(padding, bias) -> None:
    scaled = LAYERS.Rescaling(1 / 127.5, offset=-1)
    assert_same(
        sequential(scaled, LAYERS.Conv2D(6, 3, padding=padding, use_bias=bias, groups=3), shape=COLOUR, scale=False)
    )
    assert_same(sequential(scaled, LAYERS.Flatten(), LAYERS.Dense(4, use_bias=bias), scale=False))


@pytest.mark.parametrize(
    "options", [{}, {"center": False}, {"scale": False}, {"center": False, "scale": False}, {"epsilon": 0.1}], ids=str
)
def test_batch_normalization_goes_into_the_weights_before_it(options) -> None:
    def norm(**more):
        return LAYERS.BatchNormalization(**options, **more)

    convolution = LAYERS.Conv2D(6, 3, use_bias=False, groups=3)
    model = sequential(convolution, norm(), LAYERS.Activation("relu"), LAYERS.Conv2D(4, 3), norm(axis=3), shape=COLOUR)
    assert ops(assert_same(model)) == ["Transpose", "Cast", "Conv", "Relu", "Conv", "Flatten", "Gemm"]
    model = sequential(
        LAYERS.Conv2D(2, 3), LAYERS.Flatten(), LAYERS.Dense(7, use_bias=False), LAYERS.Dropout(0.5), norm(), norm()
    )
    assert ops(assert_same(model)) == ["Reshape", "Cast", "Conv", "Flatten", "Gemm", "Gemm"]


@pytest.mark.parametrize("pool", [LAYERS.MaxPooling2D, LAYERS.AveragePooling2D])
@pytest.mark.parametrize("negative", [False, True])
def test_batch_normalization_behind_a_pool(pool, negative) -> None:
    norm = LAYERS.BatchNormalization()
    model = sequential(
        LAYERS.Conv2D(6, 3, use_bias=False),
        pool(3, 2, padding="same"),
        norm,
        LAYERS.Activation("relu"),
        LAYERS.Conv2D(4, 2),
        shape=COLOUR,
    )
    if negative:
        scale, *others = norm.get_weights()
        scale[1] *= -1
        norm.set_weights([scale, *others])
    op = "MaxPool" if pool is LAYERS.MaxPooling2D else "AveragePool"
    apart = ["BatchNormalization"] if negative and op == "MaxPool" else []
    expected = ["Transpose", "Cast", "Conv", op, *apart, "Relu", "Conv", "Flatten", "Gemm"]
    assert ops(assert_same(model)) == expected


def test_a_negative_scale_and_a_normalization_behind_a_pool() -> None:
    norm = LAYERS.BatchNormalization
    assert_same(sequential(LAYERS.Conv2D(4, 3), LAYERS.MaxPooling2D(), LAYERS.Rescaling(-2, 0.3), norm(), norm()))
    assert_same(sequential(LAYERS.Conv2D(4, 3), LAYERS.MaxPooling2D(2, 1), LAYERS.MaxPooling2D(), norm()))


def test_batch_normalization_with_no_weights_before_it() -> None:
    norm = LAYERS.BatchNormalization
    assert_same(sequential(norm(), LAYERS.Conv2D(4, 3, padding="same"), LAYERS.MaxPooling2D(), norm(), shape=COLOUR))
    assert_same(
        sequential(
            LAYERS.Conv2D(4, 3, activation="relu"), norm(), LAYERS.Flatten(), norm(), LAYERS.Activation("relu"), norm()
        )
    )
    assert_same(sequential(LAYERS.Conv2D(4, 3), LAYERS.Rescaling(2, 1), norm(), LAYERS.Flatten(), norm(scale=False)))
    assert_same(sequential(LAYERS.Conv2D(4, 3), LAYERS.Flatten(), norm()))


def test_scales_anywhere() -> None:
    assert_same(sequential(LAYERS.Flatten(), LAYERS.Rescaling(1, -100), LAYERS.Rescaling(0.01, 0.2), scale=False))
    assert_same(
        sequential(LAYERS.Conv2D(4, 3), LAYERS.Rescaling(2, 0.1), LAYERS.MaxPooling2D(), LAYERS.Rescaling(2, 0.1))
    )
    assert_same(
        sequential(LAYERS.Conv2D(4, 3), LAYERS.Flatten(), LAYERS.Dense(3), LAYERS.Rescaling(2, 0.1), head=False)
    )


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
    def net(policy: str):
        convolution = LAYERS.Conv2D(4, 3, dtype=policy, name="conv")
        flatten, dense = LAYERS.Flatten(name="flatten"), LAYERS.Dense(5, activation="softmax", name="dense")
        scale = LAYERS.Rescaling(1 / 255, name="scale")
        return sequential(scale, convolution, flatten, dense, head=False, scale=False, name="net")

    proto = onnx_model(net("mixed_bfloat16"))
    assert proto == assert_same(net("float32"))
    assert {constant.data_type for constant in proto.graph.initializer} == {1, 7}  # float32, int64
