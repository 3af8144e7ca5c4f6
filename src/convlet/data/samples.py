"""Read samples in tar archives that follow WebDataset's convention.

Convention: https://github.com/webdataset/webdataset. A sample's files are adjacent and share a key: the name up to
the first dot.
"""

import json
import re
from array import array
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from convlet.data.decoder import Like, Place, name_of
from convlet.data.encoded import Gathered, gathered, split_of
from convlet.data.names import class_name, is_readable
from convlet.data.sizing import Wanted
from convlet.data.split import Split
from convlet.data.tar import Member, members
from convlet.errors import DataError
from convlet.reading.image_file import is_suffix
from convlet.system.watch import Watch

_LABELS = ("cls", "json")
_LONGEST = 1 << 20  # bytes of a label's file
_LONGEST_NAME = 200  # characters of a label
_LARGEST = 1 << 30  # bytes of an image


class Samples:
    """The samples in some shards: where each image is, in 16 bytes, and its label, in 4."""

    def __init__(self, shards: Sequence[Path], watch: Watch) -> None:
        self.files = [str(shard) for shard in shards]
        self.watch = watch
        self.texts: dict[str, int] = {}  # of the labels, each with its number
        numbers, starts, sizes, labels = array("I"), array("q"), array("I"), array("I")
        for number, shard in enumerate(shards):
            for image, text in _samples(shard):
                numbers.append(number)
                starts.append(image.start)
                sizes.append(image.size)
                labels.append(self.texts.setdefault(text, len(self.texts)))
            watch.on_progress(f"reading shards of {shard.parent.name}", number + 1, len(shards), "")
        self.numbers, self.starts, self.sizes, self.labels = map(np.asarray, (numbers, starts, sizes, labels))

    def __len__(self) -> int:
        return len(self.starts)

    def name_of(self, row: int) -> str:
        """See `Encoded`."""
        (place,) = self.places(np.array([row]))
        return name_of(place)

    def places(self, rows: NDArray[np.int64]) -> list[Place]:
        """See `Encoded`."""
        found = zip(self.numbers[rows].tolist(), self.starts[rows].tolist(), self.sizes[rows].tolist(), strict=True)
        return [(self.files[number], start, size) for number, start, size in found]

    def split(
        self,
        name: str,
        class_names: Sequence[str],
        listed: bool,
        channels: int | None,
        wanted: Wanted,
        like: Like | None,
    ) -> tuple[Split, Gathered]:
        """Return the images and labels. If `listed`, numbers index the class names; else they are class names.

        Other arguments: see `gathered`.
        """
        known = {text: number for number, text in enumerate(class_names)}
        known |= {str(number): number for number in range(len(class_names))} if listed else {}
        classes = np.array([known.get(text, -1) for text in self.texts])
        labels = classes[self.labels]
        if (labels < 0).any():
            at = int((labels < 0).argmax())
            (place,) = self.places(np.array([at]))
            text = list(self.texts)[self.labels[at]]
            some = ", ".join(class_names[:10]) + (", ..." if len(class_names) > 10 else "")
            whose = "the lines of classes.txt" if listed else "the classes of train"
            raise DataError(
                f"{name_of(place)}: its label {text!r} is not one of {whose} ({some}). "
                "Correct the label, or add the class."
            )
        found = gathered(self, name, channels, self.watch, wanted, like)
        return split_of(found, self, labels, name), found


def _samples(shard: Path) -> Iterator[tuple[Member, str]]:
    """Yield the image and the label of each sample."""
    seen: set[str] = set()
    try:
        with shard.open("rb", buffering=0) as file:
            for key, files in groupby(members(shard), lambda member: _key(member.name)[0]):
                sample = _sample(shard, file, key, list(files))
                if sample is None:
                    continue
                if key in seen:
                    raise _two_of(key, shard)
                seen.add(key)
                yield sample
    except OSError as error:
        raise DataError(f"cannot read {shard}: {error.strerror or error}.") from error
    if not seen:
        raise DataError(f"{shard} holds no samples. Expected KEY.png followed by KEY.cls, or by KEY.json with a label.")


def _sample(shard: Path, file: BinaryIO, key: str, files: Sequence[Member]) -> tuple[Member, str] | None:
    """Return the image and the label among the files with a key; None if there is neither, and for hidden files."""
    images = [one for one in files if is_suffix(f".{_key(one.name)[1]}")]
    labels = [one for one in files if _key(one.name)[1] in _LABELS]
    if key.endswith("/") or not key or not (images or labels):
        return None
    if len(images) > 1:
        raise _two_of(key, shard)
    if not images:
        raise DataError(
            f"{shard}: {labels[0].name} is a label without an image. Expected {key}.png, or .jpg, ..., next to it."
        )
    if images[0].size > _LARGEST:
        raise DataError(f"{shard}: {images[0].name} has {images[0].size:,} bytes; convlet reads up to {_LARGEST:,}.")
    text = next((text for one in labels if (text := _label(file, shard, one)) is not None), None)
    if text is None:
        raise DataError(
            f'{shard}: {images[0].name} has no label. Expected {key}.cls, or {key}.json with a "label", next to it.'
        )
    return images[0], text


def _two_of(key: str, shard: Path) -> DataError:
    return DataError(f"{shard} has two images with the key {key!r}. Each sample needs its own key, and adjacent files.")


def _key(name: str) -> tuple[str, str]:
    """Return a member's key and the rest of its name, in lower case."""
    folder, slash, file = name.removeprefix("./").rpartition("/")
    key, _, suffix = file.partition(".")
    return folder + slash + key, suffix.lower()


def _label(file: BinaryIO, shard: Path, member: Member) -> str | None:
    """Return the text of a label; None if a `.json` has none."""
    file.seek(member.start)
    content = file.read(min(member.size, _LONGEST))
    try:
        given: Any = content.decode().strip()
        if member.name.lower().endswith(".json"):
            found = json.loads(given)
            given = found.get("label") if isinstance(found, dict) else found
            if given is None:
                return None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{shard}: the label {member.name} cannot be read ({error}). Expected UTF-8 text.") from error
    text = class_name(str(given))
    if isinstance(given, bool | float | list | dict) or len(text) >= _LONGEST_NAME or not is_readable(text):
        raise DataError(
            f"{shard}: the label {member.name} is {text[:40]!r}. Expected the number or the name of a class."
        )
    return str(int(text)) if re.fullmatch("[0-9]{1,15}", text) else text
