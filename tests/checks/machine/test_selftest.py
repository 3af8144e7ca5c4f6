"""What `convlet doctor` tries out."""

import sys

import pytest

from convlet.checks.machine import OFF, OK, WRONG, selftest
from convlet.system.watch import Watch


def test_without_an_engine_only_reading_is_tried(monkeypatch) -> None:
    monkeypatch.setattr(selftest, "can_train", lambda: False)
    reads, trains = selftest.items(Watch())
    assert (reads.state, trains.state) == (OK, OFF)
    assert reads.found.startswith("answers 7 ")


@pytest.mark.parametrize("program", ["raise SystemExit('no engine here')", "import os; os.abort()", "pass"])
def test_an_engine_that_fails_or_ends_the_process_is_told(program: str, monkeypatch) -> None:
    monkeypatch.setattr(selftest, "_PROGRAM", program)
    found = selftest._training()
    assert (found.state, bool(found.cure)) == (WRONG, True)
    assert "ended with status" in found.found


def test_nets_that_do_not_learn_and_trainings_that_do_not_end(monkeypatch) -> None:
    monkeypatch.setattr(selftest, "_PROGRAM", 'print(\'{"accuracy": 0.1, "importing": 0.1}\')')
    assert "Expected at least 50%" in selftest._training().found
    monkeypatch.setattr(selftest, "_PROGRAM", "import time; time.sleep(60)")
    monkeypatch.setattr(selftest, "_SECONDS", 0.2)
    assert "was not done after" in selftest._training().found


@pytest.mark.long
def test_a_training() -> None:
    found = selftest._training()
    assert found.state == OK, found


def test_a_process_that_cannot_be_started(monkeypatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert "no process could be started" in selftest._training().found
