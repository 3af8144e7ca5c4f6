"""Apply decisions to the labels of image files, and tell those that cannot be applied."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from convlet.data.decisions import FILE, Decision, Decisions, is_journal, parsed
from convlet.data.filed import NOWHERE
from convlet.data.files import LeftOut
from convlet.data.tree import Tree, joined

# What a decision does, in the order in which it is told.
DONE = ("relabeled", "labeled", "excluded", "confirmed")


@dataclass(frozen=True, eq=False)
class Ruled:
    """The images of a split after decisions.

    Attributes:
        labels: int64 (m,), after decisions, by the names they were made with; of the excluded ones as filed.
        filed: int64 (m,), the same before decisions; `NOWHERE` outside class folders.
        kept: int64 (n,), which of the m images are read.
        excluded: int64, the others.
        done: how many images were relabeled, labeled, excluded and confirmed.
        paths: the decisions' that were applied.
    """

    labels: NDArray[np.int64]
    filed: NDArray[np.int64]
    kept: NDArray[np.int64]
    excluded: NDArray[np.int64]
    done: Counter[str]
    paths: frozenset[str]

    @classmethod
    def of(cls, files: Sequence[str], filed: NDArray[np.int64], names: list[str], decisions: Decisions) -> "Ruled":
        """Apply decisions.

        Args:
            files: the path of each image.
            filed: int64 (m,), the number of each image's class; `NOWHERE` for one in no class folder.
            names: those of the classes; new ones are added.
            decisions: about them.
        """
        labels, out = filed.copy(), np.zeros(len(filed), np.bool_)
        numbers = {name: number for number, name in enumerate(names)}
        done: Counter[str] = Counter()
        paths = set()
        for row, file in enumerate(files):
            decision = decisions.of.get(file)
            if decision is None:
                continue
            paths.add(file)
            if decision.excluded:
                out[row] = True
                done["excluded"] += 1
                continue
            label = numbers.setdefault(decision.label, len(names))
            if label == len(names):
                names.append(decision.label)
            done["labeled" if filed[row] == NOWHERE else "confirmed" if label == filed[row] else "relabeled"] += 1
            labels[row] = label
        return cls(labels, filed, np.flatnonzero(~out), np.flatnonzero(out), done, frozenset(paths))


def decisions_of(tree: Tree) -> tuple[str, Decisions] | None:
    """Return the path of a data set's journal of decisions, and these by path in the tree; None without one.

    It lies in the folder itself, or beside the splits or classes if those are further in.

    Raises:
        DataError: see `parsed`.
    """
    where = ""
    while True:
        here, path = tree.look(where), joined(where, FILE)
        if any(one.file == path for one in here.left_out):
            content = tree.content(path)
            if not is_journal(content):
                return None
            found = parsed(content, tree.where(path))
            return path, replace(found, of={joined(where, file): one for file, one in found.of.items()})
        if here.images or len(here.folders) != 1:
            return None
        where = joined(where, here.folders[0])


def undone(tree: Tree, journal: str, decisions: Decisions, applied: Iterable[Ruled]) -> list[LeftOut]:
    """Return the files about which decisions could not be applied, each with the reason."""
    done: set[str] = set().union(*(one.paths for one in applied))
    left = [(path, one) for path, one in decisions.of.items() if path not in done]
    there: dict[str, set[str]] = {}
    return [LeftOut(path, f"{journal}: line {one.line} {_why(tree, path, one, there)}") for path, one in left]


def told(applied: Iterable[Ruled], left: int) -> str:
    """Return in words what was done."""
    total: Counter[str] = sum((one.done for one in applied), Counter())
    words = [f"{total[what]:,} {what}" for what in DONE if total[what]]
    words += [f"{left:,} not applied"] if left else []
    return ", ".join(words) or "no decisions"


def _why(tree: Tree, path: str, decision: Decision, there: dict[str, set[str]]) -> str:
    decided = "excludes it" if decision.excluded else f"gives it the class {decision.label!r}"
    folder, _, name = path.rpartition("/")
    if folder not in there:
        here = tree.look(folder) if _is_folder(tree, folder) else None
        there[folder] = set(here.images) if here else set()
    if name not in there[folder]:
        return f"{decided}, but there is no such image"
    return f"{decided}, but it belongs to no split that is read from class folders"


def _is_folder(tree: Tree, path: str) -> bool:
    """Return whether a path leads to a folder, through folders alone."""
    where = ""
    for name in filter(None, path.split("/")):
        if name not in tree.look(where).folders:
            return False
        where = joined(where, name)
    return True
