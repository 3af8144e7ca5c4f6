"""A run's lock and how it ended, as other processes see them."""

import subprocess
import sys
import time

import pytest

import convlet
from convlet.errors import ModelError
from convlet.run import Run

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
