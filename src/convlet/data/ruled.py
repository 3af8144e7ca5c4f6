"""Apply decisions to the labels of image files, and tell those that cannot be applied."""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convlet.data.decisions import FILE, Decision, is_journal
from convlet.data.filed import NOWHERE
from convlet.data.files import LeftOut
from convlet.data.heeded import Heeded
from convlet.data.tree import Tree, joined
from convlet.errors import DataError

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
        done: how many images were relabeled, labeled, excluded and confirmed, by `Decision.where` and that word.
        paths: the decisions' that were applied.
    """

    labels: NDArray[np.int64]
    filed: NDArray[np.int64]
    kept: NDArray[np.int64]
    excluded: NDArray[np.int64]
    done: Counter[tuple[str, str]]
    paths: frozenset[str]

    @classmethod
    def of(cls, files: Sequence[str], filed: NDArray[np.int64], names: list[str], decisions: Heeded) -> "Ruled":
        """Apply decisions.

        Args:
            files: the path of each image.
            filed: int64 (m,), the number of each image's class; `NOWHERE` for one in no class folder.
            names: those of the classes; new ones are added.
            decisions: about them.
        """
        labels, out = filed.copy(), np.zeros(len(filed), np.bool_)
        numbers = {name: number for number, name in enumerate(names)}
        done: Counter[tuple[str, str]] = Counter()
        paths = set()
        for row, file in enumerate(files):
            decision = decisions.of.get(file)
            if decision is None:
                continue
            paths.add(file)
            if decision.excluded:
                out[row] = True
                done[decision.where, "excluded"] += 1
                continue
            label = numbers.setdefault(decision.label, len(names))
            if label == len(names):
                names.append(decision.label)
            what = "labeled" if filed[row] == NOWHERE else "confirmed" if label == filed[row] else "relabeled"
            done[decision.where, what] += 1
            labels[row] = label
        return cls(labels, filed, np.flatnonzero(~out), np.flatnonzero(out), done, frozenset(paths))


def undone(
    tree: Tree, decisions: Heeded, applied: Iterable[Ruled], damaged: Sequence[str] = ()
) -> dict[str, list[LeftOut]]:
    """Return for each journal, by `Decision.where`, the files about which it could not be applied, with the reasons.

    Args:
        tree: the data set.
        decisions: about it.
        applied: what they did.
        damaged: the folders of splits that cannot be read, which is told once and not for each file.
    """
    done: set[str] = set().union(*(one.paths for one in applied))
    there: dict[str, set[str]] = {}
    left: dict[str, list[LeftOut]] = {}
    for path, one in decisions.of.items():
        if path not in done and not path.startswith(tuple(damaged)):
            why = f"{decisions.names[one.where]}: line {one.line} {_why(tree, path, one, there)}"
            left.setdefault(one.where, []).append(LeftOut(path, why))
    return left


def told(decisions: Heeded, applied: Iterable[Ruled], left: dict[str, list[LeftOut]]) -> dict[str, str]:
    """Return in words what each journal did, by what reports call it."""
    total: Counter[tuple[str, str]] = sum((one.done for one in applied), Counter())
    said = {}
    for where, name in decisions.names.items():
        words = [f"{total[where, what]:,} {what}" for what in DONE if total[where, what]]
        words += [f"{count:,} taken back" for count in [decisions.back[where]] if count]
        words += [f"{count:,} decided anew in another {FILE}" for count in [decisions.anew[where]] if count]
        words += [f"{len(left[where]):,} not applied"] if where in left else []
        said[name] = ", ".join(words) or "no decisions"
    return said


def explained(tree: Tree, one: LeftOut) -> LeftOut:
    """Return a file that is left out; with why no decisions in it are heeded, if it is a journal."""
    if one.file.rpartition("/")[2] == FILE:
        with suppress(DataError):
            if is_journal(tree.content(one.file)):
                return one._replace(
                    reason="it has decisions about labels, which are heeded only in the folder itself, in those of "
                    "its splits, and above them: move its rows there, with paths from there"
                )
    return one


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
