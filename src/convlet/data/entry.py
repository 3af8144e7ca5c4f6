"""Describe a named data set: what it is, where its files are published, and how they are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from convlet.data.split import Split
from convlet.signature import WHITE


class Archive(NamedTuple):
    """One published file.

    Attributes:
        name: its name on the mirrors.
        sha256: that of the file on the mirrors; None where only an MD5 is published.
        content_sha256: that of its decompressed bytes, if known.
        md5: that of the file on the mirrors, where no SHA-256 is published.
        members: the files in it that a reader needs, as FOLDER/NAME; they may also be unpacked.
    """

    name: str
    sha256: str | None = None
    content_sha256: str | None = None
    md5: str | None = None
    members: tuple[str, ...] = ()

    @property
    def known_hash(self) -> str:
        """The published hash in pooch's format."""
        return f"sha256:{self.sha256}" if self.sha256 else f"md5:{self.md5}"


class Read(NamedTuple):
    """A reader's findings: splits, how to read the test split, facts for `Dataset.about`, and `Dataset.white`."""

    train: Split
    open_test: Callable[[], Split]
    about: Mapping[str, Any]
    validation: Split | None = None
    white: float = WHITE


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A named data set. `mirrors` are base addresses, tried in order; an embedded set has no `archives`.

    `read` reads it from the folder with its archives; an embedded set ignores the folder. `train`, `validation` and
    `test` are numbers of images. `family` names the folder of an archive that several sets share, `torchvision`
    the folder that library makes.
    """

    name: str
    title: str
    licence: str
    citation: str
    class_names: tuple[str, ...]
    image_shape: tuple[int, int, int]
    train: int
    test: int
    read: Callable[["Entry", Path], Read]
    validation: int = 0
    archives: tuple[Archive, ...] = ()
    mirrors: tuple[str, ...] = ()
    family: str | None = None
    torchvision: str | None = None

    @property
    def folder(self) -> str:
        """The name of its folder in the cache."""
        return self.family or self.name

    def is_in(self, folder: Path) -> bool:
        """Return whether any of its files is in a folder, packed or not (without .gz; torchvision has "." for "-")."""
        if not folder.is_dir():
            return False
        members = [PurePosixPath(member) for archive in self.archives for member in archive.members]
        files = {_plain(name) for name in [archive.name for archive in self.archives] + [one.name for one in members]}
        folders = {one.parts[0] for one in members}
        return any((_plain(one.name) in files and one.is_file()) or one.name in folders for one in folder.iterdir())

    def place(self, folder: Path) -> Path:
        """Return where in a folder the members of its archive are: the archive, or the folder they are unpacked in."""
        archive = self.archives[0]
        inner = PurePosixPath(archive.members[0]).parts[0]
        return next((path for path in (folder / archive.name, folder / inner) if path.exists()), folder)


def _plain(name: str) -> str:
    return name.removesuffix(".gz").replace(".", "-")
