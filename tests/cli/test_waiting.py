"""A line for every wait of over two seconds."""

import time

import pytest

from convlet.cli import waiting
from convlet.cli.console import MANNER, Bars, note
from convlet.cli.everywhere import begin_anew
from tests.cli.test_everywhere import VERBS

SILENT = {"data list", "recipe fields", "recipe list", "runs list", "runs open", "runs remove", "runs rename"}
SILENT |= {"runs show", "serve", "view"}  # milliseconds; the first line of a server is its address


@pytest.fixture(autouse=True)
def no_patience(monkeypatch) -> None:
    begin_anew()
    monkeypatch.setattr(waiting, "_LOOK", 0.001)
    monkeypatch.setattr(waiting, "_PATIENCE", 0.0)


def until(capsys, text: str) -> str:
    """Wait for a text on stderr, and return all that came."""
    seen, end = "", time.monotonic() + 30
    while text not in seen and time.monotonic() < end:
        seen += capsys.readouterr().err
        time.sleep(0.001)
    return seen


@pytest.mark.parametrize("path", VERBS)
def test_every_verb_says_what_it_begins_with(path: str) -> None:
    assert (path in waiting.WAITS) != (path in SILENT)


def test_each_thing_is_said_once(capsys) -> None:
    with waiting.waiting("opening the model"):
        assert until(capsys, "model ...\n") == "opening the model ...\n"
        MANNER.doing = "training"
        assert until(capsys, "training ...\n") == "training ...\n"
        MANNER.doing = "opening the model"
        MANNER.doing = "calibrating"
        assert until(capsys, "calibrating ...\n") == "calibrating ...\n"


def test_what_has_just_spoken_is_no_wait(monkeypatch, capsys) -> None:
    monkeypatch.setattr(waiting, "_PATIENCE", 1e9)
    with waiting.waiting("opening the model"):
        note("a line")
        time.sleep(0.05)
    assert capsys.readouterr().err == "a line\n"


def test_a_bar_is_a_line_too(capsys) -> None:
    with waiting.waiting(""), Bars() as bars:
        bars.tasks["reading"] = 0
        MANNER.doing = "reading"
        time.sleep(0.05)
        assert capsys.readouterr().err == ""
        del bars.tasks["reading"]
        assert until(capsys, "reading ...\n") == "reading ...\n"


def test_quiet_says_nothing(capsys) -> None:
    MANNER.quiet = True
    with waiting.waiting("opening the model"):
        time.sleep(0.05)
    assert capsys.readouterr().err == ""
    begin_anew()
