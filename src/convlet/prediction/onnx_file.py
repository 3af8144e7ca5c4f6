"""Look through an ONNX file's protobuf before onnxruntime opens it: it may come from a stranger.

The file is read as protobuf reads it, field by field, down to every tensor. Only what convlet's exports are made of is
let through: their operators, weights inside the file, no graphs within graphs, no functions. So nothing in it can read
another file, loop, or make much from little.
"""

from collections.abc import Iterator
from typing import NamedTuple

from convlet.errors import ModelError

# What `exports` writes: layers and merges, activations, views, and 8-bit arithmetic.
_NAMES = """
Cast Reshape Flatten Transpose Slice Pad Concat Gather Conv Gemm MaxPool AveragePool GlobalAveragePool GlobalMaxPool
BatchNormalization Add Sub Mul Div Neg Max Min Sum Mean ReduceMax ReduceMean Softmax Sigmoid Relu Gelu Elu Selu Mish
Tanh Softplus Softsign QuantizeLinear DequantizeLinear QLinearConv QLinearMatMul QGemm QLinearAdd QLinearMul
QLinearConcat QLinearSigmoid QLinearSoftmax QLinearAveragePool QLinearGlobalAveragePool
"""
OPERATORS = frozenset(_NAMES.split())
_DOMAINS = frozenset({"", "ai.onnx", "com.microsoft"})
_WEIGHTED = frozenset({"Conv", "Gemm", "QLinearConv", "QLinearMatMul", "QGemm"})  # they multiply by weights of the file
_NODES = 5_000
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # protobuf's wire types
_WIDTHS = {_FIXED64: 8, _FIXED32: 4}
_TEN = 10  # bytes of the longest number


class _Field(NamedTuple):
    number: int
    wire: int
    value: int  # of a number
    content: memoryview  # of bytes


class _RefusedError(Exception):
    """What a file does, and convlet's own never do."""


def require_plain(content: bytes, file: object) -> None:
    """Check that an ONNX file is made of what convlet's exports are made of.

    Raises:
        ModelError: it is not, or it is no protobuf.
    """
    try:
        for field in _fields(memoryview(content)):
            if field.number == 7:
                _look_at_graph(field.content)
            elif field.number in (20, 25):
                raise _RefusedError("has functions or a training of its own")  # noqa: TRY301  one message for all
    except _RefusedError as refused:
        raise ModelError(
            f"{file} {refused}, which convlet does not open. Expected one file, as `convlet export` writes it."
        ) from None
    except (ValueError, IndexError) as error:
        raise ModelError(f"{file} is not a valid ONNX model ({error}). Export it again.") from error


def _look_at_graph(graph: memoryview) -> None:
    fields = list(_fields(graph))
    constant = set()
    nodes = [field.content for field in fields if field.number == 1]
    if len(nodes) > _NODES:
        raise _RefusedError(f"has {len(nodes):,} operations")
    for field in fields:
        if field.number == 5:
            constant.add(_look_at_tensor(field.content))
        elif field.number == 15:
            raise _RefusedError("has sparse weights")
    for node in nodes:
        _look_at_node(node, constant)


def _look_at_node(node: memoryview, constant: set[str]) -> None:
    texts: dict[int, list[str]] = {1: [], 4: [], 7: []}
    for field in _fields(node):
        if field.number == 5:
            _look_at_attribute(field.content)
        elif field.number in texts:
            texts[field.number].append(bytes(field.content).decode("utf-8", "replace"))
    inputs, operator, domain = texts[1], "".join(texts[4][-1:]), "".join(texts[7][-1:])
    if operator not in OPERATORS or domain not in _DOMAINS:
        raise _RefusedError(f"has the operator {f'{domain}.{operator}'.lstrip('.')[:60]!r}")
    if not any(name and name not in constant for name in inputs):
        raise _RefusedError(f"has a {operator} of nothing but weights")
    if operator in _WEIGHTED and sum(name not in constant for name in inputs if name) > 1:
        raise _RefusedError(f"has a {operator} whose weights are computed")


def _look_at_attribute(attribute: memoryview) -> None:
    for field in _fields(attribute):
        if field.number in (5, 10):
            _look_at_tensor(field.content)
        elif field.number in (6, 11):
            raise _RefusedError("has a graph within its graph")
        elif field.number in (22, 23):
            raise _RefusedError("has sparse weights")


def _look_at_tensor(tensor: memoryview) -> str:
    """Return a tensor's name."""
    name = ""
    for field in _fields(tensor):
        if field.number == 13 or (field.number == 14 and (field.wire != _VARINT or field.value)):
            raise _RefusedError("keeps its weights in other files")
        if field.number == 8:
            name = bytes(field.content).decode("utf-8", "replace")
    return name


def _fields(message: memoryview) -> Iterator[_Field]:
    """Yield the fields of a message in their order, as protobuf's own parser takes them."""
    at, end = 0, len(message)
    while at < end:
        key, at = _number(message, at)
        number, wire = (key & 0xFFFFFFFF) >> 3, key & 7
        value, content = 0, message[:0]
        if wire == _VARINT:
            value, at = _number(message, at)
        else:
            if wire == _BYTES:
                length, at = _number(message, at)
            elif wire in _WIDTHS:
                length = _WIDTHS[wire]
            else:
                raise ValueError(f"a field of the unknown wire type {wire}")
            if length > end - at:
                raise ValueError("it ends in the middle of a field")
            content, at = message[at : at + length], at + length
        yield _Field(number, wire, value, content)


def _number(message: memoryview, at: int) -> tuple[int, int]:
    """Read a number of any length that protobuf accepts, shortest or not, and return it with where it ends."""
    value = 0
    for place in range(_TEN):
        byte = message[at + place]
        value |= (byte & 127) << (7 * place)
        if byte < 128:
            return value, at + place + 1
    raise ValueError("a number of more than ten bytes")
