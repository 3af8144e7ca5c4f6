"""Decide whether the images of a data set may be mirrored: whether a mirrored image could be one of them."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.data.split import Split

_IMAGES = 4_000
_SIDE = 12  # pixels to which images are reduced
_FOLDS = 2
_TOLD_APART = 0.6  # of the images: a linear rule that tells this many from their mirror images has found a direction


def may_mirror(split: Split) -> bool:
    """Return whether images and their mirror images look alike: photographs of things do, characters do not.

    For each class, a linear rule (least squares) learns on half of the images to tell an image from its mirror image,
    and is tested on the other half. Random choices depend only on the data.
    """
    rows = split.sample(_IMAGES)
    labels = split.labels[rows]
    differences = _differences(split.images[rows])
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
    return total == 0 or right / total < _TOLD_APART


def _differences(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return each image's difference from its mirror image, small and of length 1: (n, pixels)."""
    small = np.stack(
        [
            np.asarray(
                Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
                .convert("L")
                .resize((_SIDE, _SIDE), Image.Resampling.BOX),
                np.float64,
            )
            for pixels in images
        ]
    )
    found: NDArray[np.float64] = (small - small[:, :, ::-1])[:, :, : _SIDE // 2].reshape(len(images), -1)
    found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
    return found


def _rule(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the direction along which differences are positive: ridge regression to 1."""
    count, size = differences.shape
    penalty = np.eye(size) * max(1.0, 0.1 * count / size)
    solved: NDArray[np.float64] = np.linalg.solve(differences.T @ differences + penalty, differences.sum(axis=0))
    return solved
