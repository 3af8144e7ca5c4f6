"""Hold images of any size in a temporary file, with one scale for the arrays among them.

Train sets the scale, as for arrays of one size: a dark image stays darker than the others in its set.
"""

import io
import itertools
import weakref
from array import array
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.data.decoder import Place
from convlet.data.disk import chunks
from convlet.data.pixels import Raw, in_8_bits, layout_of, raw_of, white_of
from convlet.data.store import Store
from convlet.reading.decode import decode
from convlet.system.watch import Watch

_BYTE = np.dtype(np.uint8)
_GIVEN = -1  # the type of an image given as the bytes of a file


class Held:
    """Images of any size in a temporary file; after `scaled_alike` an `Encoded`. The file is deleted with this object.

    It stores Pillow images and uint8 arrays as PGM or PPM files. Other arrays stay unchanged until their scale is
    known.

    Args:
        images: Pillow images, arrays of pixels, or image files as bytes.
        name: the split's, for errors.

    Attributes:
        types: of the arrays' numbers, in the order they came.

    Raises:
        DataError: something else, or numbers that are negative or NaN.
        OutputError: no space for the temporary file.
    """

    def __init__(self, images: Iterable[Any], name: str) -> None:
        self.name, self.types = name, list[np.dtype[Any]]()
        self._starts, self._sizes, self._kinds = array("q"), array("q"), array("b")
        with Store(Path("images")) as store:
            for number, image in enumerate(images):
                content, dtype = _stored(image, f"{name}: image {number}")
                start, size = store.add(f"image {number}", [content], len(content))
                self._starts.append(start)
                self._sizes.append(size)
                if dtype is not None and dtype not in self.types:
                    self.types.append(dtype)
                self._kinds.append(_GIVEN if dtype is None else self.types.index(dtype))
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
        """Return a decoder's error in terms the user knows."""
        return text.replace(self._file, self.name)

    def numbers(self, dtype: np.dtype[Any]) -> Raw:
        """Yield the numbers of all arrays of one of `types`, an array at a time."""
        kind = self.types.index(dtype)

        def parts() -> Iterator[NDArray[Any]]:
            with Path(self._file).open("rb") as file:
                for row, one in enumerate(self._kinds):
                    if one == kind:
                        yield _numbers(self._content(file, row), dtype)

        return Raw((self._kinds.count(kind),), dtype, parts)

    def scaled(self, whites: Mapping[np.dtype[Any], float]) -> "Held":
        """Return the same images, all as 8-bit files.

        Args:
            whites: the number that becomes 255, for each of `types`.

        Raises:
            DataError: an array has numbers above that, or is not an image.
            OutputError: see the class.
        """
        if all(dtype == _BYTE and whites[dtype] == 255 for dtype in self.types):
            return self
        return Held(self._files(whites), self.name)

    def _files(self, whites: Mapping[np.dtype[Any], float]) -> Iterator[bytes]:
        with Path(self._file).open("rb") as file:
            for row, kind in enumerate(self._kinds):
                content = self._content(file, row)
                if kind != _GIVEN:
                    dtype, name = self.types[kind], f"{self.name}: {self.name_of(row)}"
                    pixels = in_8_bits(_numbers(content, dtype), whites[dtype], name)
                    content = content[: -pixels.size] + pixels.tobytes() if dtype == _BYTE else _file(pixels, name)
                yield content

    def _content(self, file: BinaryIO, row: int) -> bytes:
        file.seek(self._starts[row])
        return file.read(self._sizes[row])


def held_alike(given: Mapping[str, tuple[Any, Any]], name: str, watch: Watch) -> dict[str, tuple[Held, Any]]:
    """Return what `pairs_of` returned, by split, train first; every array is held, and all have one scale.

    Args:
        given: for each split an array or `Held`, and the labels.
        name: the data set's, for errors.
        watch: reports what is done to the pixels.

    Raises:
        DataError: see `scaled_alike`.
        OutputError: see `Held`.
    """

    def held(split: str, images: Any) -> Held:
        where = f"{name}: {split}"
        if isinstance(images, Held):
            return images
        return Held(_each(images, where, watch if split == "train" else Watch()), where)

    scaled = scaled_alike({split: held(split, images) for split, (images, _) in given.items()}, watch)
    return {split: (scaled[split], labels) for split, (_, labels) in given.items()}


def scaled_alike(given: Mapping[str, Held], watch: Watch) -> dict[str, Held]:
    """Return the 8-bit images of each split, with one scale for all arrays of one type.

    Args:
        given: by split, train first: it sets the scales; another split sets that of a type which train lacks.
        watch: reports what is done to the pixels.

    Raises:
        DataError: see `white_of`; or numbers beyond those of train.
        OutputError: see `Held`.
    """
    whites: dict[np.dtype[Any], float] = {}
    for held in given.values():
        for dtype in held.types:
            if dtype not in whites:
                whites[dtype] = white_of(held.numbers(dtype), held.name, watch)
    return {split: held.scaled(whites) for split, held in given.items()}


def _each(images: NDArray[Any], name: str, watch: Watch) -> Iterator[NDArray[Any]]:
    """Yield images of one size, channels last."""
    if layout_of(raw_of(images), name, watch) == "first":
        images = np.moveaxis(images, 1, -1)
    return itertools.chain.from_iterable(chunks(images))


def _stored(image: Any, name: str) -> tuple[bytes, np.dtype[Any] | None]:
    """Return what is stored of an image, and the type of its numbers; None for bytes, which are already a file."""
    if isinstance(image, bytes):
        return image, None
    if not isinstance(image, Image.Image) and hasattr(image, "__array__"):
        image = np.asarray(image)
        numbers = image.dtype != _BYTE and image.dtype.kind in "buif" and image.size
        if numbers and image.min() >= 0 and image.max() < np.inf:
            kept = io.BytesIO()
            np.save(kept, image, allow_pickle=False)
            return kept.getvalue(), np.dtype(image.dtype.type)
    return _file(image, name), _BYTE  # if damaged, `decode` says what is wrong


def _numbers(content: bytes, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the numbers that `_stored` kept; uint8 ones are flat."""
    if dtype == _BYTE:
        return np.frombuffer(content, np.uint8, offset=content.index(b"\n") + 1)
    numbers: NDArray[Any] = np.load(io.BytesIO(content), allow_pickle=False)
    return numbers


def _file(image: Any, name: str) -> bytes:
    picture, (width, height) = decode(image, name=name)
    return b"P%d %d %d 255\n" % (5 if picture.mode == "L" else 6, width, height) + picture.tobytes()
