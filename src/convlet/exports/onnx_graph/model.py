"""Convert a whole Keras model to ONNX."""

from typing import Any

from convlet.errors import ModelError
from convlet.exports.onnx_graph.graph import INPUT, OUTPUT, Graph
from convlet.exports.onnx_graph.layers import WRITERS
from convlet.exports.onnx_graph.refusal import RefusedError
from convlet.exports.onnx_graph.tensor import Tensor
from convlet.exports.onnx_graph.walk import walk

OPSET, IR_VERSION = 20, 9  # the first with Gelu: onnxruntime 1.17
_LARGEST = 2**31 - 2**20  # bytes of weights: a protocol buffer is limited to 2 GiB, and nodes need some


def onnx_model(model: Any) -> Any:
    """Write a Keras model as ONNX.

    Args:
        model: a `keras.Sequential` or functional `keras.Model`, nested or not: one input, uint8 (n, height, width,
            channels), and one output, (n, classes).

    Returns:
        A checked `onnx.ModelProto` from "image", uint8 (n, height, width, channels), to "probabilities", float32
        (n, classes), for any n. It computes in float32, whatever the layers' precision.

    Raises:
        ModelError: the model, a layer or an option has no ONNX counterpart, or the weights exceed a file's 2 GB.
    """
    import onnx

    graph = Graph()
    try:
        answer = _answer(model, graph)
    except RefusedError as error:
        raise ModelError(
            f"{error} cannot be written as ONNX. Supported: a keras.Model with one uint8 image input and one "
            f"(n, classes) output, of {', '.join(WRITERS)}. Use those layers, or predict with its .keras file."
        ) from error
    if (size := sum(values.nbytes for values in graph.constants.values())) > _LARGEST:
        raise ModelError(
            f"{model.name!r} has {size / 1e9:.1f} GB of weights; an ONNX file holds 2.1. Predict with its .keras file."
        )
    final = {answer.name: OUTPUT}
    nodes = [
        onnx.helper.make_node(op, [final.get(one, one) for one in used], [final.get(name, name)], name, **dict(options))
        for (op, used, options), name in graph.nodes.items()
    ]
    proto = onnx.helper.make_model(
        onnx.helper.make_graph(
            nodes,
            model.name,
            [onnx.helper.make_tensor_value_info(INPUT, onnx.TensorProto.UINT8, ["n", *model.inputs[0].shape[1:]])],
            [onnx.helper.make_tensor_value_info(OUTPUT, onnx.TensorProto.FLOAT, ["n", *answer.shape])],
            [onnx.numpy_helper.from_array(values, name) for name, values in graph.constants.items()],
        ),
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="convlet",
    )
    onnx.checker.check_model(proto, full_check=True)
    return proto


def _answer(model: Any, graph: Graph) -> Tensor:
    inputs = getattr(model, "inputs", [])  # an unbuilt Sequential has none
    if len(inputs) != 1 or inputs[0].dtype != "uint8" or len(inputs[0].shape) != 4 or None in inputs[0].shape[1:]:
        raise RefusedError(f"{model.name!r}, whose input is not keras.Input((height, width, channels), dtype='uint8'),")
    answer = walk(model, Tensor(graph, INPUT, INPUT, inputs[0].shape[1:], as_bytes=True)).ordered().settled()
    if len(answer.shape) != 1:
        raise RefusedError(f"{model.name!r}, which answers with an image instead of a number for each class,")
    return answer
