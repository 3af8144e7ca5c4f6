"""The data sets that are on this machine, each file compared with its published hash; and the model in the box."""

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from convlet.checks.machine.item import OFF, OK, WRONG, Item
from convlet.data import CATALOG, Entry, local_folder
from convlet.data.entry import Archive
from convlet.run.whole import check_files
from convlet.system.box import DIGITS, boxed
from convlet.system.cache import cache_folder
from convlet.system.installing import requirement, told_pip
from convlet.system.watch import Watch

_GROUP = "data"
_BLOCK = 1 << 20  # bytes read at once


def items(data_dir: Path | None, watch: Watch) -> Iterator[Item]:
    """Yield what is found."""
    yield _box()
    seen: set[Path] = set()
    for entry in CATALOG.values():
        for folder in (local_folder(entry, data_dir), cache_folder() / entry.folder):
            if entry.archives and folder and folder not in seen and entry.is_in(folder):
                seen.add(folder)
                yield _data_set(entry, folder, watch)
    if not seen:
        told = "none is here: the first training on one downloads it; digits needs no download"
        yield Item(_GROUP, "data sets", OFF, told)


def _box() -> Item:
    folder = boxed(DIGITS)
    wrong = [one.problem for one in check_files(folder) if one.problem] if folder else ["it is missing"]
    if wrong:
        cure = told_pip("install", "--force-reinstall", "--no-deps", *requirement())
        return Item(_GROUP, "the model digits", WRONG, " ".join(wrong), cure)
    return Item(_GROUP, "the model digits", OK, "comes with convlet; every file has its hash")


def _data_set(entry: Entry, folder: Path, watch: Watch) -> Item:
    wrong, right, unknown = [], 0, 0
    for archive in entry.archives:
        match = matches(archive, folder, watch)
        right += match is True
        unknown += match is None
        if match is False:
            wrong.append(archive.name)
    if wrong:
        cure = "Remove them, and put them there anew; in the cache, convlet downloads them again by itself."
        return Item(_GROUP, entry.name, WRONG, f"{', '.join(wrong)} in {folder}: not the published bytes", cure)
    rest = f", {unknown} missing or unpacked and without a published hash" if unknown else ""
    return Item(_GROUP, entry.name, OK, f"{folder}: {right} of {len(entry.archives)} files have their hash{rest}")


def matches(archive: Archive, folder: Path, watch: Watch) -> bool | None:
    """Return whether a file has its published hash; None if it is not there, or none is published for it unpacked.

    A file that was packed anew has another hash, and the bytes in it are compared.
    """
    packed, plain = folder / archive.name, folder / archive.name.removesuffix(".gz")
    if packed.is_file():
        kind, published = (hashlib.sha256, archive.sha256) if archive.sha256 else (_md5, archive.md5)
        if _digest(packed, packed.open("rb"), kind, watch) == published:
            return True
        if packed == plain or not archive.content_sha256:
            return False
        try:
            return _digest(packed, gzip.open(packed), hashlib.sha256, watch) == archive.content_sha256
        except (OSError, EOFError, zlib.error):  # damaged
            return False
    if plain != packed and plain.is_file() and archive.content_sha256:
        return _digest(plain, plain.open("rb"), hashlib.sha256, watch) == archive.content_sha256
    return None


def _md5() -> Any:
    return hashlib.md5(usedforsecurity=False)


def _digest(path: Path, opened: IO[bytes] | gzip.GzipFile, kind: Callable[[], Any], watch: Watch) -> str:
    digest, size, done = kind(), path.stat().st_size, 0
    with opened as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            done += len(block)
            watch.on_progress(f"checking {path.name}", min(done, size), size, "")
    return str(digest.hexdigest())
