"""Find the images in an archive and where their bytes are: in a plain `.tar` itself, else in one temporary file.

Nothing is ever written under a name from the archive, so no name or link in it can lead anywhere.
"""

import bz2
import contextlib
import gzip
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

from convlet.data import tar
from convlet.data.decisions import FILE
from convlet.data.files import LeftOut, Unreadable
from convlet.data.store import Store
from convlet.data.tree import LARGEST_TABLE, no_image, passed_over
from convlet.errors import DataError
from convlet.reading.contents import HEAD, what_is
from convlet.reading.image_file import is_image
from convlet.system.watch import Watch

BOMB = 1 << 30, 200  # an archive may unpack to this many bytes, or to this many times its size
_LARGEST = 1 << 30  # bytes of an image
_PIECE = 1 << 20
_OPEN: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open}
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, tarfile.TarError),
    *(EOFError, RuntimeError, ValueError, OSError, MemoryError),
)


class Packed(NamedTuple):
    """An archive's images.

    Attributes:
        file: the file with their bytes.
        temporary: whether that is a temporary file, which the caller deletes.
        images: each image's path, with the offset and number of its bytes. Its name begins 512 bytes before them.
        left_out: the other files, each with the reason.
        refused: the same for files whose paths lead out of the archive.
        tables: where the content of each labels.csv is, like `images`; they are among `left_out` too.
    """

    file: str
    temporary: bool
    images: dict[str, tuple[int, int]]
    left_out: list[LeftOut]
    refused: list[LeftOut]
    tables: dict[str, tuple[int, int]]


class _File(NamedTuple):
    """A file in an archive: its path, its size, and how to open it; None for a link.

    A hard link, a second name of an earlier file, has that file's path as `same`.
    """

    path: str
    size: int
    open: Callable[[], IO[bytes] | None] | None
    same: str = ""


def unpack(path: Path, watch: Watch) -> Packed:
    """Find the images in a `.zip`, `.tar` or compressed `.tar`, recognized by its first bytes.

    Args:
        path: the archive.
        watch: gets "unpacking NAME" and the bytes of the archive so far, if it is not a plain `.tar`.

    Raises:
        DataError: it is damaged, encrypted or a bomb, or cannot be read.
        OutputError: no space for its content.
    """
    try:
        found = _unpacked(path, watch)
    except _DAMAGED as error:
        raise DataError(
            f"{path} is damaged or cannot be read ({error}). Copy or download it again, or unpack it and give the "
            "folder."
        ) from error
    absolute = [name for name in found.images if name.startswith("/")]
    all_are = len(absolute) == len(found.images)  # some programs pack them that way
    for name in absolute:
        place = found.images.pop(name)
        if all_are:
            found.images[name.lstrip("/")] = place
        else:
            found.refused.append(LeftOut(name, "its path is absolute and leads out of the archive"))
    return found


def _unpacked(path: Path, watch: Watch) -> Packed:
    with path.open("rb") as archive:
        start = archive.read(2)
        archive.seek(0)
        if start == b"PK":
            return _copied(path, archive, _of_zip(path, archive), watch)
        if start in _OPEN:
            return _copied(path, archive, _of_stream(path, _OPEN[start](archive)), watch)
    with path.open("rb") as archive:
        what = what_is(archive.read(HEAD))
    if what != "something else":
        raise DataError(f"{path} is not an archive but {what}. Fetch it again.")
    links: list[str] = []
    found = Packed(str(path), False, {}, [], [], {})
    for member in tar.members(path, links):
        if name := _accepted(member.name, member.size, found):
            _again(name, found)
            found.images[name] = member.start, member.size
        elif table := _table(member.name, member.size):
            found.tables[table] = member.start, member.size
    for link in links:
        _accepted(link, None, found)
    return found


def _copied(path: Path, archive: IO[bytes], files: Iterator[_File], watch: Watch) -> Packed:
    """Copy the images into a temporary file."""
    total = path.stat().st_size
    with Store(path) as store:
        found = Packed(store.file, True, {}, [], [], {})
        for file in files:
            earlier = found.images.get(_plain(file.same))
            if name := _accepted(file.path, file.size if file.open or earlier else None, found):
                _again(name, found)
                found.images[name] = earlier or store.add(name, _pieces(file), file.size)
                watch.on_progress(f"unpacking {path.name}", min(archive.tell(), total - 1), total, "")
            elif file.open and (table := _table(file.path, file.size)):
                found.tables[table] = store.add(table, _pieces(file), file.size)
    watch.on_progress(f"unpacking {path.name}", total, total, "")
    return found


