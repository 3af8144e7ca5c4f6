"""Tables with all pixels of an image in one cell, like FER2013's."""

from pathlib import Path

import numpy as np
import pytest

from convlet.data import load
from convlet.system.watch import Watch
from tests.data.datafiles import TEST, TRAIN, Pictures, assert_refused, contents

pytestmark = pytest.mark.usefixtures("kept")
HEADER = "emotion,pixels,Usage"


def lines(given: Pictures, usage: str, names: tuple[str, ...] = ("0", "1", "2")) -> list[str]:
    cells = [" ".join(map(str, image.ravel())) for image in given.images]
    return [f"{names[label]},{cell},{usage}" for label, cell in zip(given.labels, cells, strict=True)]


def write(path: Path, *rows: str) -> Path:
    path.write_text("\n".join([*rows, ""]))
    return path


@pytest.mark.parametrize(
    ("train", "validation", "test"), [("Training", "PublicTest", "PrivateTest"), ("train", "val", "test")]
)
def test_a_column_tells_the_split(tmp_path: Path, train: str, validation: str, test: str):
    rows = [*lines(TEST, test), *lines(TRAIN, train), *lines(TEST, validation)]
    data = load(write(tmp_path / "fer2013.csv", HEADER, *rows))
    assert data.class_names == ("0", "1", "2")
    for split, given in ((data.train, TRAIN), (data.test, TEST), (data.validation, TEST)):
        np.testing.assert_array_equal(split.images[:][..., 0], given.images)
        np.testing.assert_array_equal(split.labels, given.labels)


def test_without_splits_and_with_names(tmp_path: Path):
    names = ("happy", "sad", "angry")
    rows = [row.rpartition(",")[0] for row in lines(TRAIN, "", names)]
    data = load(write(tmp_path / "set.csv", "label,pixels", *rows))
    parts = [contents(part.images, part.labels, data.class_names) for part in (data.train, data.test)]
    assert sum(parts[1:], parts[0]) == contents(*TRAIN, names)


def test_dim_pixels_are_stretched_and_it_is_said(tmp_path: Path):
    notes: list[str] = []
    dim = Pictures(TRAIN.images // 17, TRAIN.labels)
    data = load(write(tmp_path / "set.csv", HEADER, *lines(dim, "train")), watch=Watch(on_note=notes.append))
    assert any("pixels run from 0 to 15" in note for note in notes)
    assert data.train.images[:].max() == 255


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("0,1 2 3,Training", ("line 42 has 3 pixels; expected 36",)),
        (f"0,{'1 ' * 35}256,Training", ("line 42 has pixels from 1 to 256; expected 0 to 255",)),
        (f"0,{'1 ' * 35}x,Training", ("line 42 has pixels that are not whole numbers",)),
        (f",{'1 ' * 36},Training", ("line 42 has no label",)),
        (f"0,{'1 ' * 36}", ("line 42 has 2 cells; expected 3",)),
        (f"0,{'1 ' * 36},sometime", ("line 42: the split 'sometime' is unknown",)),
        (f"7,{'1 ' * 36},PrivateTest", ("label '7'", "not a class (0, 1, 2)")),
    ],
)
def test_a_bad_row(tmp_path: Path, row: str, words: tuple[str, ...]):
    path = write(tmp_path / "set.csv", HEADER, *lines(TRAIN, "Training"), row)
    assert_refused(lambda: load(path), *words)


def test_a_row_over_several_lines_is_named_by_its_first(tmp_path: Path):
    rows = lines(TRAIN, "Training")
    path = write(tmp_path / "set.csv", HEADER, *rows, f'"a\nb",{"1 " * 36},Training', f"0,{'1 ' * 36}")
    assert_refused(lambda: load(path), "line 42 has the label", "Expected the number or the name of a class")


def test_no_train(tmp_path: Path):
    path = write(tmp_path / "set.csv", HEADER, *lines(TRAIN, "PublicTest"))
    assert_refused(lambda: load(path), "no row of train")


def test_pixels_that_make_no_square(tmp_path: Path):
    path = write(tmp_path / "set.csv", "label,pixels", f"0,{'1 ' * 35}", f"1,{'2 ' * 35}")
    assert_refused(lambda: load(path), "line 2 has 35 pixels; expected a square number")
