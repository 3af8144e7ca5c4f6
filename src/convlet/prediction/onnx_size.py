"""Bound what an ONNX graph makes of one image, before it is computed: every tensor's sides, and the multiplications."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

_MOST = 1 << 28  # numbers in memory at a time: 1 GB
_RANK = 8  # axes
_BY_LIST = frozenset({"Reshape", "Pad", "ReduceMax", "ReduceMean"})  # their second input is a list of whole numbers
_NUMBERS = frozenset({1, 2, 3, 6, 7, 9, 10, 11})  # ONNX's float, uint8, int8, int32, int64, bool, float16, double
_WORK = 2 * 10**11  # multiplications: some seconds of one core
Sides: TypeAlias = tuple[int, ...]


class Constant(NamedTuple):
    """A tensor of the file: its sides, and its values if they are a short list of whole numbers."""

    sides: Sides
    values: tuple[int, ...] = ()


class Node(NamedTuple):
    """An operation; `attributes` are those of whole numbers."""

    operator: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    attributes: Mapping[str, tuple[int, ...]]


@dataclass
class Graph:
    """What a graph consists of, in the order in which it is computed."""

    inputs: dict[str, Sides] = field(default_factory=dict)
    constants: dict[str, Constant] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)


class Bounds(NamedTuple):
    """The most numbers that a graph has in memory at a time for one image; or what it does that is not allowed."""

    numbers: int
    refused: str = ""


def bounds(graph: Graph) -> Bounds:
    """Bound a graph before it is computed. Its operations must stand in the order in which they are computed."""
    known, work = _given(graph), 0
    if any(len(sides) > _RANK for sides in known.values()):  # whose product alone could take minutes
        return Bounds(0, f"has a tensor of more than {_RANK} axes")
    taken = sum(math.prod(sides) for sides in graph.inputs.values())
    if taken > _MOST:
        return Bounds(taken, f"takes {taken:,} numbers of one image")
    made = []
    for node in graph.nodes:
        why = _unbounded(graph, node, known)
        sides = () if why else _made(graph, node, known)
        if why or len(sides) > _RANK:
            return Bounds(0, why or f"has a {node.operator} of more than {_RANK} axes")
        made.append(math.prod(sides) * len(node.outputs))
        work += made[-1] * _each(node, [known.get(name, ()) for name in node.inputs])
        known |= dict.fromkeys(node.outputs, sides)
        if made[-1] > _MOST:
            return Bounds(made[-1], f"makes {made[-1]:,} numbers of one image")
        if work > _WORK:
            return Bounds(0, f"multiplies {work:,} times for one image")
    most = taken + sum(made)
    if most > _MOST:
        most = taken + _at_a_time(graph, np.array(made))
    return Bounds(most, f"makes {most:,} numbers of one image" if most > _MOST else "")


def _at_a_time(graph: Graph, made: NDArray[np.int64]) -> int:
    """Bound the numbers in memory at a time, in whatever order a runtime computes the operations.

    While it computes one, the answers of all others may be there but of those that need it, and of those whose readers
    are done, since it needs them.

    Args:
        graph: in one order in which it can be computed.
        made: the numbers that each operation makes, int64 (operations,).
    """
    count = len(graph.nodes)
    by = {name: place for place, node in enumerate(graph.nodes) for name in node.outputs}
    reads = [(by[name], place) for place, node in enumerate(graph.nodes) for name in set(node.inputs) if name in by]
    needs = np.zeros((count, count), bool)  # [an operation, what it needs, directly or not]
    for before, place in reads:  # in order
        needs[place] |= needs[before]
        needs[place, before] = True
    read, readers = np.array(reads, np.int64).reshape(-1, 2).T
    most = 0
    for place in range(count):
        waits = np.bincount(read, ~needs[place, readers] & (readers != place), count) > 0
        waits |= np.bincount(read, minlength=count) == 0  # an output
        there = waits & ~needs[:, place]
        there[place] = True
        there[read[readers == place]] = True
        most = max(most, int(made[there].sum()))
    return most


def _unbounded(graph: Graph, node: Node, known: Mapping[str, Sides]) -> str:
    """Return why an operation's answer cannot be bounded, or ""."""
    for name in node.inputs:
        if name and name not in known:
            return f"has a {node.operator} before what it needs"
        if len(known.get(name, ())) > _RANK:
            return f"has a {node.operator} of more than {_RANK} axes"
    lists = [name for name in node.inputs[1:2] if name] if node.operator in _BY_LIST else []
    lists += [name for name in node.inputs[3:] if name] if node.operator == "Pad" else []  # which axes
    if any(name not in graph.constants or not graph.constants[name].values for name in lists):
        return f"has a {node.operator} by a computed list"
    if node.operator == "Cast" and node.attributes.get("to", (0,))[0] not in _NUMBERS:
        return "has a Cast to something else than numbers"
    return ""


