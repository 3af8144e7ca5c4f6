"""What anything that yields pairs holds: paths, images of one shape as an array, or others in a temporary file."""

import itertools
import weakref
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sized
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data.decoder import Place
from convlet.data.disk import chunks
from convlet.data.pixels import as_images, raw_of, scale_of
from convlet.data.store import Store
from convlet.errors import DataError
from convlet.reading.decode import decode
from convlet.system.watch import Watch


class Held:
    """Images of any sizes in a temporary file, each as a PGM or PPM file; an `Encoded`. With it ends the file.

    Args:
        images: Pillow images, arrays of pixels, or image files as bytes.
        name: the split's, for errors.

    Raises:
        DataError: something else.
        OutputError: there is no room for the temporary file.
    """

    def __init__(self, images: Iterable[Any], name: str) -> None:
        self.name = name
        self._starts, self._sizes = array("q"), array("q")
        with Store(Path("images")) as store:
            for number, image in enumerate(images):
                content = image if isinstance(image, bytes) else _file(image, f"{name}: image {number}")
                start, size = store.add(f"image {number}", [content], len(content))
                self._starts.append(start)
                self._sizes.append(size)
        self._file = store.file
        weakref.finalize(self, Path(store.file).unlink, missing_ok=True)

    def __len__(self) -> int:
        return len(self._starts)

    def name_of(self, row: int) -> str:
        """See `Encoded`."""
        return f"image {row}"

    def places(self, rows: NDArray[np.int64]) -> list[Place]:
        """See `Encoded`."""
        return [(self._file, self._starts[row], self._sizes[row]) for row in rows.tolist()]

    def said(self, text: str) -> str:
        """Return a decoder's error in the user's words."""
        return text.replace(self._file, self.name)


def pairs_of(pairs: Iterable[Any], name: str) -> tuple[Any, list[Any]]:
    """Return the images, a list of paths, an array or `Held`, and the labels.

    Args:
        pairs: each of (image, label); the image a path, a Pillow image, an array of pixels or the bytes of a file.
        name: what errors call them.

    Raises:
        DataError: no pairs, or images of several kinds.
        OutputError: as `Held`.
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


def held_alike(given: Mapping[str, tuple[Any, Any]], name: str, watch: Watch) -> dict[str, tuple[Held, Any]]:
    """Return what `pairs_of` returned, by split, with every array held; `scale_of` train settles how arrays are scaled.

    Args:
        given: for each split an array or `Held`, and the labels. Arrays with transparency are decoded each alone.
        name: the data set's, for errors.
        watch: told what is done to the pixels.

    Raises:
        DataError: as `scale_of` and `as_images`.
        OutputError: as `Held`.
    """
    train = given["train"][0]
    scale = None if isinstance(train, Held) or _is_clear(train) else scale_of(raw_of(train), f"{name}: train", watch)

    def held(images: Any, where: str) -> Held:
        if isinstance(images, Held):
            return images
        if scale is not None and not _is_clear(images):
            images = as_images(raw_of(images), scale, where)
        return Held(itertools.chain.from_iterable(chunks(images)), where)

    return {split: (held(images, f"{name}: {split}"), labels) for split, (images, labels) in given.items()}


def _is_clear(images: NDArray[Any]) -> bool:
    """Whether images may be transparent, in a fourth channel."""
    return images.ndim == 4 and images.shape[3] == 4


def _noting(given: Iterator[tuple[Any, Any]], labels: list[Any]) -> Iterator[Any]:
    for image, label in given:
        labels.append(label)
        yield image


def _shape(image: Any) -> Any:
    return getattr(image, "shape", None)


def _checked(pairs: Iterable[Any], name: str) -> Iterator[tuple[Any, Any]]:
    """Yield each image, as a path, bytes or an array, and its label."""
    if not isinstance(pairs, Iterable) and not hasattr(pairs, "__getitem__"):
        raise DataError(f"{name}: {type(pairs).__name__} yields no pairs. Expected (image, label), (image, label), ...")
    # A data set of torch has a length, and not always an end.
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
    """Return a Pillow image as `decode` reads a file, bytes, or another image as an array."""
    from PIL import Image

    if isinstance(image, bytes):
        return image
    if isinstance(image, Image.Image):
        return np.asarray(decode(image, name=name)[0])
    pixels = np.asarray(image)
    if pixels.ndim not in (2, 3):
        raise DataError(f"{name} has the shape {pixels.shape}; expected a path, a Pillow image or an array of pixels.")
    return pixels


def _file(image: NDArray[Any], name: str) -> bytes:
    picture, (width, height) = decode(image, name=name)
    return b"P%d %d %d 255\n" % (5 if picture.mode == "L" else 6, width, height) + picture.tobytes()
