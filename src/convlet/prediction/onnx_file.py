"""Look through an ONNX file's protobuf before onnxruntime opens it: it may come from a stranger.

The file is read as protobuf reads it, field by field, down to every tensor. Only what convlet's exports are made of is
let through: their operators, weights inside the file, no graphs within graphs, no functions. So nothing in it can read
another file, loop, or make much from little.
"""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from convlet.errors import ModelError
from convlet.prediction.onnx_size import Constant, Graph, Node, Sides, bounds

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
_SHORT = 256  # bytes of a tensor that may be a list of sides


class _Field(NamedTuple):
    number: int
    wire: int
    value: int  # of a number
    content: memoryview  # of bytes


class _RefusedError(Exception):
    """What a file does, and convlet's own never do."""


def require_plain(content: bytes, file: object) -> int:
    """Check that an ONNX file is made of what convlet's exports are made of.

    Returns:
        How many numbers at most it has in memory at a time for one image.

    Raises:
        ModelError: it is not, or it is no protobuf.
    """
    try:
        graph = Graph()
        for field in _fields(memoryview(content)):
            if field.number == 7:
                _look_at_graph(field.content, graph)
            elif field.number in (20, 25):
                raise _RefusedError("has functions or a training of its own")  # noqa: TRY301  one message for all
        found = bounds(graph)
        if found.refused:
            raise _RefusedError(found.refused)  # noqa: TRY301
    except _RefusedError as refused:
        raise ModelError(
            f"{file} {refused}, which convlet does not open. Expected one file, as `convlet export` writes it."
        ) from None
    except (ValueError, LookupError, TypeError, ArithmeticError) as error:
        raise ModelError(f"{file} is not a valid ONNX model ({error}). Export it again.") from error
    return found.numbers


def _look_at_graph(content: memoryview, graph: Graph) -> None:
    fields = list(_fields(content))
    nodes = [field.content for field in fields if field.number == 1]
    if len(nodes) > _NODES:
        raise _RefusedError(f"has {len(nodes):,} operations")
    for field in fields:
        if field.number == 5:
            name, constant = _look_at_tensor(field.content)
            graph.constants[name] = constant
        elif field.number == 11:
            name, sides = _look_at_input(field.content)
            graph.inputs[name] = sides
        elif field.number == 15:
            raise _RefusedError("has sparse weights")
    for node in nodes:
        graph.nodes.append(_look_at_node(node, graph.constants.keys()))


def _look_at_input(content: memoryview) -> tuple[str, Sides]:
    """Return the name and the sides of an input; an unknown one, such as the number of images, counts as 1."""
    name = "".join([_text(field.content) for field in _fields(content) if field.number == 1][-1:])
    shape = _only(_only(_only(content, 2), 1), 2)  # type, tensor_type, shape
    sides = [_side(dim.content) for dim in _fields(shape)]
    return name, tuple(max(1, side) for side in sides)


def _side(content: memoryview) -> int:
    return ([1] + [_signed(field.value) for field in _fields(content) if field.number == 1])[-1]


def _look_at_node(content: memoryview, constant: Collection[str]) -> Node:
    texts: dict[int, list[str]] = {1: [], 2: [], 4: [], 7: []}
    attributes: dict[str, tuple[int, ...]] = {}
    for field in _fields(content):
        if field.number == 5:
            name, values = _look_at_attribute(field.content)
            attributes[name] = values
        elif field.number in texts:
            texts[field.number].append(_text(field.content))
    inputs, operator, domain = texts[1], "".join(texts[4][-1:]), "".join(texts[7][-1:])
    if operator not in OPERATORS or domain not in _DOMAINS:
        raise _RefusedError(f"has the operator {f'{domain}.{operator}'.lstrip('.')[:60]!r}")
    if not any(name and name not in constant for name in inputs):
        raise _RefusedError(f"has a {operator} of nothing but weights")
    if operator in _WEIGHTED and sum(name not in constant for name in inputs if name) > 1:
        raise _RefusedError(f"has a {operator} whose weights are computed")
    return Node(operator, inputs, texts[2], attributes)


def _look_at_attribute(content: memoryview) -> tuple[str, tuple[int, ...]]:
    """Return an attribute's name, and its whole numbers."""
    name, one, several = "", [], []
    for field in _fields(content):
        if field.number == 1:
            name = _text(field.content)
        elif field.number == 3:
            one = _numbers(field)[-1:]  # of a field that comes twice protobuf takes the last
        elif field.number == 8:
            several += _numbers(field)
        elif field.number in (5, 10):
            _look_at_tensor(field.content)
        elif field.number in (6, 11):
            raise _RefusedError("has a graph within its graph")
        elif field.number in (22, 23):
            raise _RefusedError("has sparse weights")
    if one and several:
        raise ValueError(f"the attribute {name[:40]!r} has a number and a list")
    return name, tuple(one or several)


def _look_at_tensor(content: memoryview) -> tuple[str, Constant]:
    """Return a tensor's name, its sides, and what numbers it has if it is a short list of whole ones."""
    name, sides, values, raw = "", [], [], content[:0]
    for field in _fields(content):
        if field.number == 1:
            sides += _numbers(field)
        elif field.number == 7:
            values += _numbers(field)
        elif field.number == 9:
            raw = field.content
        elif field.number == 13 or (field.number == 14 and (field.wire != _VARINT or field.value)):
            raise _RefusedError("keeps its weights in other files")
        elif field.number == 8:
            name = _text(field.content)
    if len(raw) <= _SHORT and len(raw) % 8 == 0:
        values += [int.from_bytes(raw[at : at + 8], "little", signed=True) for at in range(0, len(raw), 8)]
    return name, Constant(tuple(sides), tuple(values) if len(values) <= _SHORT // 8 else ())


def _text(content: memoryview) -> str:
    return bytes(content).decode("utf-8", "replace")


def _only(content: memoryview, number: int) -> memoryview:
    """Return the field of that number, empty if there is none; protobuf would merge two."""
    found = [field.content for field in _fields(content) if field.number == number]
    if len(found) > 1:
        raise ValueError("an input's shape comes twice")
    return found[0] if found else content[:0]


def _numbers(field: _Field) -> list[int]:
    """Return the whole numbers of a field, which may be packed."""
    if field.wire == _VARINT:
        return [_signed(field.value)]
    found, at = [], 0
    while field.wire == _BYTES and at < len(field.content):
        value, at = _number(field.content, at)
        found.append(_signed(value))
    return found


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


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
