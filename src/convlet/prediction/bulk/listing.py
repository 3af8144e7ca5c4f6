"""List the inputs of a bulk prediction."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data.csv import read_csv_images
from convlet.data.disk import Images
from convlet.data.idx import read_idx_images
from convlet.data.names import Names
from convlet.data.npz import read_npz_images
from convlet.errors import DataError
from convlet.reading.image_file import SUFFIXES, heif_advice, is_image
from convlet.system.files import user_path
from convlet.system.watch import Watch

_IDX = re.compile(r"\bidx[34]-ubyte(\.gz)?$")


@dataclass(frozen=True)
class Chunk:
    """Consecutive images: their names, and either files or pixels."""

    names: list[str]
    paths: list[str] | None = None
    images: NDArray[np.uint8] | None = None


@dataclass(frozen=True)
class _Files:
    """Image files by their paths in `folder`; `shown` and that path form a name."""

    folder: str
    shown: str
    paths: Names

    def __len__(self) -> int:
        return len(self.paths)

    def chunk(self, start: int, stop: int) -> Chunk:
        paths = self.paths[start:stop]
        files = [os.path.join(self.folder, path) for path in paths]  # noqa: PTH118  strings: see _walk
        return Chunk([_spelled(self.shown + path) for path in paths], files)


class _Pixels:
    """An array of images, named NAME#0, NAME#1, ...; `images` once it has been read."""

    def __init__(
        self,
        path: Path,
        name: str,
        member: str | None = None,
        images: Images | None = None,
        watch: Watch = Watch(),  # noqa: B008
    ) -> None:
        self.shown = name if member is None else f"{name}/{member}"
        self._made_of = (path, name, member)
        if images is not None:
            self.images: Images = images
        elif member is not None:
            self.images = read_npz_images(path, watch, member)[member]
        else:
            self.images = (read_csv_images if path.suffix.lower() == ".csv" else read_idx_images)(path, watch)

    def __reduce__(self) -> Any:
        return _Pixels, self._made_of  # another machine reads the file itself

    def __len__(self) -> int:
        return len(self.images)

    def chunk(self, start: int, stop: int) -> Chunk:
        names = [_spelled(f"{self.shown}#{index}") for index in range(start, stop)]
        return Chunk(names, images=self.images[start:stop])


class Inputs:
    """All images to answer, in order.

    Args:
        given: folders, searched recursively; image files; `.csv`, `.npz` and IDX files of pixels.
        listed: more image files; a missing one is answered with an error.
        watch: reports what is done to the pixels of arrays, as for a data set.
        chunk: how many images are answered together.

    Attributes:
        ignored: the number of files in the folders without an image's suffix.
        files: the number of images in separate files.
        sha256: that of all names, and all files' sizes and modification times.

    Raises:
        DataError: there is no such file or folder, or it has no images.
    """

    def __init__(self, given: Sequence[str | Path], listed: Iterable[str], watch: Watch, chunk: int) -> None:
        self.ignored, self._chunk = 0, chunk
        self._digest = hashlib.sha256()
        self._parts: list[_Files | _Pixels] = []
        for one in given:
            path = Path(os.path.abspath(user_path(one)))  # noqa: PTH100  links stay links
            if path.is_dir():
                # images are named by their paths in a single folder, or for several folders by their paths from here
                names = Names()
                self._walk(f"{path}{os.sep}", "", names, frozenset())
                shown = os.path.join(one, "")  # noqa: PTH118  Path drops the separator
                self._parts.append(_Files(str(path), "" if len(given) == 1 else shown, names))
            elif not path.exists():
                raise DataError(f"there is no file or folder {one}.")
            elif (suffix := path.suffix.lower()) in (".csv", ".npz") or _IDX.search(path.name):
                if suffix == ".npz":
                    held = sorted(read_npz_images(path, watch).items())
                    self._parts += [_Pixels(path, str(one), member, images) for member, images in held]
                else:
                    self._parts.append(_Pixels(path, str(one), watch=watch))
                self._note(str(one), str(path))
            else:
                self._single(str(user_path(one)))
        for name in listed:
            self._single(name)
        self._ends = np.cumsum([len(part) for part in self._parts]).tolist()
        self.files = sum(len(part) for part in self._parts if isinstance(part, _Files))
        if not len(self):
            where = ", ".join(map(str, given)) or "the list"
            suffixes = ", ".join(sorted(SUFFIXES))
            raise DataError(f"no images in {where}: expected files named {suffixes}. {heif_advice()}")
        self.sha256 = self._digest.hexdigest()
        del self._digest

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def starts(self, start: int = 0) -> Iterator[int]:
        """Yield where chunks begin, from image `start` on; this depends only on the inputs."""
        begin = 0
        for end in self._ends:
            while begin < end:
                if begin >= start:
                    yield begin
                begin = min(end, begin + self._chunk - begin % self._chunk)

    def chunk(self, start: int) -> Chunk:
        """Return the chunk that begins with image `start`."""
        part = int(np.searchsorted(self._ends, start, "right"))
        before = self._ends[part - 1] if part else 0
        stop = min(self._ends[part], start + self._chunk - start % self._chunk)
        return self._parts[part].chunk(start - before, stop - before)

    def _single(self, name: str) -> None:
        here = str(Path.cwd())
        last = self._parts[-1] if self._parts else None
        if not isinstance(last, _Files) or (last.folder, last.shown) != (here, ""):
            self._parts.append(last := _Files(here, "", Names()))
        last.paths.append(name)
        self._note(name, name)

    def _note(self, name: str, path: str) -> None:
        self._digest.update(os.fsencode(name) + b"\0")
        try:
            found = os.stat(path)  # noqa: PTH116  strings: see _walk
            self._digest.update(b"%d %d\n" % (found.st_size, found.st_mtime_ns))
        except (OSError, ValueError):
            self._digest.update(b"-\n")

    def _walk(self, folder: str, below: str, names: Names, above: frozenset[tuple[int, int]]) -> None:
        """Add the images in `folder + below` that are not hidden, files and folders sorted together by name."""
        # strings: a million Path objects fill memory and take longer to make than to list
        here = folder + below
        me = os.stat(here)  # noqa: PTH116
        if (me.st_dev, me.st_ino) in above:
            return  # a link to a folder that contains it
        found: list[str] = []
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if _is_folder(entry):
                        found.append(entry.name + os.sep)
                    elif is_image(entry.name):
                        found.append(entry.name)
                    else:
                        self.ignored += 1
        except OSError as error:
            raise DataError(f"cannot read the folder {here}: {error.strerror or error}.") from error
        for name in sorted(found):
            if name.endswith(os.sep):
                self._walk(folder, below + name, names, above | {(me.st_dev, me.st_ino)})
            else:
                names.append(below + name)
                self._note(below + name, here + name)


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _spelled(name: str) -> str:
    """Spell out the bytes of a name that are not UTF-8."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
