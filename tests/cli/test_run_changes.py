"""`convlet runs open`, `remove` and `rename`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from convlet.run import Run
from tests.run.made import made_run


def test_removing_says_what_goes_and_asks(convlet: Any, tmp_path: Path) -> None:
    one = made_run(tmp_path / "runs", "one")
    child = made_run(
        tmp_path / "runs", "child", status="interrupted", start={"path": str(one), "sha256": "", "signature": {}}
    )
    status, out, err = convlet("runs", "remove", "one")
    assert (status, out) == (2, "")
    assert "--yes" in err
    assert "4 files" in err
    assert "runs/child goes on from it: it needs it to be resumed" in err
    assert one.is_dir()
    status, out, _ = convlet("runs", "remove", "one", "runs/one", "child", "--yes")
    assert (status, out.split()) == (0, ["runs/one", "runs/child"])
    assert not one.exists()
    assert not child.exists()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
@pytest.mark.parametrize(("answer", "gone"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_the_answer_of_a_person_counts(answer: str, gone: bool, tmp_path: Path) -> None:
    one = made_run(tmp_path / "runs", "one")
    import pty  # which Windows lacks

    person, terminal = pty.openpty()
    os.write(person, answer.encode())
    command = [sys.executable, "-m", "convlet", "runs", "remove", "one"]
    done = subprocess.run(command, cwd=tmp_path, stdin=terminal, capture_output=True, text=True, check=False)
    os.close(person)
    os.close(terminal)
    assert done.returncode == (0 if gone else 1)
    assert "Remove it for good?" in done.stderr
    assert one.exists() is not gone


def test_nothing_is_removed_if_one_of_them_is_no_run(convlet: Any, tmp_path: Path) -> None:
    one = made_run(tmp_path / "runs", "one")
    (tmp_path / "notes").mkdir()
    for name in ("notes", "digits", "nothing"):
        assert convlet("runs", "remove", "one", name, "--yes")[0] == 3
        assert one.is_dir()


def test_renaming_prints_the_path(convlet: Any, tmp_path: Path) -> None:
    made_run(tmp_path / "runs", "one")
    assert convlet("runs", "rename", "one", "数字")[:2] == (0, "runs/数字\n")
    assert Run(tmp_path / "runs" / "数字").status == "done"
    assert json.loads(convlet("runs", "rename", "runs/数字", "two", "--json")[1]) == {"run": "runs/two"}
    made_run(tmp_path / "runs", "three")
    assert convlet("runs", "rename", "two", "three")[0] == 3
    assert convlet("runs", "rename", "two", "../two")[0] == 2


def test_where_nothing_opens_it_the_path_is_printed(
    convlet: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = made_run(tmp_path / "runs", "one")
    monkeypatch.setenv("PATH", "")
    status, out, err = convlet("runs", "open", "one")
    assert (status, out) == (0, f"{one}\n")
    assert "nothing here opens it" in err
    assert "convlet evaluate" in err
    (one / "report.html").write_text("<p>")
    assert json.loads(convlet("runs", "open", "one", "--json")[1]) == {
        "path": str(one / "report.html"),
        "opened": False,
    }


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="how Linux opens files")
def test_the_system_s_program_opens_the_report(convlet: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = made_run(tmp_path / "runs", "one")
    (one / "report.html").write_text("<p>")
    program = tmp_path / "bin" / "xdg-open"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/bin:/usr/bin")
    monkeypatch.setenv("DISPLAY", ":0")
    assert convlet("runs", "open", "one")[0] == 0
    assert (tmp_path / "opened").read_text().strip() == str(one / "report.html")
