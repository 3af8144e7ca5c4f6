"""Write files so that they are whole or not there, also after a power cut: next to their place, then moved into it."""

import contextlib
import errno
import functools
import hashlib
import os
import platform
import re
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator, Set
from pathlib import Path

from convlet.errors import InputError, OutputError
from convlet.system.windows import WINDOWS, is_running, replace

# What `unfinished` begins.
_UNFINISHED = re.compile(r"\.(?P<name>.*)\.convlet-(?P<here>\w{8})-(?P<process>\d+)-\w{8}(\.\w+)?")


@contextlib.contextmanager
def replacing(path: Path, before: Path | None = None) -> Iterator[Path]:
    """Yield a temporary path next to `path`, with its suffix; move it to `path` if the block succeeds.

    Args:
        path: the file. It is on the disk, not only in the system's memory, before it takes the place of an earlier one.
        before: where to keep the earlier one.

    Raises:
        OutputError: the folder cannot be written to, or the disk is full; `path` is unchanged.
    """
    with _writing(path), contextlib.ExitStack() as last:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=unfinished(path.stem), suffix=path.suffix)
        temporary = Path(name)
        last.callback(temporary.unlink, missing_ok=True)
        os.close(handle)
        yield temporary
        os.umask(mask := os.umask(0))
        temporary.chmod(0o666 & ~mask)  # mkstemp makes files private
        _flush(temporary)
        if before and path.is_file():
            replace(path, before)
        replace(temporary, path)
        _flush(path.parent)


@contextlib.contextmanager
def replacing_folder(path: Path, mark: Path, members: Set[str]) -> Iterator[Path]:
    """Yield a new, empty folder next to `path`; move it to `path` if the block succeeds.

    Args:
        path: a new path, an empty folder, or a folder of the same kind, which is replaced.
        mark: the file in it that identifies the kind.
        members: the names allowed in it; if there are others, it stays.

    Raises:
        OutputError: `path` is something else, cannot be written, or the disk is full; it is unchanged.
    """
    with _writing(path):
        path = real_path(path)  # so that a link stays a link, and "." has a parent
        there = {child.name for child in path.iterdir()} if path.is_dir() else set()
        if path.is_file() or (there and not (path / mark).is_file()) or not there <= members:
            named = f" ({min(there - members)})" if there - members else ""
            raise OutputError(f"{path} already exists and holds something else{named}. Choose another place.")
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=unfinished(path.name)) as folder:
            made, before = Path(folder) / "made", Path(folder) / "before"
            made.mkdir()
            yield made
            for place in (*made.rglob("*"), made):
                _flush(place)
            if path.exists():
                path.rename(before)
            try:
                made.rename(path)
            except OSError:
                if before.exists():
                    before.rename(path)
                raise
            _flush(path.parent)


def unfinished(name: str) -> str:
    """Return how to begin the name of a temporary file or folder of this process, for `sweep`."""
    return f".{name[:80]}.convlet-{_here()}-{os.getpid()}-"


def sweep(folder: Path, older_than: float | None = None) -> list[Path]:
    """Remove what killed processes left unfinished in a folder, and return what it was.

    What a process of this machine, or container, began stays while the process lives. What another one began stays
    unless it is older than so many seconds. A folder that was being replaced is put back.
    """
    removed = []
    for child in folder.iterdir() if folder.is_dir() else ():
        found = _UNFINISHED.fullmatch(child.name)
        if not found:
            continue
        if found["here"] == _here():
            ended = not _is_alive(int(found["process"]))
        else:
            ended = older_than is not None and time.time() - child.stat().st_mtime > older_than
        if ended:
            before, target = child / "before", folder / found["name"]
            if before.is_dir() and not target.exists():
                before.rename(target)
            shutil.rmtree(child, ignore_errors=True) if child.is_dir() else child.unlink(missing_ok=True)
            removed.append(child)
    return removed


@functools.cache
def _here() -> str:
    """Return a short name for this machine and, in a container, its own numbering of processes."""
    namespace = ""
    with contextlib.suppress(OSError):
        namespace = str(Path("/proc/self/ns/pid").readlink())
    return hashlib.sha256(f"{platform.node()} {namespace}".encode()).hexdigest()[:8]


def _is_alive(process: int) -> bool:
    if WINDOWS:
        return is_running(process)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # another user's
        return True
    return True


def _flush(path: Path) -> None:
    """Write a file, or a folder's list of names, from the system's memory to the disk."""
    try:
        handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)  # Windows flushes only what it may write
    except PermissionError:  # Windows opens no folders
        return
    try:
        flush(handle)
    finally:
        os.close(handle)


def flush(handle: int) -> None:
    """Write an open file, or a folder's list of names, from the system's memory to the disk."""
    try:
        if sys.platform == "darwin":  # whose fsync leaves the data in the disk's own memory
            import fcntl

            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
        else:
            os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):  # a file system without it
            raise


def user_path(path: "str | os.PathLike[str]") -> Path:
    """Return a path with `~` expanded. As in a shell, `~name` stays as it is unless there is a user of that name.

    Raises:
        InputError: there is no home folder for a `~` alone.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        if Path(path).parts[0] == "~":
            raise InputError(f"there is no folder {path}: {error}") from error
        return Path(path)


def made_folder(path: Path) -> Path:
    """Return a folder; make it, with its parents, unless it exists.

    Raises:
        OutputError: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {path}: {error.strerror or error}. Choose another place.") from error
    return path


def without_waiting(path: str, flags: int) -> int:
    """Open a file like `os.open`; of a pipe it does not wait for the other end. For `open(path, opener=...)`."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def read_regular(path: Path, most: int) -> bytes:
    """Read a file whole, unless it never ends or is too large.

    Args:
        path: the file.
        most: bytes.

    Raises:
        OSError: it cannot be read, is a pipe, a device or a folder, or has more than `most` bytes.
    """
    with open(path, "rb", opener=without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", str(path))
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes", str(path))
    return content


def real_path(path: "str | os.PathLike[str]") -> Path:
    """Return the absolute path with its links followed; `Path.resolve` fails for one that leads to itself."""
    return Path(os.path.realpath(path))


def moved(path: Path, target: Path) -> None:
    """Move a file within a file system, and see that the disk has it in its new place.

    Raises:
        OutputError: it cannot be moved; it is where it was.
    """
    with _writing(target):
        replace(path, target)
        for folder in {target.parent, path.parent}:
            _flush(folder)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file atomically; errors: see `replacing`."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, halves of characters escaped, atomically; errors: see `replacing`."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if not path.parent.is_dir():
            raise OutputError(f"cannot write {path}: there is no folder {path.parent}. Make it first.") from error
        what = f"cannot write {path}: {error.strerror or error}"
        raise OutputError(f"{what}. Free some space or choose another place, and run it again.") from error
