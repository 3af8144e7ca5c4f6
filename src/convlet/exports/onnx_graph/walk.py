"""Walk a Keras model from tensor to tensor, through nested models."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from convlet.exports.onnx_graph.layers import write, writer
from convlet.exports.onnx_graph.merges import MERGES
from convlet.exports.onnx_graph.refusal import RefusedError, kind_of, refused
from convlet.exports.onnx_graph.tensor import Tensor

_MODELS = ("Sequential", "Functional")


def walk(model: Any, given: Tensor, prefix: str = "") -> Tensor:
    """Write the layers of a model with one input and one output, with names after `prefix`, and return its output.

    Raises:
        RefusedError: the model, or one of its layers, has no ONNX counterpart.
    """
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise RefusedError(f"the model {model.name!r} with {len(model.inputs)} inputs and {len(model.outputs)} outputs")
    if "int" in model.inputs[0].dtype and (not given.as_bytes or given.scale != 1 or given.offset):
        raise RefusedError(f"the model {model.name!r}, which rounds its input,")
    if (kind := kind_of(model)) not in _MODELS:
        raise RefusedError(f"the model {model.name!r} ({kind})")
    if kind == "Functional":
        return _walk_graph(model, given, prefix)
    for layer in model.layers:
        given = _step(layer, prefix, given)
    return given


def _walk_graph(model: Any, given: Tensor, prefix: str) -> Tensor:
    """Walk a functional model: write each call of a layer as soon as its operands exist."""
    layers = {layer.name: layer for layer in model.operations}
    made: dict[Any, Any] = {}
    for name, layer in layers.items():
        if kind_of(layer) == "InputLayer":
            made[name, 0, 0] = given
        elif kind_of(layer) not in _MODELS:
            writer(layer)  # refuses other people's layers, whose configuration may not exist
    calls = {
        (layer["name"], number, 0): list(_operands(layers[layer["name"]], [call["args"], *call["kwargs"].values()]))
        for layer in model.get_config()["layers"]
        for number, call in enumerate(layer["inbound_nodes"])
    }
    uses = Counter(operand for operands in calls.values() for operand in operands)
    while calls:
        for key, operands in list(calls.items()):
            if all(operand in made for operand in operands if isinstance(operand, tuple)):
                given = _step(layers[key[0]], prefix, *(made.get(operand, operand) for operand in operands))
                made[key] = given.written() if uses[key] > 1 else given  # weights that others use must not change
                del calls[key]
    return given  # all others have been used, so the last one is the answer


def _step(layer: Any, prefix: str, *given: Any) -> Tensor:
    place = f"{prefix}{layer.name}"
    return walk(layer, given[0], f"{place}/") if kind_of(layer) in _MODELS else write(layer, place, *given)


def _operands(layer: Any, given: Any) -> Iterator[tuple[str, int, int] | float]:
    """Yield a layer's arguments: numbers, and tensors as (layer, number of its call, number of its output)."""
    for one in given:
        if isinstance(one, list | tuple):
            yield from _operands(layer, one)
        elif isinstance(one, dict) and one.get("class_name") == "__keras_tensor__":
            if kind_of(layer) in MERGES and "int" in one["config"]["dtype"]:
                raise refused(layer, " of integers, without a Rescaling before it,")
            yield tuple(one["config"]["keras_history"])
        elif kind_of(layer) in MERGES and isinstance(one, int | float):
            yield one
        elif one not in (None, False):
            raise refused(layer, f", which is called with {one!r},")
