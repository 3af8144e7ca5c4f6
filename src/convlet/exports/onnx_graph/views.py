"""The operations that show a net several views of an image in one batch, and take the mean of its answers."""

from typing import Any

import numpy as np

from convlet.exports.onnx_graph.refusal import refused
from convlet.exports.onnx_graph.tensor import Tensor, Writers


def stack(given: list[Tensor]) -> Tensor:
    """Put images of one size one after the other along the batch."""
    if not all(one.as_bytes and one.scale == 1 and not one.offset for one in given):
        given = [one.settled() for one in given]
    first, *others = given
    return first.put("Concat", *(one.name for one in others), axis=0)


def unstack(layer: Any, given: Tensor) -> Tensor:
    """Part the answers to views from each other: (views, n, classes), until `_mean` joins them."""
    views, rest, *features = layer.newshape
    if rest != -1 or tuple(features) != given.shape or views < 1:
        raise refused(layer, ", other than from a batch of answers to (views, -1, classes),")
    return given.ordered().put("Reshape", given.graph.integers(views, -1, *features))


def _flip(layer: Any, given: Tensor) -> Tensor:
    if list(np.atleast_1d(layer.axis)) != [2] or len(given.shape) != 3:
        raise refused(layer, ", other than of images from left to right,")
    axis = 3 if given.channels_first else 2
    return given.put("Slice", *(given.graph.integers(bound) for bound in (-1, np.iinfo(np.int64).min, axis, -1)))


def _pad(layer: Any, given: Tensor) -> Tensor:
    if layer.mode != "reflect" or len(layer.pad_width) != 4 or any(layer.pad_width[0]) or any(layer.pad_width[3]):
        raise refused(layer, ", other than of images by reflection,")
    (top, bottom), (left, right) = layer.pad_width[1:3]
    height, width, depth = given.shape
    shape = (height + top + bottom, width + left + right, depth)
    axes = given.graph.integers(*((2, 3) if given.channels_first else (1, 2)))
    return given.put("Pad", given.graph.integers(top, left, bottom, right), "", axes, shape=shape, mode="reflect")


def _mean(layer: Any, given: Tensor) -> Tensor:
    if list(np.atleast_1d(layer.axis)) != [0] or layer.keepdims:
        raise refused(layer, ", other than over views,")
    return given.settled().put("ReduceMean", given.graph.integers(0), keepdims=0)


VIEW_LAYERS: Writers = {"Flip": _flip, "Pad": _pad, "Mean": _mean}
