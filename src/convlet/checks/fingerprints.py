"""Fingerprint images in one pass over the pixels: a few bytes tell each from the others."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convlet.data import Split
from convlet.data.disk import Images, chunks
from convlet.reading.arrays import Pixels
from convlet.system.watch import Watch

COARSE = 8  # squares a side
FINE = 32
AXES = 10  # along which images are sorted to find near ones
_LEARNED_FROM = 2_000  # images
_FLAT = 16  # of 255: an image of less contrast shows nothing
_SMALLEST = 1e-6


@dataclass(frozen=True)
class Fingerprints:
    """What is stored of each image.

    Attributes:
        exact: uint64 (n, 2), equal for equal pixels.
        blank: bool (n,), whether it is of a single tone.
        coarse: float32 (n, AXES), its place along the axes on which the images differ most, each of variance 1.
    """

    exact: NDArray[np.uint64]
    blank: NDArray[np.bool_]
    coarse: NDArray[np.float32]


class Axes:
    """The axes on which a data set's coarse images differ most (principal components), learned from train.

    A hash with a fixed rule, such as the signs of differences, gives the same bits to thousands of drawings on a plain
    background; these axes spread any data set.
    """

    def __init__(self, split: Split) -> None:
        images = split.images[split.sample(_LEARNED_FROM)]
        vectors = normalized(images, COARSE)[~is_blank(images)]
        self.mean = vectors.mean(axis=0) if len(vectors) else np.zeros(1, np.float32)
        _, spread, turn = np.linalg.svd(vectors - self.mean, full_matrices=False)
        kept = spread > _SMALLEST * max(1.0, float(spread.max(initial=0)))
        scale = math.sqrt(max(1, len(vectors))) / spread[kept][:AXES]
        self.turn = (turn[kept][:AXES] * scale[:, np.newaxis]).T.astype(np.float32)

    def places(self, images: Pixels) -> NDArray[np.float32]:
        """Return float32 (n, at most AXES)."""
        return (normalized(images, COARSE) - self.mean) @ self.turn


def fingerprints(split: Split, name: str, axes: Axes, watch: Watch) -> Fingerprints:
    """Read every image of a split once, in parts of a few megabytes."""
    exact = np.zeros((len(split), 2), np.uint64)
    blank = np.zeros(len(split), np.bool_)
    coarse = np.zeros((len(split), axes.turn.shape[1]), np.float32)
    done = 0
    for part in _parts(split.images):
        here = slice(done, done + len(part))
        exact[here] = _digests(part)
        blank[here] = is_blank(part)
        coarse[here] = axes.places(part)
        done += len(part)
        watch.on_progress(f"looking at {name}", done, len(split), "")
    return Fingerprints(exact, blank, coarse)


def is_blank(images: Pixels) -> NDArray[np.bool_]:
    """Return whether each image is of a single tone, bool (n,)."""
    highest, lowest = (extreme(axis=1).astype(np.int16) for extreme in (images.max, images.min))  # of a column
    found: NDArray[np.bool_] = (highest.max(axis=1) - lowest.min(axis=1)).max(axis=1) < _FLAT
    return found


def normalized(images: Pixels, side: int) -> NDArray[np.float32]:
    """Return images as vectors of length 1, float32 (n, d), whatever their brightness and contrast.

    Args:
        images: uint8 (n, height, width, channels).
        side: squares a side that are averaged; smaller images stay as they are.
    """
    count, height, width, channels = images.shape
    small = images.astype(np.float32)
    if height > side:
        small = (_averages(height, side) @ small.reshape(count, height, -1)).reshape(count, side, width, channels)
    if width > side:
        small = _averages(width, side) @ small
    vectors = small.reshape(count, math.prod(small.shape[1:]))
    vectors = vectors - vectors.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: NDArray[np.float32] = vectors / np.maximum(lengths, _SMALLEST)
    return found


def _averages(length: int, side: int) -> NDArray[np.float32]:
    """Return the weights, float32 (side, length), that average `length` pixels into `side` equal squares."""
    ends = np.arange(side + 1) * length / side
    pixels = np.arange(length)
    shares = np.minimum(ends[1:, np.newaxis], pixels + 1) - np.maximum(ends[:-1, np.newaxis], pixels)
    weights: NDArray[np.float32] = (np.maximum(shares, 0) * side / length).astype(np.float32)
    return weights


def _digests(images: Pixels) -> NDArray[np.uint64]:
    digests = (hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=16).digest() for image in images)
    return np.frombuffer(b"".join(digests), np.uint64).reshape(-1, 2)


def _parts(images: Images) -> Iterator[Pixels]:
    """Yield parts small enough to hold several float32 copies of each."""
    for chunk in chunks(images):
        step = max(1, len(chunk) // 4)
        for start in range(0, len(chunk), step):
            yield chunk[start : start + step]
