import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import convlet
from convlet.data import Dataset, disk
from convlet.data.files import LeftOut, Unreadable
from convlet.errors import DataError, ModelError, OutputError, RecipeError
from convlet.models.keras_file import load_keras
from convlet.run import CHECKPOINT, Run
from convlet.system.files import _here
from convlet.system.machine import cores
from convlet.training import checkpoint

pytestmark = pytest.mark.slow

RECIPE = convlet.recipe("small-data", epochs=3, filters=[4, 8], dense_units=32, batch_size=100)

LEFT_OUT = (Unreadable("7/1.png", 'damaged, "cut"'), LeftOut("7/notes.txt", "no image"), Unreadable("\udcff", "bad"))


def weights(run: Run) -> list[np.ndarray]:
    return load_keras(run.path / "model.keras")[0].get_weights()


def identical(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.fixture(scope="module")
def uninterrupted(digits: Dataset, tmp_path_factory) -> Run:
    dataset = replace(digits, left_out=LEFT_OUT)
    return convlet.train(dataset, RECIPE, out=tmp_path_factory.mktemp("fit") / "runs")


def stopped_after(epochs: int, digits: Dataset, out, recipe: convlet.Recipe = RECIPE) -> Run:
    """A run whose user pressed Ctrl-C."""

    def stop(epoch) -> None:
        if epoch.epoch == epochs:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convlet.train(digits, recipe, out=out, watch=convlet.Watch(on_epoch=stop))
    return Run(out / f"digits-{recipe.name}-1")


def test_a_recipe_is_chosen_for_the_images_it_trains_on(tmp_path) -> None:
    random = np.random.default_rng(5)
    images = np.full((12, 100, 100), 255, np.uint8)
    for image, length in zip(images, random.integers(30, 80, 12), strict=True):
        image[10 : 10 + length, 20:26] = 0
        image[10:16, 20 : 20 + length // 2] = 0
    notes: list[str] = []

    def stop(note: str) -> None:
        notes.append(note)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convlet.train(Dataset.from_arrays(images, [0, 1] * 6), out=tmp_path, watch=convlet.Watch(on_note=stop))
    assert "recipe accurate: the images are ink" in notes[0]


def test_learns(uninterrupted: Run) -> None:
    first, *_, last = uninterrupted.history
    assert last.loss < first.loss
    assert last.val_accuracy > max(0.3, first.val_accuracy)


@pytest.mark.parametrize("changes", [{}, {"replicas": 2}, {"label_smoothing": 0.1, "outliers": 0.05}])
def test_mixed_images_teach_too(digits: Dataset, tmp_path, changes: dict) -> None:
    recipe = RECIPE.changed(mixing=1, learning_rate=5e-3, **changes)
    first, *_, last = convlet.train(digits, recipe, out=tmp_path / "runs").history
    assert last.val_accuracy > max(0.5, first.val_accuracy)
    assert last.accuracy < last.val_accuracy  # of mixed images the net cannot be sure
    assert last.loss > 0.5


def test_one_seed_gives_bit_identical_weights(digits: Dataset, uninterrupted: Run, tmp_path) -> None:
    assert identical(weights(convlet.train(digits, RECIPE, out=tmp_path / "runs")), weights(uninterrupted))


def test_another_seed_gives_another_model(digits: Dataset, uninterrupted: Run, tmp_path) -> None:
    other = convlet.train(digits, RECIPE.changed(seed=2), out=tmp_path / "runs")
    assert not identical(weights(other), weights(uninterrupted))


@pytest.mark.long
def test_the_run_says_what_it_was_trained_in_and_its_figures_are_the_saved_models(digits: Dataset, tmp_path) -> None:
    run = convlet.train(digits, RECIPE.changed(precision="bfloat16"), out=tmp_path / "runs")
    assert run.recipe.precision == "bfloat16"
    assert run.metrics["val_accuracy"] == run.evaluate(split="validation").accuracy
    assert run.metrics["val_balanced_accuracy"] is None  # classes are about as large
    automatic = convlet.train(digits, RECIPE.changed(precision="auto", epochs=1), out=tmp_path / "runs")
    assert automatic.recipe.precision in ("float32", "bfloat16")  # what was chosen, so that a resumed run keeps to it


@pytest.mark.long
def test_an_interrupted_run_goes_on_to_the_same_weights(digits: Dataset, uninterrupted: Run, tmp_path) -> None:
    run = stopped_after(2, digits, tmp_path / "runs")
    assert run.status == "interrupted"
    assert len(run.history) == 2
    convlet.resume(run)
    assert run.status == "done"
    assert identical(weights(run), weights(uninterrupted))
    figures = [(epoch.loss, epoch.val_accuracy) for epoch in run.history]
    assert figures == [(epoch.loss, epoch.val_accuracy) for epoch in uninterrupted.history]
    assert not (run.path / CHECKPOINT).exists()


@pytest.mark.long
def test_a_run_goes_on_with_data_that_were_loaded_at_another_size(digits: Dataset, tmp_path) -> None:
    notes: list[str] = []

    def stop(epoch) -> None:
        if epoch.epoch == 1:
            raise KeyboardInterrupt

    recipe = convlet.recipe("small-data", epochs=2, filters=[4], dense_units=8, image_size=16)
    with pytest.raises(KeyboardInterrupt):
        convlet.train(digits, recipe, out=tmp_path, watch=convlet.Watch(on_epoch=stop, on_note=notes.append))
    run = Run(tmp_path / "digits-small-data-1")
    assert any("interrupted; 1 epoch is kept. Resume with: convlet train --resume" in note for note in notes)
    assert convlet.resume(run, digits).predictor().signature.input_shape == (16, 16, 1)


@pytest.mark.long
def test_with_everything_a_recipe_has_an_interrupted_run_goes_on_to_the_same_weights(digits: Dataset, tmp_path) -> None:
    recipe = convlet.recipe("accurate", epochs=3, filters=[4, 8], dense_units=16, batch_size=100, erasing=0.2, shear=5)
    assert (recipe.replicas, recipe.normalization, recipe.schedule) == (2, "batch", "one-cycle")
    assert min(recipe.dropout, recipe.elastic, recipe.rotation, recipe.zoom, recipe.shift, recipe.label_smoothing) > 0
    whole = convlet.train(digits, recipe, out=tmp_path / "whole")
    run = convlet.resume(stopped_after(1, digits, tmp_path / "runs", recipe))
    assert identical(weights(run), weights(whole))


def test_a_run_is_not_taken_up_on_another_engine(digits: Dataset, tmp_path) -> None:
    run = stopped_after(1, digits, tmp_path / "runs")
    run.update(engine="jax")
    with pytest.raises(ModelError, match=r"started on jax, but this is tensorflow.*KERAS_BACKEND=jax"):
        convlet.resume(run)


@pytest.mark.long
def test_a_run_stopped_while_it_was_being_finished_can_be_taken_up(
    digits: Dataset, uninterrupted: Run, tmp_path, monkeypatch
) -> None:
    def stop(*_args, **_facts):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Run, "_end", stop)
        with pytest.raises(KeyboardInterrupt):
            convlet.train(digits, RECIPE, out=tmp_path / "runs")
    run = Run(tmp_path / "runs" / "digits-small-data-1")
    assert run.status == "interrupted"
    assert convlet.resume(run).status == "done"
    assert identical(weights(run), weights(uninterrupted))


def test_a_finished_run_cannot_be_taken_up(uninterrupted: Run) -> None:
    with pytest.raises(ModelError, match="is done"):
        convlet.resume(uninterrupted)


@pytest.mark.long
def test_a_run_that_saved_nothing_begins_anew(digits: Dataset, uninterrupted: Run, tmp_path) -> None:
    notes: list[str] = []
    run = Run.create(tmp_path / "runs", digits.with_validation(0.1), uninterrupted.recipe)
    convlet.resume(run, watch=convlet.Watch(on_note=notes.append))
    assert "no state was saved before the training ended: it begins anew." in notes
    assert identical(weights(run), weights(uninterrupted))


WITHIN = RECIPE.changed(checkpoint_seconds=0, dropout=0.3, shift=1, epochs=2)


class Killed(BaseException):
    pass


def _kill(epoch: int, step: int) -> Callable[..., None]:
    """Stop a training once a state has been saved after that step of that epoch, as a kill would."""

    def stop(number: int, done: int, *_: object) -> None:
        if (number, done) >= (epoch, step + 1):  # the state is saved after this call
            raise Killed

    return stop


@pytest.mark.parametrize(
    "changes",
    [
        {},
        pytest.param({"replicas": 2, "normalization": "batch"}, marks=pytest.mark.long),
        pytest.param({"ensemble": 2, "keep": "best"}, marks=pytest.mark.long),
    ],
)
def test_a_run_killed_within_one_epoch_and_the_next_goes_on_to_the_same_weights(
    changes: dict, digits: Dataset, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("convlet.training.engines.tf_data._IMAGES_PER_EXECUTION", 200)  # two steps a call
    recipe = WITHIN.changed(**changes)
    whole = convlet.train(digits, recipe, out=tmp_path / "whole")
    notes: list[str] = []
    with pytest.raises(Killed):
        convlet.train(digits, recipe, out=tmp_path / "runs", watch=convlet.Watch(on_step=_kill(1, 6)))
    run = Run(tmp_path / "runs" / "digits-small-data-1")
    assert run.history == []
    with pytest.raises(Killed):
        convlet.resume(run, watch=convlet.Watch(on_step=_kill(2, 6), on_note=notes.append))
    assert len(run.history) == 1
    convlet.resume(run, watch=convlet.Watch(on_note=notes.append))
    for epoch in (1, 2):
        assert any(f"resuming after 6 steps of epoch {epoch} of" in note for note in notes)
    assert identical(weights(run), weights(whole))
    figures = [(epoch.loss, epoch.accuracy, epoch.val_loss, epoch.val_accuracy) for epoch in run.history]
    assert figures == [(one.loss, one.accuracy, one.val_loss, one.val_accuracy) for one in whole.history]


def test_ctrl_c_within_an_epoch_keeps_its_steps(digits: Dataset, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("convlet.training.engines.tf_data._IMAGES_PER_EXECUTION", 200)
    notes: list[str] = []
    recipe = RECIPE.changed(epochs=1, batch_size=16)

    def stop(_: int, done: int, steps: int, __: object) -> None:
        if done < steps:
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    try:
        with pytest.raises(KeyboardInterrupt):
            convlet.train(digits, recipe, out=tmp_path, watch=convlet.Watch(on_step=stop, on_note=notes.append))
    finally:
        signal.signal(signal.SIGINT, before)
    run = Run(tmp_path / "digits-small-data-1")
    assert any("interrupted; 0 epochs are kept, and a part of the next. Resume with:" in note for note in notes)
    assert checkpoint.load(run.path).state.place.steps > 0


def test_a_run_is_not_resumed_on_other_cores_unless_asked_to(digits: Dataset, tmp_path) -> None:
    run = stopped_after(1, digits, tmp_path / "runs", RECIPE.changed(epochs=2))
    run.update(hardware=run.manifest["hardware"] | {"cores": 96, "threads": {"OMP_NUM_THREADS": "7"}})
    with pytest.raises(ModelError, match=r"another cores 96 \(now \d+\), OMP_NUM_THREADS 7 \(now not set\).*--anyway"):
        convlet.resume(run)
    assert convlet.resume(run, anyway=True).status == "done"
    assert run.manifest["resumed_on"][0]["cores"] < 96


def test_a_run_whose_data_changed_cannot_be_taken_up(digits: Dataset, tmp_path) -> None:
    run = stopped_after(1, digits, tmp_path / "runs")
    with pytest.raises(ModelError, match=r"has changed .* convlet train digits --config .*recipe\.toml"):
        convlet.resume(run, replace(digits, train=digits.train.take(np.arange(1200))))


def test_of_a_damaged_checkpoint_the_one_before_is_resumed_and_said(
    digits: Dataset, uninterrupted: Run, tmp_path
) -> None:
    run = stopped_after(2, digits, tmp_path / "runs")
    path = run.path / CHECKPOINT
    path.write_bytes(path.read_bytes()[:-100])
    notes: list[str] = []
    convlet.resume(run, watch=convlet.Watch(on_note=notes.append))
    assert any("is damaged or was changed" in note and "resuming after epoch 1 of" in note for note in notes)
    assert identical(weights(run), weights(uninterrupted))


def test_what_killed_processes_left_is_gone_after_resuming(digits: Dataset, tmp_path) -> None:
    run = stopped_after(1, digits, tmp_path / "runs", RECIPE.changed(epochs=2))
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    left = run.path / f".model.convlet-{_here()}-{int(ended.stdout)}-abcdefgh.onnx"
    left.write_bytes(b"half")
    folder = run.path.parent / f".new.convlet-{_here()}-{int(ended.stdout)}-abcdefgh"
    folder.mkdir()
    (folder / "run.json").touch()
    theirs = run.path / f".model.convlet-{_here()}-{os.getpid()}-abcdefgh.onnx"
    theirs.touch()
    convlet.resume(run)
    assert not left.exists()
    assert not folder.exists()
    assert theirs.exists()


def test_the_tutorial_validates_on_the_test_set_and_says_so(digits: Dataset, tmp_path) -> None:
    notes: list[str] = []
    recipe = convlet.recipe("tutorial", epochs=1, filters=[4], dense_units=8)
    run = convlet.train(digits, recipe, out=tmp_path / "runs", watch=convlet.Watch(on_note=notes.append))
    assert run.metrics["validated_on"] == "test"
    assert run.metrics["val_accuracy"] == pytest.approx(run.evaluate().accuracy)
    assert any("test set" in note and "val_accuracy is test accuracy" in note for note in notes)


def test_every_other_recipe_leaves_the_test_set_closed(digits: Dataset, tmp_path) -> None:
    def opened():
        raise AssertionError("the test set was opened")

    closed = replace(digits, open_test=opened)
    assert convlet.train(closed, RECIPE.changed(epochs=1), out=tmp_path / "runs").status == "done"


def test_the_watch_sees_every_epoch_and_the_last_step(digits: Dataset, tmp_path) -> None:
    steps, epochs = [], []
    watch = convlet.Watch(on_step=lambda *step: steps.append(step), on_epoch=epochs.append)
    convlet.train(digits, RECIPE, out=tmp_path / "runs", watch=watch)
    assert [epoch.epoch for epoch in epochs] == [1, 2, 3]
    assert [step[:3] for step in steps if step[1] == step[2]] == [(1, 13, 13), (2, 13, 13), (3, 13, 13)]
    assert set(steps[0][3]) == {"loss", "accuracy"}


def test_images_that_could_not_be_read_are_listed(uninterrupted: Run) -> None:
    listed = (uninterrupted.path / "quarantine.csv").read_text("utf-8")
    assert listed == 'file,reason\n7/1.png,"damaged, ""cut"""\n\\udcff,bad\n'


def test_a_batch_larger_than_the_data(digits: Dataset, tmp_path) -> None:
    with pytest.raises(RecipeError, match=r"batch_size 5,000 is larger than the data.*Set a smaller batch_size\."):
        convlet.train(digits, convlet.recipe("tutorial", batch_size=5000), out=tmp_path / "runs")
    few = replace(digits, train=digits.train.take(np.arange(60)))
    with pytest.raises(RecipeError, match="or name no recipe"):
        convlet.train(few, convlet.recipe("tutorial"), out=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_folder_that_vanishes_meanwhile(digits: Dataset, tmp_path) -> None:
    with pytest.raises(OutputError, match="cannot write"):
        convlet.train(
            digits,
            RECIPE,
            out=tmp_path / "runs",
            watch=convlet.Watch(on_epoch=lambda epoch: shutil.rmtree(tmp_path / "runs")),
        )


ENSEMBLE = RECIPE.changed(ensemble=2, epochs=2)


@pytest.mark.long
def test_an_ensemble_is_the_mean_of_nets_with_seeds_in_a_row(digits: Dataset, tmp_path) -> None:
    recipe = ENSEMBLE.changed(validate_on="test")  # so that no temperature is fitted, which is one for all of them
    run = convlet.train(digits, recipe, out=tmp_path / "runs")
    singles = [convlet.train(digits, recipe.changed(ensemble=1, seed=seed), out=tmp_path / "runs") for seed in (1, 2)]
    images = digits.test.images[:50]
    mean = sum(single.predictor().probabilities(images) for single in singles) / 2
    np.testing.assert_allclose(run.predictor().probabilities(images), mean, atol=1e-6)
    assert [epoch.epoch for epoch in run.history] == [1, 2, 3, 4]
    assert run.metrics["params"] == 2 * singles[0].metrics["params"]
    assert run.recipe.ensemble == 2


@pytest.mark.long
def test_a_model_answers_with_the_mean_over_an_image_and_its_mirror_image(digits: Dataset, tmp_path) -> None:
    changes = {"flip": 0.5, "epochs": 1, "validate_on": "test"}
    single, run = (
        convlet.train(digits, RECIPE.changed(**changes, mirror=mirror), out=tmp_path / "runs")
        for mirror in ("none", "average")
    )
    images = digits.test.images[:50]
    mean = (single.predictor().probabilities(images) + single.predictor().probabilities(images[:, :, ::-1])) / 2
    np.testing.assert_allclose(run.predictor().probabilities(images), mean, atol=1e-5)
    assert run.metrics["params"] == single.metrics["params"]


@pytest.fixture(scope="module")
def ensemble(digits: Dataset, tmp_path_factory) -> Run:
    return convlet.train(digits, ENSEMBLE, out=tmp_path_factory.mktemp("ensemble") / "runs")


@pytest.mark.long
@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_an_interrupted_ensemble_goes_on_to_the_same_weights(
    epochs: int, ensemble: Run, digits: Dataset, tmp_path
) -> None:
    run = convlet.resume(stopped_after(epochs, digits, tmp_path / "runs", ENSEMBLE))
    assert identical(weights(run), weights(ensemble))


# Epochs of one step; every second one is validated.
OVERFITS = convlet.recipe(
    "small-data", keep="best", epochs=61, learning_rate=0.01, filters=[4], dense_units=8, batch_size=1000
)


@pytest.fixture(scope="module")
def misled(digits: Dataset) -> Dataset:
    """Validation labels that are wrong, all of them: the more is learned, the fewer answers are right.

    Each image is there ten times, so that a tenth right by chance and none right are far apart.
    """
    held_out = digits.with_validation(0.1)
    often = held_out.validation.take(np.tile(np.arange(len(held_out.validation)), 10))
    wrong = replace(often, labels=(often.labels + 1) % 10)
    return replace(held_out, validation=wrong, train=held_out.train.take(np.arange(1_000)))


@pytest.fixture(scope="module")
def best(misled: Dataset, tmp_path_factory) -> Run:
    return convlet.train(misled, OVERFITS, out=tmp_path_factory.mktemp("best") / "runs")


@pytest.mark.long
def test_the_best_epoch_is_kept_and_history_and_metrics_say_which(best: Run) -> None:
    (number,) = best.metrics["kept_epochs"]
    assert number < 61
    kept, last = best.history[number - 1], best.history[-1]
    assert best.metrics["val_accuracy"] == pytest.approx(kept.val_accuracy)
    assert kept.val_accuracy > last.val_accuracy
    assert best.metrics["accuracy"] == kept.accuracy
    assert [epoch.epoch for epoch in best.history] == list(range(1, 62))
    assert [epoch.epoch for epoch in best.history if epoch.val_loss is None] == list(range(3, 61, 2))
    rows = (best.path / "history.csv").read_text().splitlines()
    assert [row.endswith(",1") for row in rows].index(True) == number


@pytest.mark.long
@pytest.mark.parametrize("epochs", [1, 31, 60])
def test_an_interrupted_run_keeps_the_same_epoch(epochs: int, best: Run, misled: Dataset, tmp_path) -> None:
    run = stopped_after(epochs, misled, tmp_path / "runs", OVERFITS)
    assert len(run.history) == epochs - epochs % 2 * (epochs > 1)
    convlet.resume(run, misled)
    assert run.metrics["kept_epochs"] == best.metrics["kept_epochs"]
    assert identical(weights(run), weights(best))


@pytest.mark.long
def test_each_net_of_an_ensemble_keeps_its_own_epoch(best: Run, misled: Dataset, tmp_path) -> None:
    recipe = OVERFITS.changed(ensemble=2)
    run = convlet.resume(stopped_after(70, misled, tmp_path / "runs", recipe), misled)
    first, second = run.metrics["kept_epochs"]
    assert first == best.metrics["kept_epochs"][0]
    assert 61 < second < 122


def test_a_test_set_chooses_no_epoch(digits: Dataset, tmp_path) -> None:
    notes: list[str] = []
    recipe = RECIPE.changed(epochs=1, keep="best", validate_on="test")
    run = convlet.train(digits, recipe, out=tmp_path / "runs", watch=convlet.Watch(on_note=notes.append))
    assert run.recipe.keep == "last"
    assert "the last epoch is kept, not the best: test images must not decide anything." in notes


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in convlet.RECIPES if name not in ("tutorial", "small-data")])
def test_every_named_recipe_trains(name: str, digits: Dataset, tmp_path) -> None:
    run = convlet.train(digits, convlet.recipe(name, epochs=1, batch_size=128), out=tmp_path / "runs")
    wanted = convlet.recipe(name).replicas
    settled = min(2, cores()) if wanted == "auto" else wanted  # a batch of 128 has images for two
    assert run.recipe.replicas == settled  # so that a resumed run splits its batches alike
    assert run.metrics["compile_seconds"] > 0


def test_images_on_disk_train_to_the_same_weights(uninterrupted: Run, on_disk: Dataset, tmp_path) -> None:
    assert isinstance(on_disk.train.images, disk.ImagesOnDisk)
    run = convlet.train(on_disk, RECIPE, out=tmp_path / "runs")
    assert identical(weights(run), weights(uninterrupted))


def test_images_that_vanish_from_disk_end_the_training_with_their_own_error(on_disk: Dataset, tmp_path) -> None:
    def cut_short(_epoch) -> None:
        with (tmp_path / "idx" / "train-images-idx3-ubyte").open("r+b") as file:
            file.truncate(5000)

    with pytest.raises(DataError, match="train-images"):
        convlet.train(on_disk, RECIPE, out=tmp_path / "runs", watch=convlet.Watch(on_epoch=cut_short))


@pytest.mark.long
def test_a_model_of_pictures_refuses_noise_and_says_so_in_its_probabilities(tmp_path) -> None:
    random = np.random.default_rng(3)
    labels = np.arange(500) % 3
    images = random.integers(60, 120, (500, 16, 16, 3), dtype=np.uint8)
    images[np.arange(500), 4:12, 4:12, labels] = 240
    split = convlet.Split(images, labels)
    dataset = convlet.Dataset("squares", "squares", split, ("red", "green", "blue"), lambda: split)
    size = {"filters": [12, 16, 16], "kernel_size": [2, 3, 3], "padding": "same", "pool": [1, 2, 2]}
    recipe = convlet.recipe(
        "pictures-small", **size, epochs=1, least_steps=60, outliers=0.3, validation_fraction=0.4, flip=0.5, seed=5
    )
    run = convlet.train(dataset, recipe, out=tmp_path)
    assert run.recipe.mirror == "average"
    known = run.predictor().predict(images)
    assert np.mean([answer.known for answer in known]) > 0.9
    assert (
        np.mean([answer.label == dataset.class_names[label] for answer, label in zip(known, labels, strict=True)])
        > 0.95
    )
    noise = run.predictor().predict(random.integers(0, 256, (100, 16, 16, 3), dtype=np.uint8))
    assert np.mean([answer.known for answer in noise]) < 0.1
    probabilities = run.predictor().probabilities(images[:50])
    assert probabilities.shape == (50, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
