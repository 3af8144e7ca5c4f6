"""Find the journals of decisions that hold for a data set, and make one of them: the newest decision wins.

Those in the folder itself, in the folders in it that are read as splits, and in the folders above it that would read
it as theirs. So it makes no difference at which of these somebody has decided, and at which somebody trains.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from convlet.data.decisions import FILE, Decision, Decisions, decisions_in, is_journal, parsed
from convlet.data.layout import classes_in, holds_images, read_through
from convlet.data.tree import FileTree, Tree, joined, walk
from convlet.errors import DataError
from convlet.system.files import real_path


class Found(NamedTuple):
    """A journal.

    Attributes:
        name: what reports call it: its path in the data set, or its whole path if it is above.
        below: the path of its folder in the data set; "" for the folder itself, and above it.
        inside: the path of the data set in its folder, if that is above; else "".
        decisions: what it says, by paths relative to its folder.
    """

    name: str
    below: str
    inside: str
    decisions: Decisions

    def rows(self, rows: Mapping[str, Decision]) -> Mapping[str, Decision]:
        """Return those of its rows that are about the data set, by paths in that."""
        if self.inside:
            start = f"{self.inside}/"
            return {path.removeprefix(start): one for path, one in rows.items() if path.startswith(start)}
        return {joined(self.below, path): one for path, one in rows.items()} if self.below else rows

    def row(self, path: str) -> Decision | None:
        """Return its last row about a file of the data set."""
        if self.below and not path.startswith(f"{self.below}/"):
            return None
        return self.decisions.last.get(joined(self.inside, path.removeprefix(f"{self.below}/")))


@dataclass(frozen=True)
class Heeded:
    """The decisions that hold for a data set, of all its journals.

    Attributes:
        of: those that hold, by the path of the file in the data set.
        last: the same, with rows that take others back.
        names: what reports call each journal, by `Decision.where`.
        anew: how many decisions of each journal are older than one of another journal about the same file.
        back: how many decisions of other journals each takes back.
        passed_over: journals above that speak of these images and are not heeded, in words for the user.
    """

    of: Mapping[str, Decision] = field(default_factory=dict)
    last: Mapping[str, Decision] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    anew: Mapping[str, int] = field(default_factory=Counter)
    back: Mapping[str, int] = field(default_factory=Counter)
    passed_over: tuple[str, ...] = ()


def heeded_by(tree: Tree) -> Heeded:
    """Return the decisions that hold for a data set; without `names` if it has no journal.

    Raises:
        DataError: a journal cannot be read, see `parsed`; or two disagree and it is unknown which is newer.
    """
    found, passed_over = _within(tree), list[str]()
    for outer, inside in above(Path(tree.root)) if isinstance(tree, FileTree) else ():
        if not (outer / FILE).is_file():
            continue
        one = Found(str(outer / FILE), "", inside, Decisions(""))
        if reads(outer, inside):
            one = one._replace(decisions=decisions_in(outer) or one.decisions)
            found += [one] if one.rows(one.decisions.last) else []
            continue
        with suppress(DataError):
            one = one._replace(decisions=decisions_in(outer) or one.decisions)
        if count := len(one.rows(one.decisions.of)):
            passed_over.append(
                f"{one.name} has {count:,} decisions about images in here, which are not heeded: {inside} is no split "
                "of that folder."
            )
    return replace(merged(found), passed_over=tuple(passed_over))


def merged(found: Sequence[Found]) -> Heeded:
    """Return the decisions of several journals as one.

    Raises:
        DataError: two disagree about a file, and it is unknown which is newer.
    """
    last: dict[str, Decision] = {}
    anew, back = Counter[str](), Counter[str]()
    for one in found:
        rows, newest = one.rows(one.decisions.last), dict[str, Decision]()
        for path in last.keys() & rows.keys():
            older, newer = _in_order(path, last[path], rows[path])
            newest[path] = newer
            anew[older.where] += not older.is_none
            back[newer.where] += newer.is_none and not older.is_none
        last |= {**rows, **newest}
    kept = {path: one for path, one in last.items() if not one.is_none}
    return Heeded(kept, last, {one.decisions.where: one.name for one in found}, anew, back)


def steps_of(found: Sequence[Found]) -> list[Mapping[str, Decision]]:
    """Return the rows that were written together, of all journals, the earliest first; by paths in the data set.

    The order within a journal stays, whatever the times in it.
    """
    timed = []
    for one in found:
        latest = float("-inf")
        for step in one.decisions.steps:
            time = next(iter(step.values())).time
            latest = max(latest, time.timestamp() if time else latest)
            if rows := one.rows(step):
                timed.append((latest, rows))
    return [rows for _, rows in sorted(timed, key=lambda step: step[0])]


def above(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield each folder above one, by its name and by where its links lead, with the path from it to that one."""
    seen: set[tuple[Path, str]] = set()
    real = real_path(folder)
    named = Path(os.path.abspath(folder))  # noqa: PTH100  without "..", which `Path.absolute` keeps
    for path in (named, real) if real_path(named) == real else (real,):
        for outer in path.parents:
            inside = path.relative_to(outer).as_posix()
            if (key := (real_path(outer), inside)) not in seen:
                seen.add(key)
                yield outer, inside


def reads(outer: Path, inside: str) -> bool:
    """Return whether a folder, read as a data set, reads another one in it as a split, or as all that it has."""
    with suppress(DataError):
        return inside in read_through(FileTree(outer))
    return False


def is_flat(tree: Tree, split: str, class_names: Sequence[str], decisions: Heeded, *, flat: bool) -> bool:
    """Return whether the images of a split other than train have their classes from decisions alone.

    Args:
        tree: the data set.
        split: the split's path.
        class_names: train's.
        decisions: about the data set.
        flat: whether the images of train have theirs from decisions alone.
    """
    start = f"{split}/"
    labeled = {path for path, one in decisions.of.items() if one.label and path.startswith(start)}
    if not any(
        joined(at, name) in labeled for at, here in (walk(tree, split) if labeled else ()) for name in here.images
    ):
        return False
    if not holds_images(tree, split, class_names):
        return True
    return flat and classes_in(tree, split, class_names)[0].keys().isdisjoint(class_names)


def _within(tree: Tree) -> list[Found]:
    """Return the journals in a data set."""
    found = []
    for where in read_through(tree):
        path = joined(where, FILE)
        if any(one.file == path for one in tree.look(where).left_out):
            content = tree.content(path)
            if is_journal(content):
                found.append(Found(path, where, "", parsed(content, tree.where(path))))
    return found


def _in_order(path: str, one: Decision, other: Decision) -> tuple[Decision, Decision]:
    """Return two decisions of different journals about a file, the newer one last."""
    times = one.time, other.time
    if times[0] and times[1] and times[0] != times[1]:
        return (one, other) if times[0] < times[1] else (other, one)
    if one.says == other.says:
        return (one, other) if times[1] else (other, one)
    why = "both have the same time" if times[0] and times[1] else "not both have a time"
    raise DataError(
        f"{_told(one)} {_what(one)} {path}, and {_told(other)} {_what(other)}. It is unknown which is newer: {why}. "
        "Remove the line that is wrong, or write under when when each was decided, such as 2026-11-28T09:30:00+00:00."
    )


def _told(one: Decision) -> str:
    return f"{one.where}: line {one.line}"


def _what(one: Decision) -> str:
    if one.is_none:
        return "takes back what was decided about"
    return "excludes" if one.excluded else f"gives the class {one.label!r} to"
