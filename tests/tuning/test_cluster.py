"""Two parallel trials on a cluster of this machine's cores; the loss of a worker costs nothing."""

import os
import pickle
import signal

import psutil
import pytest

import convlet
from convlet.data import disk
from convlet.errors import UsageError
from convlet.system.cluster import connected
from convlet.tuning import begin
from convlet.tuning.cluster import _data_for_workers, _opened, tune_on
from convlet.tuning.local import searching
from convlet.tuning.space import Range, Space
from tests.data.datafiles import write_idx_folder

pytestmark = pytest.mark.slow


@pytest.mark.long
def test_a_killed_worker_loses_no_trial(digits, tmp_path) -> None:
    space = Space(convlet.recipe("small-data", epochs=12), {"learning_rate": Range(low=1e-3, high=3e-3)})
    study = begin(digits, space, trial_seconds=1_000, out=tmp_path)
    killed: list[int] = []

    def kill_one(what: str, percent: int, _: int, detail: str) -> None:
        if not killed and what == "trial 1 of 2" and percent < 100 and "%" in detail:
            workers = [
                child for child in psutil.Process().children(recursive=True) if "ray::" in " ".join(child.cmdline())
            ]
            killed.extend(child.pid for child in workers[-1:])
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    tune_on("local", study, digits, trials=2, watch=convlet.Watch(on_progress=kill_one))
    assert killed
    assert [(trial.number, trial.state) for trial in study.trials] == [(0, "finished"), (1, "finished")]
    assert (study.path / "best.toml").is_file()
    assert (study.path / "trials.csv").is_file()
    assert not (study.path / ".ray").exists()


def test_workers_load_images_on_disk_as_the_study_has_them(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(disk, "IN_MEMORY", 0)
    data = convlet.load(write_idx_folder(tmp_path / "set"), transpose=True)
    space = Space(convlet.recipe("small-data"), {"learning_rate": Range(low=1e-3, high=3e-3)})
    study = begin(data, space, out=tmp_path / "studies")
    with searching(study, data, 0, None, convlet.Watch()) as (search, ours):
        theirs = _opened(pickle.loads(pickle.dumps(_data_for_workers(search, ours))))  # noqa: S301
    assert theirs.train.sha256 == ours.train.sha256


@pytest.mark.long
def test_a_cluster_without_room_for_a_trial_is_refused(digits, tmp_path) -> None:
    study = begin(
        digits, Space(convlet.recipe("small-data"), {"learning_rate": Range(low=1e-3, high=3e-3)}), out=tmp_path
    )
    with pytest.raises(UsageError, match="no machine of the cluster"):
        tune_on("local", study, digits, trials=1, cpus=4_096)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere"])
def test_where_no_cluster_is_nobody_waits_for_one(address: str) -> None:
    with pytest.raises(UsageError, match="no Ray cluster answers"), connected(address):
        pass
