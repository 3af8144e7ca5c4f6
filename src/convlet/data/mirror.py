"""Decide whether the images of a data set may be mirrored: whether a mirrored image could be one of them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.data.split import Split

_IMAGES = 4_000
_SIDE = 12  # pixels to which images are reduced
_LARGEST = 64  # pixels a side of what is looked at for edges
_AT_ONCE = 128  # images
_FOLDS = 2
_STEEPEST = 0.98  # of the pixels are below what counts as the steepest edge
_TOLD_APART = 0.6  # of the images: a linear rule that tells this many from their mirror images has found a direction


def may_mirror(split: Split, class_names: Sequence[str]) -> bool:
    """Return whether images and their mirror images look alike: photographs of things do, characters do not.

    For each class, a linear rule (least squares) learns on half of the images to tell an image from its mirror image,
    and is tested on the other half. It sees gray values and edges: characters light on dark and dark on light cancel in
    the first, not in the second. Random choices depend only on the data.

    If no class has enough images to judge, images of classes named by single characters are not mirrored.
    """
    rows = split.sample(_IMAGES)
    labels = split.labels[rows]
    differences = np.concatenate(
        [_differences(split.images[rows[at : at + _AT_ONCE]]) for at in range(0, len(rows), _AT_ONCE)]
    )
    right, total = 0.0, 0
    for label in np.unique(labels):
        own = differences[labels == label]
        for fold in range(_FOLDS):
            learn, judge = own[np.arange(len(own)) % _FOLDS != fold], own[np.arange(len(own)) % _FOLDS == fold]
            if len(learn) < 2 or not len(judge):
                continue
            answers = judge @ _rule(learn)
            right += float((answers > 0).sum()) + 0.5 * float((answers == 0).sum())
            total += len(judge)
    if not total:
        return any(len(name) > 1 for name in class_names)
    return right / total < _TOLD_APART


def _differences(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return how the gray values and the edges of each image differ from those of its mirror image: (n, numbers)."""
    pictures = [Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).convert("L") for pixels in images]
    for picture in pictures:
        picture.thumbnail((_LARGEST, _LARGEST), Image.Resampling.BOX)
    greys = np.stack([np.asarray(picture, np.float32) for picture in pictures])
    return np.concatenate([_asymmetry(view) for view in (greys, _edges(greys))], axis=1)


def _edges(greys: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how steep gray values are at each pixel, from 0 to 1; the steepest of an image count alike."""
    around = np.pad(greys, ((0, 0), (1, 1), (1, 1)), "edge")
    down, across = around[:, 2:, 1:-1] - around[:, :-2, 1:-1], around[:, 1:-1, 2:] - around[:, 1:-1, :-2]
    steep = np.sqrt(down * down + across * across)
    place = int(_STEEPEST * (steep[0].size - 1))
    strong = np.partition(steep.reshape(len(steep), -1), place, axis=1)[:, place, np.newaxis, np.newaxis]
    edges: NDArray[np.float32] = np.minimum(steep / np.maximum(strong, np.float32(1)), np.float32(1))
    return edges


def _asymmetry(views: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return each view's difference from its mirror image, small and of length 1: (n, pixels)."""
    small = np.stack(
        [np.asarray(Image.fromarray(view).resize((_SIDE, _SIDE), Image.Resampling.BOX), np.float64) for view in views]
    )
    found: NDArray[np.float64] = (small - small[:, :, ::-1])[:, :, : _SIDE // 2].reshape(len(views), -1)
    found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
    return found


def _rule(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the direction along which differences are positive: ridge regression to 1."""
    count, size = differences.shape
    penalty = np.eye(size) * max(1.0, 0.1 * count / size)
    solved: NDArray[np.float64] = np.linalg.solve(differences.T @ differences + penalty, differences.sum(axis=0))
    return solved
