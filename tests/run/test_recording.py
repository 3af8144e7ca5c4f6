"""A run's lock and how it ended, as other processes see them."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

import convlet
from convlet.errors import ModelError, StaleError
from convlet.run import Run
from tests.run.made import held_run, made_run

RECIPE = convlet.recipe("small-data")


def test_an_error_is_forgotten_once_the_run_is_done(tmp_path, digits) -> None:
    made = Run.create(tmp_path / "runs", digits, RECIPE)
    with pytest.raises(ValueError, match="broken"), made.recording():
        raise ValueError("broken")
    with made.recording():
        pass
    assert "error" not in made.manifest
    with pytest.raises(ModelError, match="is done"), made.recording():
        pass
    assert made.status == "done"


def test_notes_how_a_training_ended(tmp_path, digits) -> None:
    made = Run.create(tmp_path / "runs", digits, RECIPE)
    with pytest.raises(KeyboardInterrupt), made.recording():
        raise KeyboardInterrupt
    assert made.status == "interrupted"
    with pytest.raises(ValueError, match="broken"), made.recording():
        assert made.status == "running"
        raise ValueError("broken")
    assert made.status == "failed"
    assert made.manifest["error"] == "ValueError: broken"


def test_one_process_at_a_time_trains_a_run_and_a_killed_one_lets_go(tmp_path, digits) -> None:
    made = Run.create(tmp_path / "runs", digits, RECIPE)
    program = (
        "import time; from convlet.run import Run\n"
        f"with Run({str(made.path)!r}).recording():\n print('in', flush=True); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "in\n"
        assert made.status == "running"
        with pytest.raises(ModelError, match="another process"), made.recording():
            pass
    finally:
        other.kill()
        other.communicate()
    until = time.monotonic() + 60
    while made.status == "running" and time.monotonic() < until:
        time.sleep(0.01)
    assert made.status == "interrupted"


def test_a_training_is_told_to_stop_once_and_records_it(tmp_path: Path) -> None:
    path = made_run(tmp_path, "one", status="interrupted")
    run = Run(path)
    with pytest.raises(StaleError, match="is not running: it is interrupted"):
        run.stop()
    with held_run(path) as process:
        assert (run.status, run.stopping, run.manifest["process"]["id"]) == ("running", False, process.pid)
        run.stop()
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "stopped"
        process.wait(timeout=60)
    assert (run.status, run.stopping, "process" in run.manifest) == ("interrupted", False, False)
    assert not (path / ".stopping").exists()


def test_a_second_stop_does_not_reach_a_training_that_saves_its_state(tmp_path: Path) -> None:
    path = made_run(tmp_path, "one", status="interrupted")
    with held_run(path) as process:
        (path / ".stopping").touch()  # it was asked, and is at it
        assert Run(path).stopping
        with pytest.raises(StaleError, match="was asked to stop already"):
            Run(path).stop()
        assert process.poll() is None


@pytest.mark.parametrize("elsewhere", [{"machine": "another"}, {"signal": None}, {"began": ""}])
def test_where_no_signal_reaches_a_training_it_is_asked_by_a_file(elsewhere: dict[str, object], tmp_path: Path) -> None:
    path = made_run(tmp_path, "one", status="interrupted")
    with held_run(path) as process:
        run = Run(path)
        assert not run.stop_wanted
        run.update(process=run.manifest["process"] | elsewhere)
        run.stop()
        assert (process.poll(), run.stop_wanted, run.stopping) == (None, True, True)
        with pytest.raises(StaleError, match="was asked to stop already"):
            run.stop()
    assert not run.stopping
    with run.recording():
        assert not run.stop_wanted  # it is trained anew


def test_another_process_with_the_number_gets_no_signal(tmp_path: Path) -> None:
    path = made_run(tmp_path, "one", status="interrupted")
    with held_run(path) as process:
        run = Run(path)
        run.update(process=run.manifest["process"] | {"began": "1"})
        with pytest.raises(StaleError, match="has ended"):
            run.stop()
        assert (process.poll(), run.stopping) == (None, False)


def test_a_training_by_an_older_convlet_has_to_be_stopped_there(tmp_path: Path) -> None:
    path = made_run(tmp_path, "one", status="interrupted")
    with held_run(path):
        Run(path).update(process=None)
        with pytest.raises(StaleError, match="older convlet"):
            Run(path).stop()
