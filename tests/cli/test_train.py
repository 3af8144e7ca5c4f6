"""`convlet train` as a user meets it: exit status, what is on stdout, what the message says."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlet.recipes import recipe
from convlet.recipes.files import named_file
from convlet.run import Run
from convlet.system.installing import told

QUICK = ["--epochs", "1", "--set", "filters=[4,8]", "--set", "dense_units=16"]


@pytest.mark.slow
def test_ends_by_printing_the_run_folder_and_nothing_else_and_every_dial_is_a_flag(convlet) -> None:
    dials = ["--batch-size", "50", "--learning-rate", "0.002", "--optimizer", "nadam", "--seed", "9"]
    status, out, err = convlet("train", "digits", "--recipe", "tutorial", *QUICK, *dials, "--set", "dropout=0.5")
    assert (status, out) == (0, "runs/digits-tutorial-1\n")
    assert "epoch  1: loss" in err
    assert "Total params" in err
    assert "--recipe fast" in err.strip().splitlines()[-1]  # the tutorial names faster recipes last
    assert Run("latest").path.samefile("runs/digits-tutorial-1")
    assert Run("latest").status == "done"
    recipe = Run("latest").recipe
    assert (recipe.batch_size, recipe.learning_rate, recipe.optimizer, recipe.seed) == (50, 0.002, "nadam", 9)
    assert (recipe.dropout, recipe.filters, recipe.dense_units, recipe.epochs) == (0.5, (4, 8), 16, 1)


@pytest.mark.slow
def test_json(convlet) -> None:
    status, out, err = convlet("train", "digits", "--json", "--out", "here", "--recipe", "tutorial", *QUICK)
    answer = json.loads(out)
    assert status == 0
    assert answer.keys() == {
        *("run", "recipe", "params", "epochs", "train_seconds", "seconds_per_epoch", "compile_seconds", "processes"),
        *("accuracy", "loss", "val_accuracy", "val_loss", "val_balanced_accuracy", "validated_on"),
    }
    assert (answer["recipe"], answer["validated_on"], answer["epochs"]) == ("tutorial", "test", 1)
    assert answer["run"] == "here/digits-tutorial-1"
    assert "validated on the test set" in err


@pytest.mark.slow
def test_without_a_recipe_the_one_that_suits_is_taken_and_the_data_are_described(convlet) -> None:
    status, out, err = convlet("train", "digits", *QUICK)
    assert (status, out) == (0, "runs/digits-small-data-1\n")
    lines = err.splitlines()
    assert lines[0] == "recipe small-data: the images are smaller than 16 pixels a side."
    assert lines[1] == "recipe small-data on 1,437 images of digits, 1 epoch: the first epoch tells how long it takes."
    assert lines[2].startswith("digits: taken as characters or drawings (ink): they show thin light strokes")
    assert lines[3].startswith("size: 8x8 pixels, gray, the images' own size")
    assert lines[4].startswith("classes: 10, with 1,293 training images: ")


@pytest.mark.slow
def test_balanced_accuracy_is_told_where_classes_differ_in_size(convlet, digits) -> None:
    kept = np.flatnonzero(
        (digits.train.labels == 0) | ((digits.train.labels == 1) & (np.arange(len(digits.train)) < 300))
    )
    np.savez("uneven.npz", images=digits.train.images[kept], labels=digits.train.labels[kept])
    err = convlet("train", "uneven.npz", *QUICK)[2]
    metrics = Run("latest").metrics
    assert metrics["val_balanced_accuracy"] == Run("latest").evaluate(split="validation").balanced_accuracy
    balanced = f"balanced accuracy {metrics['val_balanced_accuracy']:.2%}"
    assert f"validation accuracy {metrics['val_accuracy']:.2%}, {balanced}." in err


@pytest.mark.slow
def test_a_training_that_has_not_learned_does_not_end_like_a_success(convlet) -> None:
    status, out, err = convlet("train", "digits", *QUICK, "--learning-rate", "1e-6")
    assert (status, out) == (0, "runs/digits-small-data-1\n")
    assert Run("latest").metrics["verdict"]["kind"] == "rate-too-low"
    assert f"verdict: {Run('latest').metrics['verdict']['text']}" in err
    assert "Not a success yet (rate-too-low)" in err.splitlines()[-1]


@pytest.mark.long
def test_an_ensemble_is_one_run(convlet) -> None:
    status, _, said = convlet("train", "digits", *QUICK, "--ensemble", "2")
    assert status == 0
    assert "net 2 of 2, seed 2" in said
    assert len(Run("latest").history) == 2
    assert convlet("evaluate", "latest")[0] == 0


@pytest.mark.slow
def test_a_config_replays_a_run(convlet) -> None:
    first = json.loads(convlet("train", "digits", "--json", "--seed", "3", *QUICK)[1])
    again = json.loads(convlet("train", "digits", "--json", "--config", "runs/digits-small-data-1/recipe.toml")[1])
    assert again["run"] == "runs/digits-small-data-2"
    assert (again["loss"], again["val_loss"]) == (first["loss"], first["val_loss"])


@pytest.mark.slow
def test_the_file_of_a_named_recipe_is_a_config(convlet) -> None:
    assert convlet("train", "digits", "--config", named_file("fast"))[0] == 0
    trained, named = Run("runs/digits-fast-1").recipe, recipe("fast")
    assert (trained.filters, trained.kernel_size, trained.betas) == (named.filters, named.kernel_size, named.betas)


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["--epochs", "0"], 2, "epochs must be a whole number from 1"),
        (["--learning-rate", "-0.1"], 2, "--learning-rate"),
        (["--batch-size", "100000"], 3, "larger than the data"),
        (["--batch-size", "0"], 2, "--batch-size"),
        (["--ensemble", "0"], 2, "--ensemble"),
        (["--recipe", "fastest"], 2, "The recipes are: tutorial, small-data, fast"),
        (["--recipe", "fast", "--set", "strides=[1,2,3]"], 3, "strides has 3 values for 2 convolutions"),
        (["--set", "dropout=2"], 2, "dropout"),
        (["--config", "nowhere.toml"], 3, "nowhere.toml"),
        (["--data-dir", "nowhere"], 3, "nowhere"),
        (["--recipe", "tutorail"], 2, "tutorial, small-data"),
        (["--set", "speed=3"], 2, "no field 'speed'"),
        (["--set", "dropout"], 2, "FIELD=VALUE"),
        (["--recipe", "tutorial", "--config", "x.toml"], 2, "give one of them"),
        (["--resume", "latest", "--epochs", "2"], 2, "its own recipe"),
        (["--resume", "latest"], 3, "no unfinished run"),
        (["--resume", "latest", "--out", "x"], 2, "run's own folder"),
        (["--epochs", "many"], 2, "epochs"),
        (["--nonsense"], 2, "--nonsense"),
    ],
)
def test_a_bad_setting(words: list[str], status: int, says: str, convlet, tmp_path) -> None:
    dataset = "mnist" if "--data-dir" in words else "digits"
    found, out, err = convlet("train", dataset, *words)
    assert (found, out) == (status, "")
    assert says in err
    assert "Traceback" not in err
    assert not list(tmp_path.iterdir())


def test_an_unknown_data_set(convlet) -> None:
    status, _, err = convlet("train", "mnits")
    assert status == 3
    assert "mnist, digits, fashion-mnist" in err


def test_a_folder_of_something_else(convlet, tmp_path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.png").write_bytes(b"")
    status, _, err = convlet("train", "digits", "--out", "photos")
    assert status == 3
    assert "cat.png" in err
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["cat.png"]


def test_version(convlet) -> None:
    import convlet as package

    assert convlet("--version")[:2] == (0, f"convlet {package.__version__}\n")


@pytest.mark.parametrize(("name", "module"), [("tensorboard", "tensorboardX.event_file_writer"), ("mlflow", "mlflow")])
def test_the_library_of_a_tracker_is_missing(name: str, module: str, convlet, monkeypatch, tmp_path) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    status, out, err = convlet("train", "digits", "--track", name)
    assert (status, out) == (5, "")
    assert f"Install it: {told(name)}" in err
    assert not list(tmp_path.iterdir())


def test_an_unreachable_tracker_is_reported_before_anything_begins(convlet, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://user:secret@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    status, out, err = convlet("train", "digits", "--track", "mlflow")
    assert (status, out) == (3, "")
    assert "MLflow cannot be used at http://127.0.0.1:9" in err
    assert "secret" not in err
    assert not list(tmp_path.iterdir())


def test_an_unknown_tracker(convlet) -> None:
    status, _, err = convlet("train", "digits", "--track", "tensorbord")
    assert status == 2
    assert "The trackers are: tensorboard, mlflow" in err


@pytest.mark.slow
def test_from_a_run_new_images_of_one_class_are_taught(convlet, run: Run) -> None:
    folder = Path("mine") / "cross"
    folder.mkdir(parents=True)
    for place in range(3):
        image = np.zeros((8, 8), np.uint8)
        image[3:5], image[:, 3:5] = 200 + 10 * place, 200
        Image.fromarray(image).save(folder / f"{place}.png")
    status, out, err = convlet("train", "mine", "--from", run.path, "--epochs", "2")
    assert (status, out) == (0, "runs/mine-teach-1\n")
    assert f"going on from {run.path}: 3 new images, " in err
    assert "1 new: cross" in err
    assert "before and after, on data with test images: convlet compare" in err  # it has no test images of its own
    assert Run("latest").predictor().signature.class_names[-1] == "cross"
    assert (Run("latest").recipe.name, Run("latest").recipe.epochs) == ("teach", 2)
    status, _, err = convlet("evaluate", "latest")
    assert status == 3
    assert "has no test images: each of these few was taught" in err
    status, out, _ = convlet("evaluate", "latest", "digits", "--json")
    assert status == 0
    assert json.loads(out)["accuracy"] >= 0.8


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--from", "RUN"], "goes on with new images: name them"),
        (["digits", "--from", "RUN", "--processes", "2"], "--from RUN trains in one process"),
        (["digits", "--recipe", "teach"], "convlet train DATASET --from RUN"),
        (["--resume", "latest", "--from", "RUN"], "Omit --out, --recipe, --config, --transpose, --from"),
    ],
)
def test_from_does_not_go_with_everything(convlet, run: Run, words: list[str], message: str) -> None:
    status, out, err = convlet("train", *[str(run.path) if word == "RUN" else word for word in words])
    assert (status, out) == (2, "")
    assert message in err


def test_from_a_model_file_or_nothing_says_what_is_expected(convlet, run: Run) -> None:
    status, _, err = convlet("train", "digits", "--from", run.path / "model.onnx")
    assert status == 3
    assert "Expected" in err
    status, _, err = convlet("train", "digits", "--from", "nowhere")
    assert status == 3
    assert "nowhere" in err
