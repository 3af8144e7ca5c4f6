"""CSV files: the forms of header that are accepted, and bad rows refused."""

from pathlib import Path

import numpy as np
import pytest

from convlet.data import Dataset, load
from convlet.data.csv import read_csv_images
from tests.data.datafiles import TRAIN, assert_refused, contents, csv

pytestmark = pytest.mark.usefixtures("kept")
NAMES = ("0", "1", "2")
SMALL = "label,a,b,c,d\n0,1,2,3,4\n1,5,6,7,8\n0,9,10,11,12\n1,13,14,15,16\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "set.csv"


def assert_holds_train(data: Dataset):
    both = sum(
        (contents(part.images, part.labels, data.class_names) for part in (data.train, data.test)),
        start=contents([], [], ()),
    )
    assert both == contents(*TRAIN, NAMES)


@pytest.mark.parametrize("header", [True, False])
def test_with_and_without_a_header(path: Path, header: bool):
    path.write_text(csv(TRAIN, header))
    assert_holds_train(load(path))


@pytest.mark.parametrize("header", [True, False])
def test_byte_order_mark_and_windows_line_ends(path: Path, header: bool):
    path.write_bytes(csv(TRAIN, header).replace("\n", "\r\n").encode("utf-8-sig"))
    assert_holds_train(load(path))


def test_quoted_header(path: Path):
    header, rows = csv(TRAIN).split("\n", 1)
    path.write_text(",".join(f'"{name}"' for name in header.split(",")) + "\n" + rows)
    assert_holds_train(load(path))


def test_label_column_at_the_end_and_spelt_otherwise(path: Path):
    rows = [line.split(",") for line in csv(TRAIN).splitlines()]
    rows[0][0] = "Class"
    path.write_text("\n".join(",".join([*row[1:], row[0]]) for row in rows))
    assert_holds_train(load(path))


def test_no_line_end_after_the_last_row(path: Path):
    path.write_text(csv(TRAIN).removesuffix("\n"))
    assert_holds_train(load(path))


def test_pixels_are_rows_from_the_top_left(path: Path):
    path.write_text(SMALL)
    data = load(path)
    places = np.concatenate([data.train.images, data.test.images])
    assert [[1, 2], [3, 4]] in places[..., 0].tolist()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("1,5,6,7,8", "1,5,6,7"), ("number of columns changed from 5 to 4",)),
        (("1,5,6,7,8", "1,5,6,7,256"), ("line 3", "pixel 3 is 256", "0 to 255")),
        (("0,9,10", "0,-9,10"), ("line 4", "pixel 0 is -9", "0 to 255")),
        (("1,5,6,7,8", "1,5,6,7,99999999999"), ("99999999999",)),
        (("1,5,6,7,8", "1,5,six,7,8"), ("'six'", "whole numbers")),
        (("1,5,6,7,8", "1,5,,7,8"), ("whole numbers",)),
        (("1,5,6,7,8", "1,5,0.5,7,8"), ("'0.5'", "whole numbers")),
        (("1,5,6,7,8", "bee,5,6,7,8"), ("'bee'", "whole numbers")),
        (("label,a,b,c,d", "label,a,b,c"), ("header names 4 columns", "rows have 5")),
        (("label,", "digit,"), ("no column named label", "digit, a, b")),
        (("label,a,b,c,d\n0,", "label,a,b,c,d\ncat,"), ("'cat'",)),
    ],
    ids=[
        "ragged",
        "over 255",
        "negative",
        "huge",
        "text",
        "empty cell",
        "fraction",
        "text label",
        "short header",
        "no label",
        "first row",
    ],
)
def test_a_bad_table(path: Path, change: tuple[str, str], words: tuple[str, ...]):
    assert change[0] in SMALL
    path.write_text(SMALL.replace(*change))
    assert_refused(lambda: load(path), path, *words)


def test_rows_are_counted_through_however_many_are_read_at_a_time(path: Path):
    path.write_text(SMALL.replace("1,13", "\n\n1,x"))
    assert_refused(lambda: load(path), path, "'x'", "row 3")


def test_lines_with_nothing_in_them(path: Path):
    path.write_text(SMALL.replace("\n", "\n\n\n\n"))
    assert len(load(path).train) + len(load(path).test) == 4


def test_a_bad_value_without_a_header_is_counted_from_line_1(path: Path):
    path.write_text("0,1,2,3,4\n1,5,6,7,300\n")
    assert_refused(lambda: load(path), path, "line 2", "pixel 3 is 300")


def test_empty(path: Path):
    path.write_text("")
    assert_refused(lambda: load(path), path, "is empty")


def test_header_only(path: Path):
    path.write_text("label,a,b,c,d\n")
    assert_refused(lambda: load(path), path, "header and no rows")


def test_not_square(path: Path):
    path.write_text("label,a,b,c\n0,1,2,3\n1,4,5,6\n")
    assert_refused(lambda: load(path), path, "3 pixels", "square")


def test_labels_alone(path: Path):
    path.write_text("label\n0\n1\n")
    assert_refused(lambda: load(path), path, "0 pixels", "square")


@pytest.mark.parametrize("data", [SMALL.encode("utf-16"), b"label,a\n\xff\xfe,1\n"], ids=["utf-16", "binary"])
def test_not_utf_8(path: Path, data: bytes):
    path.write_bytes(data)
    assert_refused(lambda: load(path), path, "utf-8")


def test_one_class(path: Path):
    path.write_text("label,a\n7,1\n7,2\n7,3\n")
    assert_refused(lambda: load(path), "set", "1 class (7)", "at least 2")


def test_too_few_rows_to_set_any_aside(path: Path):
    path.write_text("label,a\n0,1\n1,2\n")
    assert_refused(lambda: load(path), path, "2 images in 2 classes", "too few")


def test_columns_named_by_their_numbers_are_a_header(path: Path):
    pixels = np.random.default_rng(0).integers(0, 256, (4, 289))
    np.savetxt(path, pixels, "%d", ",", header=",".join(map(str, range(289))), comments="")
    np.testing.assert_array_equal(read_csv_images(path)[:].reshape(4, -1), pixels)
