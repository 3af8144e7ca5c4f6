"""Memory, disk, open files: what a training or a server runs out of."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from convlet.checks.machine.item import HINT, OK, WRONG, Item, gigabytes
from convlet.system.cache import cache_folder
from convlet.system.machine import memory

_GROUP = "memory and disk"
_ENOUGH, _LEAST = 2e9, 0.6e9  # bytes of memory: of a training of MNIST, of a prediction beside a system
_DISK_ENOUGH, _DISK_LEAST = 2e9, 0.1e9  # bytes: of the larger data sets and a few runs, of one run
_FILES = 1024  # open files: of a server with as many clients as it lets wait
RUNS = Path("runs")


def items() -> Iterator[Item]:
    """Yield what is found."""
    yield _memory()
    cache = cache_folder()
    places = {"runs": RUNS.absolute(), "cache": cache, "temporary files": Path(tempfile.gettempdir())}
    for name, place in places.items():
        yield _disk(name, place)
    if cache.is_dir():
        yield Item(_GROUP, "cache's size", OK, gigabytes(size_of(cache)))
    if files := open_files():
        cure = f"ulimit -n {4 * _FILES}, before convlet serve"
        enough = files >= _FILES
        told = f"{files} at once" + ("" if enough else ": a busy server holds one for each client")
        yield Item(_GROUP, "open files", OK if enough else HINT, told, "" if enough else cure)


def _memory() -> Item:
    total, free = memory()
    told = f"{gigabytes(free)} free of {gigabytes(total)}" if free else f"{gigabytes(total)} in all"
    amount = free or total
    if not total or amount >= _ENOUGH:
        return Item(_GROUP, "memory", OK, told if total else "not told by this system")
    cure = "Close other programs, give the container more, or train with a smaller --batch-size."
    return Item(_GROUP, "memory", WRONG if amount < _LEAST else HINT, f"{told}: a training takes up to 2 GB", cure)


def _disk(name: str, place: Path) -> Item:
    there = next(folder for folder in (place, *place.parents) if folder.is_dir())
    free = shutil.disk_usage(there).free
    told = f"{gigabytes(free)} free, in {place}"
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        state = WRONG if name == "temporary files" else HINT
        cure = {
            "runs": "Run convlet in another folder, or name one: --out DIR.",
            "cache": "Allow writing there, or set XDG_CACHE_HOME to another folder (on Windows LOCALAPPDATA).",
        }.get(name, "Set TMPDIR to another folder.")
        return Item(_GROUP, name, state, f"{there} cannot be written to: {error.strerror or error}", cure)
    if free >= _DISK_ENOUGH:
        return Item(_GROUP, name, OK, told)
    return Item(_GROUP, name, WRONG if free < _DISK_LEAST else HINT, told, "Free some space, or use another disk.")


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size  # noqa: PTH118  thousands
            except OSError:  # removed meanwhile
                continue
    return total


def open_files() -> int:
    """Return how many files this process may have open; 0 without a limit."""
    if sys.platform == "win32":  # the module is not there, and the limit is another
        return 0
    import resource

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 0 if limit == resource.RLIM_INFINITY else limit