def sides_of(graph: Graph) -> dict[str, Sides]:
    """Return upper bounds of the sides of every tensor that a graph makes of one image."""
    known = _given(graph)
    for node in graph.nodes:
        known |= dict.fromkeys(node.outputs, _made(graph, node, known))
    return known


def _given(graph: Graph) -> dict[str, Sides]:
    return graph.inputs | {name: constant.sides for name, constant in graph.constants.items()}


def _made(graph: Graph, node: Node, known: Mapping[str, Sides]) -> Sides:
    given = [known.get(name, ()) for name in node.inputs]
    values = [graph.constants[name].values if name in graph.constants else () for name in node.inputs]
    return tuple(max(1, side) for side in _RULES.get(node.operator, _alike)(node, given, values))


def _each(node: Node, given: list[Sides]) -> int:
    """Return how many multiplications one number of an operation's answer takes."""
    place = _WEIGHTS.get(node.operator, len(given))
    weights = given[place] if place < len(given) else ()
    if "Conv" in node.operator:
        return math.prod(weights[1:])
    if weights:
        return max(weights)
    return math.prod(node.attributes.get("kernel_shape", (1,)))


_WEIGHTS = {"Conv": 1, "QLinearConv": 3, "Gemm": 1, "QGemm": 3, "QLinearMatMul": 3}
Rule: TypeAlias = Callable[[Node, list[Sides], list[tuple[int, ...]]], Sequence[int]]


def _alike(_: Node, given: list[Sides], __: list[tuple[int, ...]]) -> Sequence[int]:
    """Return the sides of all inputs together, each as long as the longest."""
    rank = max(map(len, given), default=0)
    padded = [(1,) * (rank - len(sides)) + tuple(sides) for sides in given]
    return [max(sides) for sides in zip(*padded, strict=True)]


def _first(_: Node, given: list[Sides], __: list[tuple[int, ...]]) -> Sequence[int]:
    return given[0]


def _reduced(node: Node, given: list[Sides], values: list[tuple[int, ...]]) -> Sequence[int]:
    axes = node.attributes.get("axes") or (values[1] if len(values) > 1 else ())
    gone = {axis % len(given[0]) for axis in axes} if given[0] and axes else set(range(len(given[0])))
    keeps = node.attributes.get("keepdims", (1,))[0]
    return [1 if axis in gone else side for axis, side in enumerate(given[0]) if keeps or axis not in gone]


