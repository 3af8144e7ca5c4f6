"""Models of pictures are judged under the corruptions of pictures, models of ink under those of ink."""

import csv
import dataclasses
import json

import numpy as np
import pytest

import convlet
from convlet.data import Dataset, Split
from convlet.data.files import LeftOut, Unreadable, quarantine
from convlet.evaluation import CORRUPTIONS, PICTURE_CORRUPTIONS
from convlet.run import Run


def tinted(split: Split) -> Split:
    """The digits in color on a colored ground."""
    tints = np.random.default_rng(0).integers(100, 256, (len(split), 1, 1, 3))
    return dataclasses.replace(split, images=(255 - split.images * (tints / 255) / 2).astype(np.uint8))


@pytest.fixture(scope="module")
def colored(digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Run:
    data = dataclasses.replace(
        digits, train=tinted(digits.train), open_test=lambda: tinted(digits.test), source="tinted"
    )
    recipe = convlet.recipe("small-data", epochs=2, reading="picture", outliers=0.1)
    return convlet.train(data, recipe, out=tmp_path_factory.mktemp("colored") / "runs")


@pytest.mark.slow
def test_a_model_of_pictures_in_color(colored: Run, digits: Dataset, tmp_path) -> None:
    few = dataclasses.replace(
        digits, train=tinted(digits.train), open_test=lambda: tinted(digits.test.take(np.arange(40)))
    )
    found = convlet.evaluate(colored.path / "model.onnx", few, corruptions=True, out=tmp_path)
    assert found.robustness is not None
    assert list(found.robustness.corruptions) == list(PICTURE_CORRUPTIONS)
    assert found.robustness.collection == "CIFAR-10-C"
    assert set(json.loads((tmp_path / "evaluation-test.json").read_text())["robustness"]) == {"mean", "corruptions"}
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "CIFAR-10-C" in report
    assert "An image under frost" in report
    assert colored.recipe.outliers == 0.1


@pytest.mark.slow
def test_test_images_that_cannot_be_read_are_listed_beside_those_of_train(run: Run, digits: Dataset, tmp_path) -> None:
    path = tmp_path / "quarantine.csv"
    path.write_bytes("file,reason\ntrain/Käfer.png,damaged\n".encode("cp1252"))  # saved again by a spreadsheet
    quarantine([Unreadable("train/1.png", 'damaged,\n"cut"')], path)
    left_out = (Unreadable("test/\udcff.png", "empty"), LeftOut("test/notes.txt", "no image"))
    few = dataclasses.replace(digits.test.take(np.arange(20)), left_out=left_out)
    for _ in range(2):
        run.evaluate(dataclasses.replace(digits, open_test=lambda: few), out=tmp_path)
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["file", "reason"],
            ["train/K\N{REPLACEMENT CHARACTER}fer.png", "damaged"],
            ["train/1.png", 'damaged,\n"cut"'],
            ["test/\\udcff.png", "empty"],
        ]


@pytest.mark.slow
def test_a_model_of_ink(run: Run, digits: Dataset) -> None:
    few = dataclasses.replace(digits, open_test=lambda: digits.test.take(np.arange(20)))
    found = convlet.evaluate(run.path / "model.onnx", few, corruptions=True)
    assert found.robustness is not None
    assert list(found.robustness.corruptions) == list(CORRUPTIONS)
    assert found.robustness.collection == "MNIST-C"
