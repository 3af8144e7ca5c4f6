"""Find the image files that a list names."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from convlet.data.columns import ENDINGS, levels, split_within
from convlet.data.decoder import WHOLE, Place
from convlet.data.names import Names
from convlet.errors import DataError
from convlet.reading.image_file import is_heif, is_image
from convlet.system.watch import Watch

_LOOK_AT = 20  # files, to find the folder they are in
_NEARLY = 0.9  # of the files that another folder has
_OF_IMAGES = ("images", "image", "imgs", "img", "pictures", "photos", "files", "data")


class Paths:
    """Image files by path: an `Encoded`.

    Args:
        names: each file's path as written.
        base: the folder they are relative to; "" for the current one.
        ending: what follows each name, such as ".jpg".
    """

    def __init__(self, names: Names, base: str = "", ending: str = "") -> None:
        self.names, self.base, self.ending = names, base, ending

    def __len__(self) -> int:
        return len(self.names)

    def name_of(self, row: int) -> str:
        """See `Encoded`."""
        return self.names[row] + self.ending

    def file(self, row: int) -> str:
        """Return the path to open."""
        return located(self.base, self.names[row] + self.ending)

    def places(self, rows: NDArray[np.int64]) -> list[Place]:
        """See `Encoded`."""
        return [(self.file(row), 0, WHOLE) for row in rows.tolist()]

    def missing(self) -> list[int]:
        """Return the rows whose files do not exist."""
        return [row for row in range(len(self)) if not os.path.exists(self.file(row))]  # noqa: PTH110  a million

    def take(self, rows: NDArray[np.int64]) -> "Paths":
        """Return the files with these numbers."""
        return Paths(Names(self.names[row] for row in rows.tolist()), self.base, self.ending)


def located(base: str, name: str) -> str:
    """Return where a file is: `name` in the folder `base`, with the separators of this system.

    Unicode has two spellings for accented letters; the file's is used.
    """
    name = name if os.sep == "\\" else name.replace("\\", "/")
    path = os.path.join(base, os.path.expanduser(name))  # noqa: PTH111, PTH118  a million Paths cost seconds
    if name.isascii() or os.path.exists(path):  # noqa: PTH110
        return path
    written = (os.path.join(base, normalize(form, name)) for form in ("NFC", "NFD"))  # noqa: PTH118
    return next(filter(os.path.exists, written), path)


def found_beside(path: Path, names: Names, watch: Watch) -> Paths:
    """Find the files of a list: next to it, or all in one folder there or below; names may lack their suffix.

    Paths from another machine or folder are found by their last parts, if those are as distinct as the full paths.
    Among several folders, prefer the one named like the list's split, else the one with most of the files. Capitals do
    not matter if nothing else is found.

    Raises:
        DataError: several folders have equally many of the files, so it is ambiguous which one to use.
    """
    folder = str(path.parent)
    near = levels(folder)
    folders = [*next(near), *next(near)]
    deeper: list[str] | None = None
    rows = np.random.default_rng(0).choice(len(names), min(_LOOK_AT, len(names)), replace=False)
    first = [names[row] for row in sorted(rows.tolist())]
    bare = not any(is_image(name) or is_heif(name) for name in first)
    endings = ("", *ENDINGS) if bare else ("",)
    for cut in range(max(len(_parts(name)) for name in first)):
        some = [_end(name, cut) for name in first]
        for ending in endings:
            counts = {base: _found(base, ending, filter(None, some)) for base in folders}
            if not any(counts.values()):
                deeper = next(near) if deeper is None else deeper
                counts |= {base: _found(base, ending, filter(None, some)) for base in deeper}
            if not any(counts.values()) or (cut and len({_end(name, cut) for name in names}) < len(set(names))):
                continue
            if cut:
                names = Names(_end(name, cut) for name in names)
            base = _chosen(path, names, ending, counts)
            if cut:
                watch.on_note(f"{path.name}: {first[0]} is read as {located(base, some[0] + ending)}, and so on.")
            elif base != folder:
                watch.on_note(f"the files of {path.name} are in {base}.")
            return Paths(names, base, ending)
    if same := _but_for_case(folder, names):
        watch.on_note(f"{path.name}: {names[0]} is taken for {located(folder, same[0])}, and so on.")
    return Paths(same or names, folder)


def _but_for_case(folder: str, names: Names) -> Names | None:
    """Return the paths of files in a folder, or up to two below it, that differ from a list's in capitals alone.

    None if there are none, or a name fits several.
    """
    wanted = {name.replace("\\", "/").lower(): name for name in names}
    if len(wanted) < len(set(names)):
        return None
    known: dict[str, list[str]] = {}

    def see(file: os.DirEntry[str]) -> None:
        path = file.path.removeprefix(folder).replace(os.sep, "/").lstrip("/")
        for cut in range(len(_parts(path))):
            if name := wanted.get(_end(path, cut).lower()):
                known.setdefault(name, []).append(path)

    for _ in levels(folder, see):
        pass
    if not known or any(len(paths) > 1 for paths in known.values()):
        return None
    return Names(known[name][0] if name in known else name for name in names)


def _found(base: str, ending: str, names: Iterable[str]) -> int:
    return sum(os.path.isfile(located(base, name + ending)) for name in names)  # noqa: PTH113


def _chosen(path: Path, names: Names, ending: str, counts: Mapping[str, int]) -> str:
    """Return the folder of a list's files; `counts` says how many of a sample are in each, the list's own first."""
    most, own = max(counts.values()), str(path.parent)
    if counts[own] == most:
        return own
    near = [base for base, count in counts.items() if count >= _NEARLY * most]
    split = split_within(path.stem)
    if split and (called := [base for base in near if split_within(os.path.basename(base)) == split]):  # noqa: PTH119
        near = called
    elif len(near) > 1:
        every = {base: _found(base, ending, names) for base in near}
        near = [base for base in near if every[base] == max(every.values())]
    ranks = {base: _rank(os.path.basename(base)) for base in near}  # noqa: PTH119
    best = sorted((base for base in near if ranks[base] == min(ranks.values())), key=len)
    if not all(base.startswith(best[0]) for base in best):  # images_64, say, is derived from images
        name = next(name + ending for name in names if os.path.isfile(located(best[0], name + ending)))  # noqa: PTH113
        raise DataError(
            f"{path}: {name} is in {' and in '.join(best)}: it is ambiguous which one to use. Write the folder into "
            f"the list: {os.path.basename(best[0])}/{name}."  # noqa: PTH119
        )
    return best[0]


def _rank(folder: str) -> int:
    """Return how likely a folder of this name is to hold a list's images; 0 is most likely."""
    split = split_within(folder)
    if split is None:
        return 0 if folder.lower() in _OF_IMAGES else 1
    return 2 if split == "train" else 3


def _parts(name: str) -> list[str]:
    return name.replace("\\", "/").split("/")


def _end(name: str, cut: int) -> str:
    """Return a path without its first parts."""
    return "/".join(_parts(name)[cut:]) if cut else name
