"""Write the layers and operations that take several tensors."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np

from convlet.exports.onnx_graph.refusal import kind_of, refused
from convlet.exports.onnx_graph.tensor import Tensor, Writers
from convlet.exports.onnx_graph.views import stack

MERGES = {"Subtract": "Sub", "Divide": "Div", "TrueDivide": "Div", "Maximum": "Max", "Average": "Mean"}
MERGES |= {"Add": "Add", "Multiply": "Mul"}


def _merge(layer: Any, *given: Tensor | float) -> Tensor:
    op, tensors = MERGES[kind_of(layer)], [one for one in given if isinstance(one, Tensor)]
    if op == "Mul" and len(tensors) == 1:
        return tensors[0].affine(math.prod(one for one in given if not isinstance(one, Tensor)), 0.0)
    tensors = _alike(layer, tensors)
    if len({one.order if one.order is None else one.order.tobytes() for one in tensors}) > 1:
        tensors = [one.ordered() for one in tensors]
    first, names = tensors[0], iter(tensors)
    operands = [next(names).name if isinstance(one, Tensor) else first.graph.number(one) for one in given]
    if op in {"Max", "Mean"}:
        name = first.graph.add(first.place, op, *operands)
    else:
        name = reduce(lambda one, other: first.graph.add(first.place, op, one, other), operands)
    return replace(first, name=name, shape=np.broadcast_shapes(*(one.shape for one in tensors)))


def _concatenate(layer: Any, *given: Tensor) -> Tensor:
    if layer.axis == 0:
        return stack(_in_one_layout(layer, given))
    if layer.axis not in (-1, len(given[0].shape)):
        raise refused(layer, " along an axis other than the first or the last")
    first, *others = tensors = _alike(layer, given)
    sizes = [one.shape[-1] for one in tensors]
    if any(one.order is not None for one in tensors):
        starts = np.cumsum([0, *sizes[:-1]])
        orders = (np.arange(one.shape[0]) if one.order is None else one.order for one in tensors)
        first = replace(first, order=np.concatenate([*map(np.add, starts, orders)]))
    shape, axis = (*first.shape[:-1], sum(sizes)), 1 if first.channels_first else len(first.shape)
    return first.put("Concat", *(one.name for one in others), shape=shape, axis=axis)


def _alike(layer: Any, given: Sequence[Tensor]) -> list[Tensor]:
    """Return the tensors in one layout, with nothing deferred."""
    return [one.settled() for one in _in_one_layout(layer, given)]


def _in_one_layout(layer: Any, given: Sequence[Tensor]) -> list[Tensor]:
    if len({len(one.shape) for one in given}) > 1:
        raise refused(layer, " of images and features")
    return [one.image() for one in given] if any(one.channels_first for one in given) else list(given)


MERGE_LAYERS: Writers = {"Concatenate": _concatenate, **dict.fromkeys(MERGES, _merge)}
