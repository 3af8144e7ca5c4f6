"""Faults on purpose, a few of each kind; `python -m benchmarks.faults` does many."""

import shutil
from pathlib import Path

import pytest

from benchmarks.faults.cuts import cuts
from benchmarks.faults.data_files import data_files
from benchmarks.faults.images import images
from convlet.run import Run

pytestmark = pytest.mark.slow


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler: apt-get install gcc")
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs Linux's /proc")
def test_power_cuts() -> None:
    found = cuts(8)
    assert found["whole_and_not_older_than_said"] == 8
    assert found["lost_or_older"] == 0


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs Linux's /proc")
def test_mutated_images(run: Run) -> None:
    found = images(1_000, run.predictor())
    assert found["read"] + found["error"] == 1_000
    assert found["read"] > 100


def test_mutated_data_files() -> None:
    found = data_files(400)
    assert found["loaded"] + found["error"] == 400
