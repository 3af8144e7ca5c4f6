"""Read `labels.csv`, the journal of decisions about a folder's labels: `path,label,excluded,who,when`.

It is only ever added to: of several rows about one file the last one holds, so that a decision can be undone by a row
and an interrupted program loses nothing that was written before.
"""

import codecs
import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from convlet.data.names import class_name, is_path, is_readable
from convlet.data.tree import LARGEST_TABLE
from convlet.errors import DataError
from convlet.system.files import read_regular

FILE = "labels.csv"
COLUMNS = ("path", "label", "excluded", "who", "when")
_NEEDED = ("path", "label", "excluded")
_LONGEST = 200  # characters of a class's name or a person's
_YES, _NO = ("yes",), ("", "no")
_HEADER = ",".join(COLUMNS)


@dataclass(frozen=True)
class Decision:
    """What a row says about a file.

    Attributes:
        label: the name of the class that is right; "" for none: what the folder says holds.
        excluded: whether the image is left out.
        who: decided; "" if unknown.
        when: in ISO 8601; "" if unknown.
        line: where it is in the file, counted from 1; 0 if it was not read from one.
        where: that file, for errors.
    """

    label: str = ""
    excluded: bool = False
    who: str = ""
    when: str = ""
    line: int = 0
    where: str = field(default="", compare=False)

    @property
    def is_none(self) -> bool:
        """Whether it takes an earlier decision back."""
        return not (self.label or self.excluded)

    @property
    def says(self) -> tuple[str, bool]:
        """What it says, whoever made it; equal for equal ones."""
        return self.label, self.excluded

    @property
    def time(self) -> dt.datetime | None:
        """When it was made, in UTC where no zone is told; None if unknown."""
        made = dt.datetime.fromisoformat(self.when) if self.when else None
        return made.replace(tzinfo=dt.UTC) if made and made.tzinfo is None else made


@dataclass(frozen=True)
class Decisions:
    """The decisions that hold, by the path of the file relative to the folder, with "/" between names.

    Attributes:
        where: the journal, for errors.
        of: the last row about each path; without rows that take others back.
        last: the same with those.
        rows: how many there are in the file.
        steps: the rows of one time together, in order; by path.
        whole: the bytes up to the end of the last whole row, if another that follows was cut off; else 0.
        columns: the names of the columns, in the order of the file.
    """

    where: str
    of: Mapping[str, Decision] = field(default_factory=dict)
    last: Mapping[str, Decision] = field(default_factory=dict)
    rows: int = 0
    steps: Sequence[Mapping[str, Decision]] = ()
    whole: int = 0
    columns: tuple[str, ...] = COLUMNS


def decisions_in(folder: Path) -> Decisions | None:
    """Return the decisions about a folder's labels; None if it has no journal.

    Raises:
        DataError: see `parsed`; or it cannot be read.
    """
    path = folder / FILE
    try:
        if not path.is_file():
            return None
        content = read_regular(path, LARGEST_TABLE)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}.") from error
    return parsed(content, str(path)) if is_journal(content) else None


def is_journal_file(path: Path) -> bool:
    """Return whether a file is a journal of decisions, and not another table of that name."""
    if path.name.lower() != FILE:
        return False
    try:
        with path.open("rb") as file:
            return is_journal(file.read(4096))
    except OSError:
        return False


def is_journal(content: bytes) -> bool:
    """Return whether a `labels.csv` is one of decisions, going by its first line.

    One whose header was damaged by hand still is one: a table of four of the five columns, or without a header, of
    rows such as only this program writes.
    """
    text = content[:4096].decode("utf-8-sig", "replace")
    first = next(iter(_lines(text)), [])
    if len(first) == 1:  # some spreadsheets write semicolons; `parsed` says that it cannot read them
        first = re.split("[;\t|]", first[0])
    names = [cell.strip().lower() for cell in first]
    if set(_NEEDED) <= set(names) <= set(COLUMNS):
        return True
    if len(names) != len(COLUMNS):
        return False
    alike = sum(name == column for name, column in zip(names, COLUMNS, strict=True))
    return alike == len(COLUMNS) - 1 or (names[2] in (*_YES, "") and names[4] != "" and _is_time(names[4]))


