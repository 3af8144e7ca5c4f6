"""A search on `digits`: what it writes, what survives, what it refuses."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import convlet
from convlet.errors import ModelError, RecipeError
from convlet.run import Run
from convlet.system.places import write_json
from convlet.tuning import begin, resume_tuning
from convlet.tuning.objective import value
from convlet.tuning.space import Range, Space

pytestmark = pytest.mark.slow

optuna = pytest.importorskip("optuna")
BASE = convlet.recipe("small-data", epochs=3, dense_units=64)
SPACE = Space(
    BASE,
    {"learning_rate": Range(low=1e-4, high=1e-2, log=True), "filters": Range((8, 16)), "epochs": Range(low=2, high=4)},
)
FOREVER = 1_000.0


@pytest.fixture(scope="module")
def study(digits, tmp_path_factory) -> convlet.Study:
    return convlet.tune(digits, SPACE, trials=4, trial_seconds=FOREVER, out=tmp_path_factory.mktemp("whole"))


def facts(study: convlet.Study) -> list[tuple]:
    return [(trial.number, trial.state, trial.accuracy, dict(trial.settings)) for trial in study.trials]


def test_the_best_recipe_and_its_model_are_kept(study, digits) -> None:
    best = study.best
    assert best.accuracy == max(trial.accuracy for trial in study.trials if trial.accuracy)
    kept = convlet.Recipe.from_toml(study.path / "best.toml")
    assert kept.learning_rate == best.settings["learning_rate"]
    assert kept.validate_on == "validation"
    assert [folder.name for folder in (study.path / "trials").iterdir()] == [str(best.number)]
    (run,) = study.folder(best.number).iterdir()
    assert Run(run).metrics["val_accuracy"] == best.accuracy
    assert Run(run).evaluate(digits).n == 360


def test_it_starts_from_the_recipe_for_the_images_as_they_are_trained_on(tmp_path) -> None:
    images = np.full((40, 100, 100), 255, np.uint8)
    for image, length in zip(images, np.random.default_rng(5).integers(30, 80, 40), strict=True):
        image[10 : 10 + length, 20:26] = 0
        image[10:16, 20 : 20 + length // 2] = 0
    assert begin(convlet.Dataset.from_arrays(images, [0, 1] * 20), out=tmp_path).space.base.name == "accurate"


@pytest.mark.long
def test_the_first_trial_is_the_recipe_it_starts_from(study) -> None:
    first = study.trials[0].settings
    assert first["learning_rate"] == BASE.learning_rate
    assert first["epochs"] == BASE.epochs


def test_it_is_a_study_of_optunas(study) -> None:
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(study.journal)))
    (summary,) = optuna.get_all_study_summaries(storage)
    assert summary.n_trials == 4
    assert summary.best_trial.value == study.best.value
    assert summary.best_trial.intermediate_values.keys() >= {10}


def test_its_pictures_and_its_table_are_there(study) -> None:
    assert {"history.png", "importances.png", "parallel.png", "trials.csv"} <= {
        file.name for file in study.path.iterdir()
    }
    header, *rows = (study.path / "trials.csv").read_text().splitlines()
    assert header.startswith("number,state,value,accuracy")
    assert len(rows) == 4


@pytest.mark.long
def test_an_interrupted_search_comes_to_what_an_uninterrupted_one_does(study, digits, tmp_path) -> None:
    begun = begin(digits, SPACE, trial_seconds=FOREVER, out=tmp_path)
    calls = 0

    def interrupt(*progress) -> None:
        nonlocal calls
        calls += "%" in progress[-1]  # after an epoch
        if calls in (2, 5):
            calls += 1
            raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            resume_tuning(begun, digits, trials=4, watch=convlet.Watch(on_progress=interrupt))
        assert [trial.state for trial in begun.trials].count("unfinished") == 1
    with begun.journal.open("a") as file:  # what a killed process may leave behind
        file.write('{"op_code": 5, "worker')
    resume_tuning(begun, digits, trials=4)
    assert facts(begun) == facts(study)


@pytest.mark.long
def test_it_goes_on_to_a_larger_goal(digits, tmp_path) -> None:
    made = convlet.tune(digits, SPACE, trials=1, out=tmp_path)
    resume_tuning(made, digits, trials=2)
    assert len(made.trials) == 2
    resume_tuning(made, digits, trials=2)
    assert len(made.trials) == 2


def test_slow_trials_are_ended_early(digits, tmp_path) -> None:
    with pytest.raises(RecipeError, match=r"no trial of .* finished\. .*the limit is 0\.0 s\. .*more time"):
        convlet.tune(digits, SPACE, trials=2, trial_seconds=0.01, out=tmp_path)
    trials = convlet.Study(tmp_path / "digits-1").trials
    assert [trial.state for trial in trials] == ["pruned", "pruned"]
    assert all("limit" in trial.reason for trial in trials)


def test_the_time_ends_it_but_not_before_one_trial_has_finished(digits, tmp_path) -> None:
    made = convlet.tune(digits, SPACE, trials=50, seconds=0.01, out=tmp_path)
    assert [trial.state for trial in made.trials] == ["finished"]


def test_a_space_in_which_nothing_can_be_trained_is_given_up(digits, tmp_path) -> None:
    space = Space(BASE, {"batch_size": Range((5_000, 6_000))})
    with pytest.raises(RecipeError, match="no trial of"):
        convlet.tune(digits, space, trials=10, out=tmp_path)


def test_one_search_at_a_time_and_only_on_its_own_data(study, digits) -> None:
    with study.held(), pytest.raises(ModelError, match="another process"):
        resume_tuning(study, digits, trials=5)
    write_json(study.path / "study.json", study.manifest | {"engine": "jax"})
    with pytest.raises(ModelError, match="started on jax"):
        resume_tuning(study, digits, trials=5)
    write_json(study.path / "study.json", study.manifest | {"engine": "tensorflow"})
    fewer = convlet.Dataset(
        "digits", "digits", digits.train.take(digits.train.sample(500)), digits.class_names, digits.open_test
    )
    with pytest.raises(ModelError, match="has changed"):
        resume_tuning(study, fewer, trials=5)


def test_objectives_weigh_accuracy_against_cost() -> None:
    assert value("accuracy", 0.9, 100, 5.0, 10) == 0.9
    per_second = [
        value("accuracy-per-second", accuracy, 10_000, seconds, 1)
        for accuracy, seconds in ((0.99, 1), (0.99, 10), (0.999, 10), (0.1, 0.01))
    ]
    assert per_second[2] > per_second[0] > per_second[1] > 0
    assert per_second[0] > per_second[3]
    assert value("accuracy-per-parameter", 0.99, 100, 1, 1_000) > value("accuracy-per-parameter", 0.99, 100, 1, 100_000)


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_kill_9_loses_no_trial(tmp_path) -> None:
    command = [str(Path(sys.executable).with_name("convlet")), "tune"]
    space = tmp_path / "space.toml"
    space.write_text(
        "learning_rate = {low = 1e-4, high = 1e-2}\nepochs = {low = 3, high = 4}\nfilters = {choices = [8, 16]}\n"
    )
    begun = [*command, "digits", "--trials", "3", "--space", str(space), "--trial-time", "1000"]
    process = subprocess.Popen(begun, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith("trial   1"):
            break
    time.sleep(0.3)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=120)
    before = convlet.Study(tmp_path / "studies" / "digits-1").trials
    done = subprocess.run(
        [*command, "--resume", "latest", "--trials", "3", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["trials"] == 3
    after = convlet.Study(tmp_path / "studies" / "latest").trials
    assert [trial.number for trial in after] == [0, 1, 2]
    assert all(trial.state in ("finished", "pruned") for trial in after)
    assert [trial.settings for trial in after[: len(before)]] == [trial.settings for trial in before]
