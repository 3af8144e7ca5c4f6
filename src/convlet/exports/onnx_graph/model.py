"""A whole model as ONNX: one stack of layers, or the average of several."""

from typing import Any

from convlet.errors import ModelError
from convlet.exports.onnx_graph.graph import Graph
from convlet.exports.onnx_graph.stack import INPUT, Stack, kind_of, refused

OUTPUT = "probabilities"
OPSET, IR_VERSION = (
    20,
    9,
)  # the first opset with Gelu, and the file format of its time: onnxruntime 1.17 and later open it

_LARGEST = 2**31 - 2**20  # bytes of weights: a protocol buffer ends at 2 GiB, and the nodes need some


def onnx_model(model: Any) -> Any:
    """Write a Keras model as ONNX.

    Args:
        model: a `keras.Sequential` that takes uint8 (n, height, width, channels) and answers (n, classes), of InputLayer, Cropping2D,
            Rescaling by one scale and offset, Conv2D, BatchNormalization, MaxPooling2D, Flatten, Dense, Activation, Dropout and
            `convlet.models.top_hat`; or a `keras.Model` of one Input, several such Sequentials applied to it, and the
            `keras.layers.Average` of their answers.

    Returns:
        A checked `onnx.ModelProto`: "image", uint8 (n, height, width, channels) in, "probabilities", float32 (n, classes) out, for
        any n. It computes in float32, whatever precision the layers compute in.

    Raises:
        ModelError: a layer, an option of one, or a model that is none of those; or one of more than 2 GB, the most ONNX files hold.
    """
    import onnx

    members = _members(model)
    graph = Graph()
    stacks = [Stack(graph, member, f"{member.name}/" if len(members) > 1 else "") for member in members]
    if len(stacks) > 1:
        graph.add("average", "Mean", *(stack.tensor for stack in stacks))
    graph.nodes[next(reversed(graph.nodes))] = OUTPUT
    if (size := sum(values.nbytes for values in graph.constants.values())) > _LARGEST:
        raise ModelError(
            f"{model.name!r} has {size / 1e9:.1f} GB of weights; an ONNX file holds 2.1. Predict with its .keras file."
        )
    pixels = ["n", *members[0].input_shape[1:]]
    proto = onnx.helper.make_model(
        onnx.helper.make_graph(
            [
                onnx.helper.make_node(op, inputs, [name], name, **dict(given))
                for (op, inputs, given), name in graph.nodes.items()
            ],
            model.name,
            [onnx.helper.make_tensor_value_info(INPUT, onnx.TensorProto.UINT8, pixels)],
            [onnx.helper.make_tensor_value_info(OUTPUT, onnx.TensorProto.FLOAT, ["n", *stacks[0].shape])],
            [onnx.numpy_helper.from_array(values, name) for name, values in graph.constants.items()],
        ),
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="convlet",
    )
    onnx.checker.check_model(proto, full_check=True)
    return proto


def _members(model: Any) -> list[Any]:
    """The Sequentials whose answers are averaged, or the one that the model is."""
    members = [model]
    if kind_of(model) != "Sequential":
        members = [layer for layer in getattr(model, "layers", []) if kind_of(layer) == "Sequential"]
        # They fit between the input's rank and the answer's only side by side, so to count what is averaged settles the rest.
        kinds = [kind_of(layer) for layer in getattr(model, "layers", [])]
        if kind_of(model) != "Functional" or sorted(kinds) != ["Average", "InputLayer", *["Sequential"] * len(members)]:
            raise refused(f"a model that is neither a Sequential nor the average of some ({kind_of(model)})")
        average = model.layers[kinds.index("Average")]
        if len(average.input) != len(members) or model.outputs[0] is not average.output:
            raise refused(f"the model {model.name!r}, whose answer is not the average of each of its members once,")
    for each in (model, *members):
        given = getattr(each, "inputs", [])  # a Sequential that does not begin with an input has no such attribute
        if len(given) != 1 or given[0].dtype != "uint8" or len(given[0].shape) != 4 or None in given[0].shape[1:]:
            raise refused(
                f"the model {each.name!r}, which does not begin with keras.Input((height, width, channels), dtype='uint8'),"
            )
    return members
