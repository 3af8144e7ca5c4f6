"""A named data set: what it is, where its files are published, and how they are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from convlet.data.split import Split


class Archive(NamedTuple):
    """One published file: the SHA-256 as the mirrors serve it, and of its decompressed bytes where known."""

    name: str
    sha256: str
    content_sha256: str | None = None


class Read(NamedTuple):
    """What a reader found: the training split, how to read the test split, and facts for `Dataset.about`."""

    train: Split
    open_test: Callable[[], Split]
    about: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A named data set. `mirrors` are base addresses, tried in order; an embedded set has no `archives`.

    `read` reads it from the folder with its archives; an embedded set ignores the folder.
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
    archives: tuple[Archive, ...] = ()
    mirrors: tuple[str, ...] = ()

    def is_in(self, folder: Path) -> bool:
        """Return whether any archive is in a folder, also unpacked (without .gz; torchvision puts "." for "-")."""
        if not folder.is_dir():
            return False
        names = {_plain(archive.name) for archive in self.archives}
        return any(_plain(file.name) in names and file.is_file() for file in folder.iterdir())


def _plain(name: str) -> str:
    return name.removesuffix(".gz").replace(".", "-")
