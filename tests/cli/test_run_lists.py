"""`convlet runs list` and `show`."""

import json
from pathlib import Path
from typing import Any

import pytest

from convlet.cli.run_lists import after_showing, size, sparkline, when
from convlet.run.listing import DAMAGED, STATUSES
from tests.run.made import made_run


def test_the_list_names_each_run_and_the_damaged_one(convlet: Any, tmp_path: Path) -> None:
    made_run(tmp_path / "runs", "one")
    made_run(tmp_path / "runs", "数字 \x1b[2J", status="failed", error="x")
    (made_run(tmp_path / "runs", "wrong") / "run.json").write_text("{")
    status, out, err = convlet("runs", "list")
    assert status == 0
    lines = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    assert "87.50%" in lines["one"]
    assert "done" in lines["one"]
    assert "failed" in lines["数字"]
    assert "damaged" in lines["wrong"]
    assert "\x1b" not in out + err
    assert "cannot read" in err
    assert "convlet runs show" in err
    listed = json.loads(convlet("runs", "list", "runs", "--json")[1])
    assert sorted(one["status"] for one in listed) == ["damaged", "done", "failed"]


def test_an_empty_folder_and_none(convlet: Any) -> None:
    status, out, err = convlet("runs", "list")
    assert (status, out) == (0, "")
    assert "there is no run in" in err
    assert json.loads(convlet("runs", "list", "--json")[1]) == []
    status, _, err = convlet("runs", "list", "nowhere")
    assert status == 3
    assert "there is no folder nowhere" in err


def test_one_run_in_whole(convlet: Any, tmp_path: Path) -> None:
    made_run(tmp_path / "runs", "one", start={"path": "/x", "sha256": "", "signature": {}})
    status, out, err = convlet("runs", "show", "one")
    assert status == 0
    for part in ("digits, 2 classes; images: 100 train and 10 validation", "87.50% on validation", "1,234", "/x"):
        assert part in out
    assert "val_accuracy" in out
    assert "40.00% to 80.00%" in out
    assert "history.csv" in out
    assert "convlet evaluate one" in err
    facts = json.loads(convlet("runs", "show", "runs/one", "--json")[1])
    assert len(facts["history"]) == 3


def test_an_interrupted_run_says_how_to_go_on(convlet: Any, tmp_path: Path) -> None:
    made_run(tmp_path / "runs", "one two", status="interrupted", epochs=1)
    for verb in ("show", "open"):
        assert convlet("runs", verb, "one two")[2].splitlines()[-1] == "Next: convlet train --resume 'one two'"


@pytest.mark.parametrize("status", [*STATUSES, DAMAGED])
def test_what_comes_after_a_run_can_be_done_with_it(status: str) -> None:
    said = after_showing("one", status, report=False)
    assert ("evaluate" in said) == (status == "done")
    assert "runs open" in after_showing("one", status, report=True)
    assert "writes" not in after_showing("digits", "done", report=False)  # no report is written beside the box


def test_the_hint_leads_to_the_runs_that_were_listed(convlet: Any, tmp_path: Path) -> None:
    made_run(tmp_path / "my runs", "one")
    hint = convlet("runs", "list", "my runs")[2].splitlines()[-1]
    assert hint.startswith("Next: convlet runs show 'my runs/one' ")
    assert hint.endswith("convlet view --runs 'my runs'")
    (tmp_path / "none").mkdir()
    said = convlet("runs", "list", "none")[2].splitlines()
    assert said[1].startswith("Next: convlet train")
    assert len(said) == 2


def test_the_model_in_the_box_and_what_is_none(convlet: Any) -> None:
    status, out, _ = convlet("runs", "show", "digits")
    assert status == 0
    assert "val_accuracy" in out
    status, _, err = convlet("runs", "show", "nothing")
    assert status == 3
    assert "List them with: convlet runs list" in err


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([0.0, 0.5, 1.0], "▁▅█"),
        ([3.0, 2.0, 1.0], "█▅▁"),
        ([1.0, 1.0], "▁▁"),
        ([1.0, float("nan"), 2.0], "▁ █"),
        ([float("inf")], " "),
    ],
)
def test_a_line_of_blocks(values: list[float], line: str) -> None:
    assert sparkline(values) == line


def test_a_long_line_is_no_wider_than_a_terminal() -> None:
    for count in (60, 61, 119, 1000):
        assert 30 <= len(sparkline([float(one) for one in range(count)])) <= 60


def test_figures_for_people() -> None:
    assert (size(1), size(2_500), size(12_345_678)) == ("1 byte", "2 kB", "12.3 MB")
    assert (when("soon"), when("")) == ("soon", "")
    assert when("2026-01-02T03:04:05+00:00").startswith("2026-01-0")