def _pieces(file: _File) -> Iterator[bytes]:
    """Yield the content of one file, piece by piece."""
    opened = file.open and file.open()
    size = 0
    if opened:
        with opened:
            while piece := opened.read(_PIECE):
                yield piece
                size += len(piece)
    if size != file.size:
        raise EOFError(f"{file.path} has {size:,} of {file.size:,} bytes")


def _accepted(name: str, size: int | None, found: Packed) -> str | None:
    """Return the path of an image to read; None for other files, which are left out.

    Args:
        name: in the archive.
        size: in bytes; None for links and devices.
        found: gets what is left out.

    Returns:
        The path without dots, with a "/" before it if it is absolute.
    """
    path = _plain(name).removeprefix("/")
    parts = path.split("/") if path else []
    if not parts or any(passed_over(part) for part in parts if part != ".."):
        return None
    if ".." in parts:
        found.refused.append(LeftOut(path, "its path leads out of the archive"))
    elif size is None:
        found.left_out.append(LeftOut(path, "it is a link or not a regular file"))
    elif not is_image(path):
        found.left_out.append(no_image(path))
    elif size > _LARGEST:
        found.left_out.append(Unreadable(path, f"{path} has {size:,} bytes; convlet reads up to {_LARGEST:,}."))
    else:
        return _plain(name)
    return None


def _table(name: str, size: int) -> str | None:
    """Return the path of a file that may have decisions about labels; None for others."""
    path = _plain(name).removeprefix("/")
    is_one = path.rpartition("/")[2] == FILE and ".." not in path.split("/") and size <= LARGEST_TABLE
    return path if is_one else None


def _plain(name: str) -> str:
    """Return a path in an archive without dots, with a "/" before it if it is absolute."""
    path = "/".join(part for part in name.split("/") if part not in ("", "."))
    return f"/{path}" if name.startswith("/") else path


def _again(name: str, found: Packed) -> None:
    if name in found.images:
        found.left_out.append(LeftOut(name, "a later file of this name in the archive is read instead"))


def _of_zip(path: Path, content: IO[bytes]) -> Iterator[_File]:
    with zipfile.ZipFile(content) as archive:
        members = archive.infolist()
        if sum(member.file_size for member in members) > _most(path):
            raise _bomb(path)
        for member in members:
            name = member.filename
            if not member.flag_bits & 0x800:  # macOS writes UTF-8 and does not say so
                with contextlib.suppress(UnicodeError):
                    name = name.encode("cp437").decode()
            name = name.replace("\\", "/")  # some Windows programs write these
            if name.endswith("/"):
                continue
            if member.flag_bits & 1:
                raise DataError(f"{path} is encrypted. Unpack it with its password and give the folder.")
            link = stat.S_ISLNK(member.external_attr >> 16)
            yield _File(name, member.file_size, None if link else partial(archive.open, member))


def _of_stream(path: Path, content: Any) -> Iterator[_File]:
    bounded: Any = _Bounded(content, path)
    with tarfile.open(fileobj=bounded, mode="r|") as archive:
        for member in archive:
            archive.members.clear()  # type: ignore[attr-defined]  # a kilobyte each
            if not member.isdir():
                plain = member.isfile() and not member.issparse()
                content = partial(archive.extractfile, member) if plain else None
                yield _File(member.name, member.size, content, member.linkname if member.islnk() else "")
    while bounded.read(_PIECE):  # up to the end, where the checksum is
        pass


class _Bounded:
    """Reads no more from a compressed file than an honest one holds."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self._file, self._path, self._left = file, path, _most(path)

    def read(self, size: int) -> bytes:
        """Read the next bytes."""
        piece = self._file.read(size)
        self._left -= len(piece)
        if self._left < 0:
            raise _bomb(self._path)
        return piece


def _most(path: Path) -> int:
    return max(BOMB[0], BOMB[1] * path.stat().st_size)


def _bomb(path: Path) -> DataError:
    return DataError(
        f"{path} unpacks to more than {BOMB[1]} times its {path.stat().st_size:,} bytes, which images never do. "
        "If they are yours, unpack it and give the folder."
    )