def parsed(content: bytes, where: str) -> Decisions:
    """Read a journal.

    A last row without an end that is not whole was cut off while it was written, and does not count.

    Args:
        content: the file.
        where: what errors call it.

    Raises:
        DataError: a row that cannot be one, with its line and what is expected there.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DataError(f"{where} is UTF-16 text, which some programs call Unicode. Save it as CSV UTF-8.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        if content.rfind(b"\n") < error.start and error.end >= len(content):  # cut off within a character
            return _without_end(content, where)
        found = content[error.start : error.start + 12]
        raise DataError(f"{where}: line {line} is not UTF-8 text ({found!r}). Save it as CSV UTF-8.") from error
    held: dict[str, Decision] = {}
    count, names = 0, list[str]()
    steps: list[dict[str, Decision]] = []
    last = ""
    try:
        for line, cells in _numbered(text, where):
            if not names:
                names = _header(cells, where, line)
            else:
                path, decision = _row(cells, names, where, line)
                held.pop(path, None)  # so that the order is that of the last rows
                held[path] = decision
                count += 1
                if not steps or not decision.when or decision.when != last or path in steps[-1]:
                    steps.append({})
                steps[-1][path], last = decision, decision.when
    except DataError:
        if text.endswith(("\n", "\r")) or "\n" not in text or not _is_fragment(text, names, where):
            raise
        return _without_end(content, where)
    kept = {path: one for path, one in held.items() if not one.is_none}
    return Decisions(where, kept, held, count, steps, columns=tuple(names))


def row_of(path: str, decision: Decision, columns: Sequence[str] = COLUMNS) -> str:
    """Return a decision as a row of a journal with these columns, with its end."""
    written = io.StringIO()
    cells = {
        "path": path,
        "label": decision.label,
        "excluded": "yes" if decision.excluded else "",
        "who": decision.who,
        "when": decision.when,
    }
    csv.writer(written, lineterminator="\n").writerow(cells[name] for name in columns)
    return written.getvalue()


def header_row() -> str:
    """Return the first line of a journal, with its end."""
    return _HEADER + "\n"


def _is_fragment(text: str, names: Sequence[str], where: str) -> bool:
    """Return whether the last row lacks cells, or only its time is not whole; a row made by hand is wrong instead."""
    cells = next(iter(_lines(text.rpartition("\n")[2])), [])
    if len(cells) != len(names):
        return True
    when = names.index("when") if "when" in names else -1
    if when < 0 or not cells[when].strip():
        return False
    try:
        _row([cell if place != when else "" for place, cell in enumerate(cells)], names, where, 0)
    except DataError:
        return False
    return True


def _without_end(content: bytes, where: str) -> Decisions:
    """Read a journal whose last row was cut off."""
    start = content.rfind(b"\n") + 1
    found = parsed(content[:start], where)
    return replace(found, whole=start)


def _lines(text: str) -> Iterator[list[str]]:
    try:
        yield from (row for row in csv.reader(io.StringIO(text, newline="")) if any(map(str.strip, row)))
    except csv.Error:
        return


def _numbered(text: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line, counted as editors do, and the cells of each row; empty lines are skipped."""
    reader, line = csv.reader(io.StringIO(text, newline=""), strict=True), 1
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{where}: line {line} cannot be read ({error}). Expected {_HEADER}, with quotes around a name with commas."
        ) from error


def _header(cells: Sequence[str], where: str, line: int) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    if not set(_NEEDED) <= set(names) <= set(COLUMNS) or len(set(names)) < len(names):
        raise DataError(
            f"{where}: line {line} is {','.join(cells)[:80]!r}. Expected the names of the columns: {_HEADER}. Write "
            "them into a line of their own at the top."
        )
    return names


def _row(cells: Sequence[str], names: Sequence[str], where: str, line: int) -> tuple[str, Decision]:
    at = f"{where}: line {line}"
    if len(cells) != len(names):
        raise DataError(
            f"{at} has {len(cells)} cells; expected {len(names)}, {','.join(names)}. Put a name with commas in quotes."
        )
    row = dict(zip(names, (cell.strip() for cell in cells), strict=True))
    path = cells[names.index("path")]  # a file's name may begin with a space
    if not is_inside(path):
        raise DataError(
            f"{at} has the path {path[:80]!r}. Expected that of an image, relative to this file's folder, with / "
            "between names, such as cat/1.png."
        )
    label, excluded = class_name(row["label"]), row["excluded"].lower()
    if why := wrong_class(label) if label else "":
        raise DataError(f"{at} has the label {label[:40]!r}. {why}")
    if excluded not in (*_YES, *_NO):
        raise DataError(f"{at} has {row['excluded'][:40]!r} under excluded. Expected yes, or nothing.")
    who, when = row.get("who", ""), row.get("when", "")
    if who and (len(who) > _LONGEST or not is_readable(who)):
        raise DataError(f"{at} has {who[:40]!r} under who. Expected a name, or nothing.")
    if when and not _is_time(when):
        raise DataError(
            f"{at} has {when[:40]!r} under when. Expected a time such as 2026-11-28T09:30:00+00:00, or nothing."
        )
    return path, Decision(label, excluded in _YES, who, when, line, where)


def is_inside(path: str) -> bool:
    """Return whether a path names a file in a folder: relative, with "/" between its names, and none of them dots."""
    if not is_path(path) or path.startswith("/") or path.endswith("/") or "\n" in path or "\r" in path:
        return False  # a row is a line, so that one which was cut off can be told
    return all(part not in ("", ".", "..") for part in path.split("/")) and str(PurePosixPath(path)) == path


def wrong_class(name: str) -> str:
    """Return why a text cannot be the name of a class, and what to do; "" if it can be."""
    if not name.strip():
        return "A class needs a name. Type one."
    if len(name) > _LONGEST:
        return f"It has {len(name):,} characters; expected at most {_LONGEST}. Choose a shorter one."
    if not is_readable(name):
        return "It has characters that nobody can see. Expected the printable name of a class."
    if "/" in name or "\\" in name:
        return "It has a slash, which cannot be in the name of a class folder. Choose one without."
    return ""


def _is_time(text: str) -> bool:
    try:
        dt.datetime.fromisoformat(text.strip())
    except ValueError:
        return False
    return True
