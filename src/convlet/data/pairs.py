"""Collect what yields pairs: paths, images of one shape as an array, or others in a temporary file."""

import itertools
from collections.abc import Iterable, Iterator, Sized
from pathlib import Path
from typing import Any

import numpy as np

from convlet.data.held import Held
from convlet.errors import DataError
from convlet.reading.decode import decode


def pairs_of(pairs: Iterable[Any], name: str) -> tuple[Any, list[Any]]:
    """Return the images, a list of paths, an array or `Held`, and the labels.

    Args:
        pairs: each (image, label); the image is a path, a Pillow image, an array of pixels or the bytes of a file.
        name: what errors call them.

    Raises:
        DataError: no pairs, or images of several kinds.
        OutputError: see `Held`.
    """
    given, labels = _checked(pairs, name), list[Any]()
    alike: list[Any] = []
    for image, label in given:
        labels.append(label)
        alike.append(image)
        if isinstance(image, bytes) or _shape(image) != _shape(alike[0]):
            return Held(itertools.chain(alike, _noting(given, labels)), name), labels
    if not labels:
        raise DataError(f"{name}: no pairs. Expected (image, label), (image, label), ...")
    return (alike if isinstance(alike[0], Path) else np.stack(alike)), labels


def _noting(given: Iterator[tuple[Any, Any]], labels: list[Any]) -> Iterator[Any]:
    for image, label in given:
        labels.append(label)
        yield image


def _shape(image: Any) -> Any:
    return getattr(image, "shape", None)


def _checked(pairs: Iterable[Any], name: str) -> Iterator[tuple[Any, Any]]:
    """Yield each image, as a path, bytes or an array, and its label."""
    if not isinstance(pairs, Iterable) and not hasattr(pairs, "__getitem__"):
        raise DataError(
            f"{name}: {type(pairs).__name__} does not yield pairs. Expected (image, label), (image, label), ..."
        )
    # A torch data set has a length, but iterating over it may not end.
    length = len(pairs) if isinstance(pairs, Sized) and not hasattr(pairs, "__iter__") else None
    of_paths = None
    for number, pair in enumerate(itertools.islice(pairs, length)):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            kind = f"{type(pair).__name__} of {len(pair)}" if isinstance(pair, Sized) else type(pair).__name__
            keys = [*pair] if isinstance(pair, dict) and pair else []
            advice = f": ((row[{keys[0]!r}], row[{keys[-1]!r}]) for row in data)" if keys else ""
            raise DataError(f"{name}: item {number} is {kind}; expected (image, label){advice}.")
        image, label = pair
        path = isinstance(image, str | Path)
        if of_paths not in (None, path):
            raise DataError(f"{name}: image {number} is {type(image).__name__}, others are not.")
        of_paths = path
        label = label if isinstance(label, str) else np.asarray(label).tolist()
        yield (Path(image) if path else _pixels(image, f"{name}: image {number}")), label


def _pixels(image: Any, name: str) -> Any:
    """Return a Pillow image as `decode` would read it from a file; bytes as they are; another image as an array."""
    from PIL import Image

    if isinstance(image, bytes):
        return image
    if isinstance(image, Image.Image):
        return np.asarray(decode(image, name=name)[0])
    pixels = np.asarray(image)
    if pixels.ndim not in (2, 3):
        raise DataError(f"{name} has the shape {pixels.shape}; expected a path, a Pillow image or an array of pixels.")
    return pixels
