"""Find copies of images, exact or nearly so."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from convlet.checks.fingerprints import COARSE, FINE, normalized
from convlet.data.disk import Images
from convlet.reading.filters.links import joined
from convlet.system.watch import Watch

Group = NDArray[np.int64]  # two images or more, by number among all splits

# Near copies nearly always fall into the same cell of a grid over the axes. Images are compared only with the next
# ones in their cell, so time and memory are proportional to the number of images.
_GRIDS = 10
_CELL = 1.2  # standard deviations
_NEXT = 8  # images of a cell
_NEAR = 0.55  # distance along all axes, in standard deviations, up to which two images are compared
_PAIRS = 128  # compared at a time
# Two images are copies if they differ by a small part of what separates an image from those most like it:
# a fixed threshold that suits photographs would call all handwritten ones copies.
_ALIKE = 0.15  # at most; squared distance of vectors of length 1 (0: the same, 2: unrelated)
_SHARE = 0.35
_LEAST = 16  # pixels a side; with fewer, a copy cannot be told from a lookalike
_OTHERS = 1_000  # images
_NEAREST = 5  # of these: a few may be copies themselves


class Readable:
    """The images of several splits, one after the other."""

    def __init__(self, parts: Sequence[Images]) -> None:
        self.parts, self.starts = parts, np.cumsum([0, *map(len, parts)])

    def read(self, numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return the images with these numbers, uint8 (k, height, width, channels)."""
        found = np.empty((len(numbers), *self.parts[0].shape[1:]), np.uint8)
        where = np.searchsorted(self.starts, numbers, side="right") - 1
        for part in np.unique(where).tolist():
            here = where == part
            found[here] = self.parts[part][numbers[here] - self.starts[part]]
        return found


def same(exact: NDArray[np.uint64], among: NDArray[np.int64]) -> list[Group]:
    """Group the images in `among` that have the same digest, uint64 (n, 2); groups are in the order of the images."""
    if not len(among):
        return []
    _, group = np.unique(exact[among], axis=0, return_inverse=True)
    return _grouped(group.ravel(), among)


def near(images: Readable, coarse: NDArray[np.float32], among: NDArray[np.int64], watch: Watch) -> list[Group]:
    """Return groups of images that are nearly the same: saved again, resized or brightened, but not shifted.

    Args:
        images: reads the pixels.
        coarse: float32 (n, axes), see `Fingerprints`.
        among: the images to compare, none of them blank, each different from the others.
        watch: gets the number of pairs compared.
    """
    if len(among) <= _NEAREST + 1 or min(images.parts[0].shape[1:3]) < _LEAST:
        return []
    pairs = among[_candidates(coarse[among])]
    spread = among[np.linspace(0, len(among) - 1, min(len(among), _OTHERS)).astype(np.int64)]
    others = {side: _vectors(images, spread, side) for side in (COARSE, FINE)}
    found = []
    for start in range(0, len(pairs), _PAIRS):
        part = pairs[start : start + _PAIRS]
        for side in others:  # few pairs are left for the details
            part = part[_alike(images, part, others[side], side)] if len(part) else part
        found.append(part)
        watch.on_progress("comparing images that look alike", min(start + _PAIRS, len(pairs)), len(pairs), "")
    return _joined(np.concatenate(found)) if any(map(len, found)) else []


def _alike(images: Readable, pairs: NDArray[np.int64], others: NDArray[np.float32], side: int) -> NDArray[np.int64]:
    """Return the pairs, int64 (n, 2), that differ by far less than either image does from the others."""
    first, second = (_vectors(images, pairs[:, one], side) for one in (0, 1))
    apart = ((first - second) ** 2).sum(axis=1)
    found = np.flatnonzero(apart <= _ALIKE)
    for vectors in (first, second):
        found = found[apart[found] <= _SHARE**2 * _resemblance(vectors[found], others)]
    return found


def _vectors(images: Readable, numbers: NDArray[np.int64], side: int) -> NDArray[np.float32]:
    """Return normalized images, read and shrunk a few at a time."""
    parts = np.array_split(numbers, max(1, -(-len(numbers) // _PAIRS)))
    return np.concatenate([normalized(images.read(part), side) for part in parts])


def _candidates(coarse: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return pairs of images that are near each other along all axes, int64 (m, 2), each once."""
    count, axes = coarse.shape
    random = np.random.default_rng(0)
    codes = [np.empty(0, np.int64)]
    for _ in range(_GRIDS):
        cells = np.floor(coarse / _CELL + random.random(axes, np.float32)).astype(np.int64)
        cell = (cells * random.integers(1, 2**62, axes)).sum(axis=1)  # overflows, as a hash may
        order = np.lexsort((coarse @ random.standard_normal(axes, np.float32), cell))
        for step in range(1, min(_NEXT, count - 1) + 1):
            first, second = order[:-step], order[step:]
            together = cell[first] == cell[second]
            first, second = first[together], second[together]
            close = ((coarse[first] - coarse[second]) ** 2).sum(axis=1) <= _NEAR**2
            low, high = np.minimum(first, second)[close], np.maximum(first, second)[close]
            codes.append(low * count + high)
    found = np.unique(np.concatenate(codes))
    return np.stack([found // count, found % count], axis=1)


def _resemblance(vectors: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the squared distance of each vector from the fifth nearest of the others."""
    apart = 2 - 2 * vectors @ others.T
    place = min(_NEAREST, apart.shape[1]) - 1
    return np.partition(apart, place, axis=1)[:, place]


def _joined(pairs: NDArray[np.int64]) -> list[Group]:
    """Return the images that pairs connect, in groups."""
    numbers, places = np.unique(pairs, return_inverse=True)
    first, second = places.reshape(-1, 2).T
    return _grouped(joined(len(numbers), first, second), numbers)


def _grouped(group: NDArray[np.integer], numbers: NDArray[np.int64]) -> list[Group]:
    """Return the numbers that share a group, for groups of several."""
    order = np.argsort(group, kind="stable")
    ends = np.flatnonzero(np.diff(group[order])) + 1
    several = [numbers[part] for part in np.split(order, ends) if len(part) > 1]
    return sorted(several, key=lambda part: int(part[0]))