def _reshaped(node: Node, given: list[Sides], values: list[tuple[int, ...]]) -> Sequence[int]:
    whole, wanted = math.prod(given[0]), list(values[1]) if len(values) > 1 else []
    for place, side in enumerate(wanted):
        if side == 0 and not node.attributes.get("allowzero", (0,))[0] and place < len(given[0]):
            wanted[place] = given[0][place]
    rest = math.prod(side for side in wanted if side > 0)
    return [-(-whole // max(1, rest)) if side < 0 else side for side in wanted] or [whole]


def _flat(node: Node, given: list[Sides], _: list[tuple[int, ...]]) -> Sequence[int]:
    axis = node.attributes.get("axis", (1,))[0]
    return [math.prod(given[0][:axis]), math.prod(given[0][axis:])]


def _turned(node: Node, given: list[Sides], _: list[tuple[int, ...]]) -> Sequence[int]:
    order = node.attributes.get("perm") or tuple(reversed(range(len(given[0]))))
    return [given[0][axis] for axis in order if -len(given[0]) <= axis < len(given[0])]


def _joined(node: Node, given: list[Sides], values: list[tuple[int, ...]]) -> Sequence[int]:
    parts = [sides for sides in given if len(sides) > 1] or given
    axis = node.attributes.get("axis", (0,))[0] % max(1, len(parts[0]))
    longest = list(_alike(node, parts, values))
    longest[axis] = sum(sides[axis] for sides in parts if len(sides) > axis)
    return longest


def _gathered(node: Node, given: list[Sides], _: list[tuple[int, ...]]) -> Sequence[int]:
    axis = node.attributes.get("axis", (0,))[0] % max(1, len(given[0]))
    return [*given[0][:axis], *given[1], *given[0][axis + 1 :]]


def _padded(node: Node, given: list[Sides], values: list[tuple[int, ...]]) -> Sequence[int]:
    pads = node.attributes.get("pads") or (values[1] if len(values) > 1 else ())
    rank = len(given[0])
    axes = values[3] if len(values) > 3 and values[3] else tuple(range(rank))
    if len(pads) != 2 * len(axes) or sorted({axis % max(1, rank) for axis in axes}) != sorted(
        axes
    ):  # not as we write it
        return [side + sum(map(abs, pads)) for side in given[0]]
    sides = list(given[0])
    for axis, before, after in zip(axes, pads[: len(axes)], pads[len(axes) :], strict=True):
        sides[axis] += max(0, before) + max(0, after)
    return sides


def _moved_over(node: Node, given: list[Sides], kernel: Sides, channels: int) -> Sequence[int]:
    """Return the sides after a kernel has moved over the image."""
    sides = given[0][2:]
    strides = node.attributes.get("strides") or (1,) * len(sides)
    pads = node.attributes.get("pads") or (0,) * 2 * len(sides)
    found = []
    for axis, side in enumerate(sides):
        around = sum(pads[axis :: len(sides)]) + kernel[axis] if "pads" in node.attributes else kernel[axis]
        found.append((side + around) // max(1, strides[axis] if axis < len(strides) else 1) + 1)
    return [*given[0][:1], channels, *found]


def _convolved(node: Node, given: list[Sides], _: list[tuple[int, ...]]) -> Sequence[int]:
    weights = given[_WEIGHTS[node.operator]]
    return _moved_over(node, given, weights[2:], weights[0])


def _pooled(node: Node, given: list[Sides], _: list[tuple[int, ...]]) -> Sequence[int]:
    kernel = node.attributes.get("kernel_shape") or (1,) * len(given[0][2:])
    return _moved_over(node, given, kernel, given[0][1])


def _over_all(_: Node, given: list[Sides], __: list[tuple[int, ...]]) -> Sequence[int]:
    return [*given[0][:2], *(1 for _side in given[0][2:])]


def _multiplied(node: Node, given: list[Sides], _: list[tuple[int, ...]]) -> Sequence[int]:
    weights, rows = given[_WEIGHTS[node.operator]], given[0]
    if node.attributes.get("transA", (0,))[-1]:
        rows = rows[::-1]
    return [*rows[:-1], max(weights[-2:], default=1)]


_RULES: Mapping[str, Rule] = {
    **dict.fromkeys(("Slice", "QuantizeLinear", "DequantizeLinear", "BatchNormalization", "Cast"), _first),
    **dict.fromkeys(("ReduceMax", "ReduceMean"), _reduced),
    **dict.fromkeys(("Concat", "QLinearConcat"), _joined),
    **dict.fromkeys(("Conv", "QLinearConv"), _convolved),
    **dict.fromkeys(("MaxPool", "AveragePool", "QLinearAveragePool"), _pooled),
    **dict.fromkeys(("GlobalAveragePool", "GlobalMaxPool", "QLinearGlobalAveragePool"), _over_all),
    **dict.fromkeys(("Gemm", "QGemm", "QLinearMatMul"), _multiplied),
    "Reshape": _reshaped,
    "Flatten": _flat,
    "Transpose": _turned,
    "Gather": _gathered,
    "Pad": _padded,
}
