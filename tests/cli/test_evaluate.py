"""`convlet evaluate` as a user meets it: exit status, what is on stdout, what the message says."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlet.run import Run

QUICK = ["--epochs", "1", "--set", "filters=[4,8]", "--set", "dense_units=16"]


def test_json(convlet, run: Run, digits) -> None:
    status, out, _ = convlet("evaluate", run.path, "--json")
    found = json.loads(out)
    assert status == 0
    assert found.keys() >= {"accuracy", "loss", "n", "per_class", "confusion", "ece", "accuracy_interval_95"}
    assert np.trace(np.array(found["confusion"])) / found["n"] == pytest.approx(found["accuracy"], rel=1e-6)
    low, high = found["accuracy_interval_95"]
    assert low < found["accuracy"] < high
    assert [score["label"] for score in found["per_class"]] == list(digits.class_names)


@pytest.mark.slow
def test_every_form_of_the_model(convlet, run: Run) -> None:
    accuracies = {
        json.loads(convlet("evaluate", run.path / form, "--json")[1])["accuracy"]
        for form in ("", "model.onnx", "model.keras")
    }
    assert len(accuracies) == 1


def test_for_people(convlet, run: Run) -> None:
    status, out, err = convlet("evaluate", run.path)
    assert status == 0
    for words in ("accuracy", "95 % interval", "precision", "Confusion matrix"):
        assert words in out
    assert "evaluation-" in err


def test_a_class_without_images_has_no_scores(convlet, run: Run, digits, tmp_path) -> None:
    kept = np.flatnonzero(digits.train.labels < 2)[:40]
    given = {"x_train": digits.train.images, "y_train": digits.train.labels}
    np.savez(tmp_path / "few.npz", **given, x_test=digits.train.images[kept], y_test=digits.train.labels[kept])
    lines = convlet("evaluate", run.path, "few.npz")[1].splitlines()
    assert "0.00%" not in next(line for line in lines if line.split()[:1] == ["9"])


@pytest.mark.slow
def test_class_names_are_shown_as_they_are(convlet, tmp_path) -> None:
    for name in ("[bold]", "[red]x", r"$\foo$"):
        for number in range(20):
            folder = tmp_path / "odd" / name
            folder.mkdir(parents=True, exist_ok=True)
            Image.new("L", (8, 8), number * 5 + len(name)).save(folder / f"{number}.png")
    assert convlet("train", "odd", *QUICK, "--batch-size", "8")[0] == 0
    status, out, _ = convlet("evaluate", "latest")
    assert status == 0
    for name in ("[bold]", "[red]x", r"$\foo$"):
        assert out.count(name) >= 2
        assert name in convlet("data", "info", "odd")[1]


@pytest.mark.slow
def test_many_classes_show_the_most_frequent_mistakes(convlet, tmp_path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (120, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "many.npz", images=images, labels=np.arange(120) % 30)
    assert convlet("train", "many.npz", *QUICK, "--batch-size", "8")[0] == 0
    out = convlet("evaluate", "latest")[1]
    assert "most frequent mistakes" in out
    assert str(tmp_path) not in (tmp_path / "runs" / "many-small-data-1" / "model.onnx").read_bytes().decode("latin-1")


def test_out_takes_the_numbers_and_the_picture(convlet, run: Run, tmp_path) -> None:
    assert convlet("evaluate", run.path / "model.onnx", "digits", "--split", "train", "--out", "judged")[0] == 0
    assert {path.name for path in (tmp_path / "judged").iterdir()} == {
        *(
            "report-train.html",
            "evaluation-train.json",
            "confusion-train.png",
            "reliability-train.png",
            "rejection-train.png",
        )
    }


def test_other_data(convlet, run: Run, tmp_path, noise) -> None:
    np.savez(tmp_path / "wide.npz", images=np.resize(noise, (30, 8, 9)), labels=np.arange(30) % 10)
    np.savez(tmp_path / "two.npz", images=noise, labels=np.arange(12) % 2)
    np.savez(tmp_path / "more.npz", images=np.resize(noise, (36, 8, 8)), labels=np.arange(36) % 12)
    assert convlet("evaluate", run.path, "wide.npz")[0] == 0
    assert convlet("evaluate", run.path, "two.npz")[0] == 0  # some of its classes
    for file, says in [("more.npz", "classes")]:
        status, _, err = convlet("evaluate", run.path, file)
        assert status == 3
        assert says in err


def test_bad_models_and_splits(convlet, tmp_path) -> None:
    for words, status, says in [
        (["nowhere"], 3, "no model nowhere"),
        (["latest"], 3, "convlet train"),
        ([tmp_path], 3, "not a run folder"),
        (["latest", "--split", "half"], 2, "test, train or validation"),
    ]:
        found, _, err = convlet("evaluate", *words)
        assert found == status
        assert says in err


@pytest.mark.slow
def test_corruptions(convlet, run: Run) -> None:
    status, out, err = convlet("evaluate", run.path, "--corruptions", "--json", "--out", "judged")
    robustness = json.loads(out)["robustness"]
    assert status == 0
    assert len(robustness["corruptions"]) == 15
    assert robustness["mean"] == pytest.approx(sum(robustness["corruptions"].values()) / 15)
    assert "under canny edges: " in err
    report = Path("judged/report.html").read_text()
    assert "canny edges" in report
    assert "mean" in convlet("evaluate", run.path, "--corruptions", "--out", "judged")[1]


def test_the_answer_comes_before_the_place_that_cannot_be_written_to(convlet, run: Run, tmp_path) -> None:
    (tmp_path / "judged" / "report.html").mkdir(parents=True)
    status, out, err = convlet("evaluate", run.path, "--json", "--out", "judged")
    assert status == 3
    assert json.loads(out)["n"] == 360
    assert "report.html" in err
