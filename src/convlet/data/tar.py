"""List what a tar archive contains and where, from its headers alone.

Format: POSIX ustar. A member is a header of 512 bytes and its content, padded to a multiple of 512; two blocks of
zeros end the archive.
"""

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from convlet.errors import DataError

BLOCK = 512
_BUFFER = 1 << 20
_FILE, _FOLDER = (b"0", b"\0"), b"5"
_COMPRESSED = {b"\x1f\x8b": "gzip", b"BZ": "bzip2", b"\xfd7": "xz", b"(\xb5": "zstd"}


class Member(NamedTuple):
    """A file in an archive: its name, the offset of its bytes, and their count."""

    name: str
    start: int
    size: int


def members(path: Path, skipped: list[str] | None = None) -> Iterator[Member]:
    """Yield the files in a tar archive, in order; add the names of links, devices and sparse files to `skipped`.

    Hard links, tar's way to store a file's second name, come last.

    Plain headers are read here, others (long names, sparse files) by `tarfile`. With `tarfile` alone, a shard takes 1.5
    times as long to load (`benchmarks.own_parts`).

    Raises:
        DataError: not an archive, or a compressed, damaged, truncated or unreadable one.
    """
    try:
        with path.open("rb", buffering=_BUFFER) as file:
            yield from _plain(file, path)
    except _NotPlainError as found:
        yield from _any(path, found.start, [] if skipped is None else skipped)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}.") from error


class _NotPlainError(Exception):
    """A header of another kind is at `start`."""

    def __init__(self, start: int) -> None:
        self.start = start


def _plain(file: BinaryIO, path: Path) -> Iterator[Member]:
    size = path.stat().st_size
    start = 0
    while True:
        header = file.read(BLOCK)
        if len(header) < BLOCK:
            raise _truncated(path, f"it ends at byte {size:,} without the blocks of zeros that close an archive")
        if header == bytes(BLOCK):
            return
        if start == 0 and (kind := _COMPRESSED.get(header[:2])):
            raise DataError(f"{path} is compressed ({kind}), so no member has an offset. Unpack it to a .tar.")
        name, length = _named(header, path, start)
        if header[156:157] not in (*_FILE, _FOLDER):
            raise _NotPlainError(start)
        begin = start + BLOCK
        start = begin + -(-length // BLOCK) * BLOCK
        _require_inside(path, name, begin + length, size)
        if header[156:157] != _FOLDER:
            yield Member(name, begin, length)
        file.seek(start)


def _named(header: bytes, path: Path, start: int) -> tuple[str, int]:
    """Return a member's name and size, from a header whose checksum is right."""
    binary = header[124] >= 0x80  # a size beyond 8 GB
    try:
        right = int(header[148:156].strip(b"\0 "), 8) == sum(header) - sum(header[148:156]) + 8 * 32
        length = 0 if binary else int(header[124:136].strip(b"\0 "), 8)
    except ValueError:
        right, length = False, 0
    if not right or length < 0:
        raise DataError(
            f"{path} is not a tar archive, or is damaged: there is no header at byte {start:,}. Write or copy it again."
        )
    if binary:
        raise _NotPlainError(start)
    name = header[:100].partition(b"\0")[0]
    prefix = header[345:500].partition(b"\0")[0] if header[257:263] == b"ustar\0" else b""
    return (prefix + b"/" + name if prefix else name).decode("utf-8", "surrogateescape"), length


def _any(path: Path, start: int, skipped: list[str]) -> Iterator[Member]:
    """Yield the files from the header at `start` on, then the hard links to any."""
    size, links = path.stat().st_size, dict[str, str]()
    try:
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                if member.size < 0 or archive.offset < member.offset_data:  # tarfile would read it again forever
                    raise _truncated(path, f"its member {member.name} has a negative size")
                archive.members.clear()  # type: ignore[attr-defined]  # a kilobyte each
                if member.offset < start or member.isdir():
                    continue
                if member.islnk():
                    links[member.name] = member.linkname
                    continue
                if not member.isfile() or member.issparse():
                    skipped.append(member.name)
                    continue
                _require_inside(path, member.name, member.offset_data + member.size, size)
                yield Member(member.name, member.offset_data, member.size)
            end = archive.offset
        with path.open("rb") as file:  # tarfile takes anything but a header for the end
            file.seek(end)
            if file.read(BLOCK) != bytes(BLOCK):
                raise _truncated(
                    path, f"at byte {end:,} of {size:,} is neither a header nor the block of zeros that ends it"
                )
        yield from _linked(path, links, skipped)
    except tarfile.TarError as error:
        raise _truncated(path, str(error)) from error


def _linked(path: Path, links: dict[str, str], skipped: list[str]) -> Iterator[Member]:
    """Yield hard links, by name and target, as separate files; scan the archive again to find the targets."""
    wanted, targets = set(links.values()), dict[str, Member]()
    if wanted:
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                archive.members.clear()  # type: ignore[attr-defined]
                if member.name in wanted and member.isfile() and not member.islnk() and not member.issparse():
                    targets[member.name] = Member(member.name, member.offset_data, member.size)
    for name, target in links.items():
        if target in targets:
            yield targets[target]._replace(name=name)
        else:
            skipped.append(name)


def _require_inside(path: Path, name: str, end: int, size: int) -> None:
    if end > size:
        raise _truncated(path, f"its member {name} ends at byte {end:,} of {size:,}")


def _truncated(path: Path, why: str) -> DataError:
    return DataError(f"{path} is truncated or damaged: {why}. Write or copy it again.")
