"""Keep the pictures that people taught, in a folder for each class, and beside each what the model saw.

`FOLDER/7/20261128-143312-1f2e3d.png` is a picture as it was sent. Hidden beside it, as readers of class folders pass
hidden files over, is what the model saw. A picture counts from the moment that it has its name: what a model saw is
written before, and what a killed process left without a picture is put in order when the folder is opened again.
"""

import contextlib
import datetime as dt
import secrets
import threading
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.data.encoded import by_number_or_name
from convlet.data.names import class_name
from convlet.errors import DataError, OutputError, StaleError, UsageError
from convlet.reading.image_file import is_image
from convlet.signature import Signature
from convlet.system.files import made_folder, moved, sweep, write_bytes
from convlet.system.text import shown
from convlet.training.teaching.example import SEEN, Example, seen_file

MOST = 10_000  # examples
MOST_BYTES = 2_000_000_000  # of their files together
_EVERY = 5  # of a class, each fifth example is held out
# How a file of each format begins; what is between the dots is anything.
_SUFFIXES = {
    b"\x89PNG": ".png",
    b"\xff\xd8": ".jpg",
    b"RIFF": ".webp",
    b"BM": ".bmp",
}


class Examples:
    """All examples of a folder, by id, the oldest first. Calls from several threads are safe.

    Args:
        folder: that of the class folders. Pictures that were put there by hand count too.

    Raises:
        OutputError: the folder cannot be read or written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._all: dict[str, Example] = {}
        self._bytes = 0
        self.look()

    def look(self) -> None:
        """Look at the folder again, and put in order what a killed process left."""
        with self._lock:
            try:
                self._look()
            except OSError as error:
                raise OutputError(f"cannot read {self.folder}: {error.strerror or error}.") from error

    def __len__(self) -> int:
        return len(self._all)

    def all(self) -> list[Example]:
        """Return every example, the oldest of each class first."""
        with self._lock:
            return list(self._all.values())

    def classes(self) -> dict[str, int]:
        """Return the number of examples of each class, numbers before other names."""
        counts = Counter(one.label for one in self.all())
        return {name: counts[name] for name in sorted(counts, key=by_number_or_name)}

    def keep(self, content: bytes, label: str, seen: NDArray[np.uint8], signature: Signature) -> Example:
        """Keep a picture; once this returns it is on the disk.

        Args:
            content: the file as it was sent.
            label: its class, see `checked_name`.
            seen: what the model saw, uint8 (height, width, 1 or 3).
            signature: that model's.

        Raises:
            UsageError: there are too many, they are too large, or another class has the folder.
            OutputError: it cannot be written, and nothing of it is kept.
        """
        if len(self) >= MOST:
            raise UsageError(
                f"There are {MOST:,} examples, and no more are kept. Take some back, or train with all of them: "
                "convlet train FOLDER --from RUN"
            )
        if self._bytes + len(content) > MOST_BYTES:
            raise UsageError(
                f"The examples have {self._bytes:,} bytes, and no more than {MOST_BYTES:,} are kept. Take some back, "
                "or send smaller pictures."
            )
        name = f"{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S-%f}-{secrets.token_hex(3)}{_suffix(content)}"
        example = Example(label, self.folder / label / name)
        kept = seen_file(seen, signature, content)
        with self._lock:
            self._require_own(label)
            try:
                made_folder(example.file.parent)
                write_bytes(example.seen_file, kept)
                write_bytes(example.file, content)
            except OutputError:
                self._forget(example)
                raise
            self._all[example.id] = example
            self._bytes += len(content)
        return example

    def move(self, id_: str, label: str) -> Example:
        """Move an example to another class.

        Raises:
            StaleError: it is no longer there.
            UsageError: another class has the folder.
            OutputError: it cannot be moved.
        """
        with self._lock:
            before = self._one(id_)
            self._require_own(label)
            after = Example(label, self.folder / label / before.file.name)
            if after.id == before.id:
                return before
            if after.file.exists():  # two that were put there by hand
                raise StaleError(f"{shown(label)} has a picture called {shown(before.file.name)} already. Rename one.")
            try:
                made_folder(after.file.parent)
                moved(before.file, after.file)
                del self._all[id_]
                self._all[after.id] = after
                if before.seen_file.exists():
                    moved(before.seen_file, after.seen_file)
            finally:
                for folder in (before.file.parent, after.file.parent):
                    _remove_if_empty(folder)
        return after

    def take_back(self, id_: str) -> None:
        """Remove an example, its picture first.

        Raises:
            StaleError: it is no longer there.
            OutputError: it cannot be removed.
        """
        with self._lock:
            example = self._one(id_)
            try:
                size = example.file.stat().st_size
                example.file.unlink(missing_ok=True)
            except OSError as error:
                raise OutputError(f"cannot remove {example.file}: {error.strerror or error}.") from error
            del self._all[id_]
            self._bytes -= size
            self._forget(example)

    def _one(self, id_: str) -> Example:
        if (found := self._all.get(id_)) is None or not found.file.exists():
            raise StaleError("This example is no longer there: another page has moved it or taken it back.")
        return found

    def _require_own(self, label: str) -> None:
        """Raise UsageError if the folder of a class is that of another one: not every disk tells upper from lower case.

        A model may know both a and A, so it is the disk that is asked.
        """
        own = self.folder / label
        if not own.is_dir():
            return
        for other in self.folder.iterdir():
            if class_name(other.name) != label and other.is_dir() and other.samefile(own):
                raise UsageError(
                    f"The class {shown(label)!r} would have the same folder on this disk as {shown(other.name)!r}, so "
                    f"their examples would be mixed. Choose {shown(other.name)!r}, or another name; or teach in a "
                    "folder on a disk that tells upper from lower case."
                )

    def _forget(self, example: Example) -> None:
        with contextlib.suppress(OSError):
            example.file.unlink(missing_ok=True)
            example.seen_file.unlink(missing_ok=True)
        _remove_if_empty(example.file.parent)

    def _look(self) -> None:
        found: dict[str, Example] = {}
        alone: list[Path] = []  # what the model saw of pictures that are not beside it
        for folder in sorted(self.folder.iterdir()):
            if folder.name.startswith(".") or not folder.is_dir():
                continue
            sweep(folder)
            names = sorted(each.name for each in folder.iterdir())
            pictures = [name for name in names if not name.startswith(".") and is_image(name)]
            stems = {name.rpartition(".")[0] for name in pictures}
            label = class_name(folder.name)
            found |= {one.id: one for one in (Example(label, folder / name) for name in pictures)}
            alone += [folder / name for name in names if name.endswith(SEEN) and name[1 : -len(SEEN)] not in stems]
        where = {one.file.stem: one for one in found.values()}
        for seen in alone:
            example = where.get(seen.name[1 : -len(SEEN)])
            if example is None:
                seen.unlink(missing_ok=True)
            elif not example.seen_file.exists():
                moved(seen, example.seen_file)
            _remove_if_empty(seen.parent)
        self._all = dict(sorted(found.items(), key=lambda each: each[1].file.name))
        self._bytes = sum(one.file.stat().st_size for one in found.values())


def held_out(examples: list[Example]) -> list[bool]:
    """Return which examples a training leaves out, to be judged by: each fifth of a class, in the order given."""
    counts: Counter[str] = Counter()
    out = []
    for one in examples:
        counts[one.label] += 1
        out.append(counts[one.label] % _EVERY == 0)
    return out


def _suffix(content: bytes) -> str:
    if content[4:8] == b"ftyp":
        return ".avif" if b"avif" in content[8:32] else ".heic"
    found = next((suffix for start, suffix in _SUFFIXES.items() if content.startswith(start)), None)
    if found is None:
        raise DataError("The picture is no PNG, JPEG, WebP, AVIF, HEIC or BMP file.")
    return found


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()
