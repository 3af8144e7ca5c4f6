"""Faults on purpose, a few of each kind; `python -m benchmarks.faults` does many."""

import shutil
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks.faults.cuts import cuts
from benchmarks.faults.data_files import data_files
from benchmarks.faults.failures import failures
from benchmarks.faults.fuzz import TARGETS
from benchmarks.faults.images import images
from benchmarks.faults.models import models
from benchmarks.faults.paths import paths
from benchmarks.faults.requests import ends, requests
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
    found = images(500, run.predictor())
    assert found["read"] + found["error"] == 500
    assert found["read"] > 50


def test_mutated_data_files() -> None:
    found = data_files(400)
    assert found["loaded"] + found["error"] == 400


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler: apt-get install gcc")
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs Linux's /proc")
@pytest.mark.long
def test_a_disk_that_fails_at_any_write() -> None:
    found = failures(1, verbs=("train", "predict"), errors=("ENOSPC",))["ENOSPC"]
    assert found["tried"] == found["failed"] == 2
    assert found["not_right"] == 0


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs Linux's /proc")
def test_clients_that_hang_up_and_a_server_that_ends(run: Run) -> None:
    found = requests(200, run.path)
    assert found["answered"] + found["cut_off"] == 200
    assert found["cut_off"] > 5
    assert found["exit_status"] == 0
    with ThreadPoolExecutor(1) as pool:  # tests of the page leave this thread with an event loop
        ended = pool.submit(ends, 1, run.path).result()
    assert ended["answered"] > 0
    assert ended["lost"] == []
    assert ended["wrong"] == 0
    assert ended["exit_statuses"] == [0]


def test_odd_paths() -> None:
    assert paths(("\x1b[31mnew\nline",))["not_right"] == 0


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs Linux's way of noting when a file was read")
def test_hostile_models(run: Run) -> None:
    found = models(every=19, run=run.path)
    assert found["models"] == found["refused"] == 2


@pytest.mark.parametrize("name", TARGETS)
def test_inputs_that_the_fuzzer_kept(name: str, tmp_path) -> None:
    target, _ = TARGETS[name](tmp_path)
    with zipfile.ZipFile(Path(__file__).with_name("corpus") / f"{name}.zip") as packed:
        contents = [packed.read(each) for each in packed.infolist()]
    assert len(contents) > 20
    for content in contents:
        target(content)
