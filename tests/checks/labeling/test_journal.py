"""Writing labels.csv: every decision is on the disk, can be undone, and nothing is lost whatever happens."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from convlet.checks.labeling.journal import NONE, ChangedError, Journal
from convlet.data.decisions import Decision, decisions_in, header_row
from convlet.errors import DataError, OutputError


def label(name: str) -> Decision:
    return Decision(name)


def held(folder: Path) -> dict[str, tuple[str, bool]]:
    found = decisions_in(folder)
    return {path: one.says for path, one in found.of.items()} if found else {}


def test_decisions_are_read_again(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.add({"a.png": label("cat"), 'b, "c".png': Decision(excluded=True)}, "ann")
        journal.add({"a.png": label("dog")}, "bob")
        assert held(tmp_path) == {"a.png": ("dog", False), 'b, "c".png': ("", True)}
        assert {path: one.says for path, one in journal.decisions.of.items()} == held(tmp_path)
    with Journal(tmp_path) as journal:
        assert journal.of("a.png").who == "bob"
        assert journal.of("z.png") == NONE


def test_what_changes_nothing_is_not_written(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.add({"a.png": NONE}, "ann")
        assert not journal.path.exists()
        journal.add({"a.png": label("cat")}, "ann")
        size = journal.path.stat().st_size
        journal.add({"a.png": label("cat")}, "bob")
        assert journal.path.stat().st_size == size


@pytest.mark.parametrize("seed", range(8))
def test_every_step_can_be_undone_also_by_a_later_program(seed: int, tmp_path: Path) -> None:
    random = np.random.default_rng(seed)
    states = [{}]
    journal = Journal(tmp_path)
    for _ in range(60):
        if random.random() < 0.1:
            journal.close()
            journal = Journal(tmp_path)
        if random.random() < 0.35:
            undone = journal.undo("ann")
            assert bool(undone) == (len(states) > 1)
            if len(states) > 1:
                states.pop()
        else:
            paths = random.choice([f"{number}.png" for number in range(6)], random.integers(1, 4), replace=False)
            choice = [label("cat"), label("dog"), Decision(excluded=True)]
            before = held(tmp_path)
            journal.add({str(path): choice[random.integers(3)] for path in paths}, "ann")
            now = held(tmp_path)
            if now != before:
                # a step that restores what was before the last one takes it back
                if len(states) > 1 and now == states[-2] and _touched(before, now) == _touched(states[-2], before):
                    states.pop()
                else:
                    states.append(now)
        assert held(tmp_path) == states[-1]
    while len(states) > 1:
        journal.undo("ann")
        states.pop()
        assert held(tmp_path) == states[-1]
    assert journal.undo("ann") == []
    journal.close()


def _touched(one: dict[str, object], other: dict[str, object]) -> set[str]:
    return {path for path in {*one, *other} if one.get(path) != other.get(path)}


def test_two_programs_do_not_write_at_once(tmp_path: Path) -> None:
    with Journal(tmp_path), pytest.raises(OutputError, match="another convlet label is at work"):
        Journal(tmp_path)
    Journal(tmp_path).close()


def test_an_editor_s_rows_are_heeded(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.add({"a.png": label("cat")}, "ann")
        with journal.path.open("a") as file:
            file.write("b.png,dog,,,")  # without an end
        journal.add({"c.png": label("ant")}, "ann")
        assert held(tmp_path) == {"a.png": ("cat", False), "b.png": ("dog", False), "c.png": ("ant", False)}
        assert journal.changed == 1


def editing(journal: Journal, monkeypatch: pytest.MonkeyPatch, edit: Callable[[], object], *, last: bool) -> None:
    """Change the file by another program in the midst of the next writing: before it is opened, or once it is written.

    That is after `add` has read it, so nothing but what is looked at there can notice.
    """
    name, left = ("fsync", [edit]) if last else ("open", [edit])
    real = getattr(os, name)

    def hooked(what: object, *rest: object) -> object:
        if left and (last or str(what) == str(journal.path)):
            left.pop()()
        return real(what, *rest)

    monkeypatch.setattr(os, name, hooked)


def replaced(path: Path, content: str) -> None:
    """Save as most editors do: a new file takes the place of the old one."""
    other = path.with_name("editor.tmp")
    other.write_text(content)
    other.replace(path)


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("begun", [False, True])
def test_an_edit_in_the_midst_of_a_writing_is_not_lost(
    begun: bool, last: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Journal(tmp_path) as journal:
        if begun:
            journal.add({"a.png": label("cat")}, "ann")
        edit = header_row() + "a.png,cow,,,\nb.png,dog,,,\n"
        editing(journal, monkeypatch, lambda: replaced(journal.path, edit), last=last)
        journal.add({"c.png": label("ant")}, "ann")
        expected = {"a.png": ("cow", False), "b.png": ("dog", False), "c.png": ("ant", False)}
        assert held(tmp_path) == expected
        assert {path: one.says for path, one in journal.decisions.of.items()} == expected
        assert journal.changed == 1


@pytest.mark.parametrize("last", [False, True])
def test_what_was_decided_without_a_look_at_the_edit_is_refused(
    last: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Journal(tmp_path) as journal:
        journal.add({"a.png": label("cat")}, "ann")
        edit = header_row() + "a.png,cow,,,\n"
        editing(journal, monkeypatch, lambda: replaced(journal.path, edit), last=last)
        with pytest.raises(ChangedError, match="changed by another program"):
            journal.add({"a.png": label("ant")}, "ann", journal.changed)
        assert journal.path.read_text() == edit
        assert journal.of("a.png").says == ("cow", False)
        with pytest.raises(ChangedError):
            journal.undo("ann", 0)
        assert journal.undo("ann", 1) == ["a.png"]


def test_a_row_added_in_the_midst_of_a_writing_is_read_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def append() -> None:
        with (tmp_path / "labels.csv").open("a") as file:
            file.write("b.png,dog,,,\n")

    with Journal(tmp_path) as journal:
        editing(journal, monkeypatch, append, last=True)
        journal.add({"a.png": label("cat")}, "ann")
        assert journal.refresh()
        assert held(tmp_path).keys() == journal.decisions.of.keys() == {"a.png", "b.png"}


def test_the_end_of_a_row_that_was_written_meanwhile_is_not_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "labels.csv").write_text(header_row() + "a.png,c")  # an editor is still writing
    with Journal(tmp_path) as journal:
        done = header_row() + "a.png,cat,,,\nb.png,dog,,,\n"
        editing(journal, monkeypatch, lambda: journal.path.write_text(done), last=False)
        journal.add({"c.png": label("ant")}, "ann")
        assert held(tmp_path).keys() == {"a.png", "b.png", "c.png"}


def test_a_journal_taken_away_in_the_midst_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Journal(tmp_path) as journal:
        journal.add({"a.png": label("cat")}, "ann")
        editing(journal, monkeypatch, journal.path.unlink, last=False)
        journal.add({"b.png": label("dog")}, "ann")
        assert held(tmp_path) == {"b.png": ("dog", False)}


def test_a_journal_that_something_changes_all_the_time_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Journal(tmp_path) as journal:
        journal.add({"a.png": label("cat")}, "ann")
        real, content = os.open, journal.path.read_text()

        def hooked(what: object, *rest: object) -> object:
            if str(what) == str(journal.path):
                replaced(journal.path, content)
            return real(what, *rest)  # type: ignore[arg-type]

        monkeypatch.setattr(os, "open", hooked)
        with pytest.raises(ChangedError, match="decide again"):
            journal.add({"b.png": label("dog")}, "ann")
        assert journal.path.read_text() == content


def test_a_row_twice_is_undone_once(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(header_row() + "a/0.png,b,,,\n" * 2)
    with Journal(tmp_path) as journal:
        assert journal.undo("ann") == ["a/0.png"]
        assert journal.undo("ann") == []
    assert held(tmp_path) == {}


def test_columns_in_another_order_stay(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("excluded,label,path\nyes,,a.png\n")
    with Journal(tmp_path) as journal:
        journal.add({"b.png": label("cat")}, "ann")
    assert (tmp_path / "labels.csv").read_text() == "excluded,label,path\nyes,,a.png\n,cat,b.png\n"


def test_nonsense_meanwhile_is_told_and_left_alone(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.add({"a.png": label("cat")}, "ann")
        broken = journal.path.read_text() + "b.png,dog\n"
        journal.path.write_text(broken)
        with pytest.raises(DataError, match="line 3 has 2 cells"):
            journal.add({"c.png": label("ant")}, "ann")
        assert journal.path.read_text() == broken
        journal.path.write_text(header_row())
        journal.add({"c.png": label("ant")}, "ann")
        assert held(tmp_path) == {"c.png": ("ant", False)}


def test_another_table_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,breed\na.png,pug\n")
    with pytest.raises(DataError, match="line 1 is not path,label,excluded"):
        Journal(tmp_path)
    assert (tmp_path / "labels.csv").read_text() == "file,breed\na.png,pug\n"


def test_a_row_that_was_cut_off_is_replaced(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.add({"a.png": label("cat")}, "ann")
        whole = journal.path.read_bytes()
    (tmp_path / "labels.csv").write_bytes(whole + b"b.png,do")
    with Journal(tmp_path) as journal:
        journal.add({"c.png": label("ant")}, "ann")
        assert (tmp_path / "labels.csv").read_bytes().startswith(whole + b"c.png,ant,,ann,")


@pytest.mark.parametrize("path", ["a\nb.png", "../a.png", "\udcff.png"])
def test_a_name_that_no_row_can_have(path: str, tmp_path: Path) -> None:
    with Journal(tmp_path) as journal, pytest.raises(DataError, match="Rename the file"):
        journal.add({path: label("cat")}, "ann")
    assert not (tmp_path / "labels.csv").exists()


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="no such limit on this system")
def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: a write ends in the middle, and the next one fails."""
    with Journal(tmp_path) as journal:
        journal.add({"a.png": label("cat")}, "ann")
        whole = journal.path.read_bytes()
        before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 20, limits[1]))
        try:
            with pytest.raises(OutputError, match=r"cannot write .*Free some space"):
                journal.add({"b.png": label("dog")}, "ann")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, before)
        assert journal.path.read_bytes() == whole
        journal.add({"b.png": label("dog")}, "ann")
        assert held(tmp_path) == {"a.png": ("cat", False), "b.png": ("dog", False)}


_PROGRAM = """
import sys
from pathlib import Path
from convlet.checks.labeling.journal import Journal
from convlet.data.decisions import Decision
with Journal(Path(sys.argv[1])) as journal:
    start = len(journal.decisions.of)
    for number in range(start, 100_000):
        journal.add({f"{number}.png": Decision("x" * 40)}, "ann")
        print(number, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_kill_loses_nothing_that_was_told(tmp_path: Path) -> None:
    for told in (30, 7, 60):
        with subprocess.Popen([sys.executable, "-c", _PROGRAM, str(tmp_path)], stdout=subprocess.PIPE) as program:
            assert program.stdout is not None
            last = [int(program.stdout.readline()) for _ in range(told)][-1]
            program.kill()
            rest = program.stdout.read().split()
        last = int(rest[-1]) if rest else last
        assert set(map("{}.png".format, range(last + 1))) <= held(tmp_path).keys()
