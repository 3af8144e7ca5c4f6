"""CSV files: accepted headers, and refused rows."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from convlet.data import Dataset, load
from convlet.data.csv import read_csv_images
from convlet.errors import DataError
from convlet.system.watch import Watch
from tests.data.datafiles import TRAIN, assert_refused, contents, csv

pytestmark = pytest.mark.usefixtures("kept")
NAMES = ("0", "1", "2")
SMALL = "label,a,b,c,d\n0,1,2,3,4\n1,5,6,7,8\n0,9,10,11,12\n1,13,14,15,16\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "set.csv"


def assert_holds_train(data: Dataset, names: tuple[str, ...] = NAMES):
    both = sum((contents(part.images, part.labels, data.class_names) for part in (data.train, data.test)), Counter())
    assert both == contents(*TRAIN, names)


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


def table(label: Callable[[int], str] = str, cell: Callable[[int], str] = str) -> list[list[str]]:
    """TRAIN's rows: the label, then the pixels."""
    return [
        [label(one), *map(cell, image.ravel().tolist())]
        for one, image in zip(TRAIN.labels.tolist(), TRAIN.images, strict=True)
    ]


def write(path: Path, rows: list[list[str]], between: str = ",") -> Path:
    path.write_text("\n".join(map(between.join, rows)))
    return path


HEADER = ["label", *(f"pixel{place}" for place in range(36))]


@pytest.mark.parametrize("between", [";", "\t", "|"])
@pytest.mark.parametrize("header", [[], [HEADER]], ids=["no header", "header"])
def test_other_delimiters(path: Path, between: str, header: list[list[str]]):
    assert_holds_train(load(write(path, header + table(), between)))


def test_tab_separated_by_name(tmp_path: Path):
    assert_holds_train(load(write(tmp_path / "set.tsv", [HEADER, *table()], "\t")))


def test_quotes_around_every_cell(path: Path):
    assert_holds_train(load(write(path, [[f'"{cell}"' for cell in row] for row in [HEADER, *table()]])))


def test_whole_floats(path: Path):
    assert_holds_train(load(write(path, [HEADER, *table(cell=lambda value: f"{value}.0")])))


def test_whole_floats_as_labels(path: Path):
    assert_holds_train(load(write(path, [HEADER, *table(label=lambda value: f"{value}.0")])))


@pytest.mark.parametrize("name", ["", "id", "Unnamed: 0", "image_id"])
def test_an_index_column(path: Path, name: str):
    rows = [[name, *HEADER], *([str(row), *cells] for row, cells in enumerate(table()))]
    assert_holds_train(load(write(path, rows)))


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("first", [0, 1, 1000])
def test_an_index_column_without_a_header(path: Path, first: int, last: bool):
    rows = [[*cells[1:], cells[0]] if last else cells for cells in table(label=lambda value: "xyz"[value])]
    data = load(write(path, [[str(row), *cells] for row, cells in enumerate(rows, first)]))
    assert_holds_train(data, ("x", "y", "z"))


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("header", [False, True])
def test_text_labels(path: Path, header: bool, last: bool):
    rows = [HEADER] * header + table(label=lambda value: ("a cat", "bee", "cow")[value])
    rows = [[*cells[1:], cells[0]] if last else cells for cells in rows]
    assert_holds_train(load(write(path, rows)), ("a cat", "bee", "cow"))


def test_labels_last_without_a_header_where_the_first_pixel_is_always_ground(path: Path):
    given = TRAIN.images.copy()
    given[:, 0, 0] = 0
    rows = [[*map(str, image.ravel()), str(label)] for image, label in zip(given, TRAIN.labels, strict=True)]
    data = load(write(path, rows))
    found = sum((contents(part.images, part.labels, NAMES) for part in (data.train, data.test)), Counter())
    assert found == contents(given, TRAIN.labels, NAMES)


@pytest.mark.parametrize("name", ["digit", "Category", "target"])
def test_labels_by_other_names(path: Path, name: str):
    assert_holds_train(load(write(path, [[name, *HEADER[1:]], *table()])))


def test_columns_named_by_their_places(path: Path):
    assert_holds_train(load(write(path, [["label", *map(str, range(36))], *table()])))


@pytest.mark.parametrize(("white", "cell"), [(1, "{:.8f}"), (1, "{:.0f}"), (16, "{:.0f}"), (16, "{:.1f}")])
def test_pixels_of_another_range_are_stretched_and_it_is_said(path: Path, white: int, cell: str):
    notes: list[str] = []
    rows = table(cell=lambda value: cell.format(value / 255 if "8" in cell else np.rint(value / 255 * white)))
    data = load(write(path, [HEADER, *rows]), watch=Watch(on_note=notes.append))
    assert data.train.value_range == (0, 255)
    assert len(notes) == 1
    assert f"0 to {white} and are stretched" in notes[0]
    if "8" in cell:
        assert_holds_train(data)


def test_images_all_alike(path: Path):
    path.write_text("label,a,b,c,d\n" + "0,1,2,3,40\n1,1,2,3,40\n" * 3)
    assert_refused(lambda: load(path), path, "all 6 images are identical")


def test_images_alone_beside_their_numbers(path: Path):
    images = write(path, [["ImageId", *HEADER[1:]], *([str(row), *cells[1:]] for row, cells in enumerate(table()))])
    np.testing.assert_array_equal(read_csv_images(images, Watch())[:].reshape(TRAIN.images.shape), TRAIN.images)


def test_no_line_end_after_the_last_row(path: Path):
    path.write_text(csv(TRAIN).removesuffix("\n"))
    assert_holds_train(load(path))


def test_pixels_are_rows_from_the_top_left(path: Path):
    path.write_text(SMALL.replace("16", "255"))
    data = load(path)
    places = np.concatenate([data.train.images, data.test.images])
    assert [[1, 2], [3, 4]] in places[..., 0].tolist()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("1,5,6,7,8", "1,5,6,7"), ("line 3", "number of columns changed from 5 to 4")),
        (("1,5,6,7,8", "1,5,6,7,256"), ("line 3", "pixel 3 is 256", "0 to 255")),
        (("0,9,10", "0,-9,10"), ("line 4", "pixel 0 is -9", "0 to 255")),
        (("1,5,6,7,8", "1,5,6,7,99999999999"), ("99999999999",)),
        (("1,5,6,7,8", "1,5,six,7,8"), ("line 3", "'six'", "whole numbers")),
        (("1,5,6,7,8", "1,5,,7,8"), ("line 3", "whole numbers")),
        (("1,5,6,7,8", "1,5,0.5,7,8"), ("line 3, pixel 1 is 0.5", "not whole numbers")),
        (("label,a,b,c,d", "label,a,b,c"), ("header names 4 columns", "rows have 5")),
        (("label,", "weight,"), ("no column named label", "weight, a, b")),
    ],
    ids=[
        "ragged",
        "over 255",
        "negative",
        "huge",
        "text",
        "empty cell",
        "fraction",
        "short header",
        "no label",
    ],
)
def test_a_bad_table(path: Path, change: tuple[str, str], words: tuple[str, ...]):
    assert change[0] in SMALL
    path.write_text(SMALL.replace(*change))
    assert_refused(lambda: load(path), path, *words)


def test_rows_are_counted_through_however_many_are_read_at_a_time(path: Path):
    path.write_text(SMALL.replace("1,13", "\n\n1,x"))
    assert_refused(lambda: load(path), path, "'x'", "line 7")


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
    assert_refused(lambda: load(path), path, "header but no rows")


def test_not_square(path: Path):
    path.write_text("label,a,b,c\n0,1,2,3\n1,4,5,6\n")
    assert_refused(lambda: load(path), path, "3 pixels", "square")


def test_labels_alone(path: Path):
    path.write_text("label\n0\n1\n")
    assert_refused(lambda: load(path), path, "0 pixels", "square")


@pytest.mark.parametrize("data", [SMALL.encode("utf-16"), b"label,a\n\xff\xfe,1\n"], ids=["utf-16", "binary"])
def test_not_utf_8(path: Path, data: bytes):
    path.write_bytes(data)
    assert_refused(lambda: load(path), path, "UTF-16" if b"l\0" in data else "line 2 is not UTF-8", "CSV UTF-8")


def test_one_class(path: Path):
    path.write_text("label,a\n7,1\n7,2\n7,3\n")
    assert_refused(lambda: load(path).require_classes(), "set", "1 class (7)", "at least 2", "--from RUN")


def test_too_few_rows_to_set_any_aside(path: Path):
    path.write_text("label,a\n0,1\n1,2\n")
    assert_refused(lambda: load(path).test, path, "too few images to split (2)", "no class has 2")


def test_columns_named_by_their_numbers_are_a_header(path: Path):
    pixels = np.random.default_rng(0).integers(0, 256, (4, 289))
    np.savetxt(path, pixels, "%d", ",", header=",".join(map(str, range(289))), comments="")
    np.testing.assert_array_equal(read_csv_images(path, Watch())[:].reshape(4, -1), pixels)


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("corner", ["spread", "ground"])
@pytest.mark.parametrize("by_class", [False, True])
def test_labels_first_or_last_without_a_header_are_told_by_the_rows(
    path: Path, last: bool, corner: str, by_class: bool
):
    images, labels = np.repeat(TRAIN.images, 10, axis=0), np.repeat(TRAIN.labels, 10)
    if by_class:
        order = np.argsort(labels, kind="stable")
        images, labels = images[order], labels[order]
    pixels = images.reshape(len(labels), -1).copy()
    if corner == "ground":
        pixels[:, [0, -1]] = 0
    np.savetxt(path, np.insert(pixels, 36 if last else 0, labels, axis=1), "%d", ",")
    data = load(path)
    assert data.class_names == NAMES
    found = np.concatenate([data.train.images[:], data.test.images[:]]).reshape(-1, 36)
    assert Counter(map(bytes, found)) == Counter(map(bytes, pixels))


def test_a_table_named_after_emnist_is_turned_upright(tmp_path: Path):
    notes: list[str] = []
    for name in ("emnist-letters-train.csv", "letters.csv"):
        (tmp_path / name).write_text(csv(TRAIN, header=False))
    turned = load(tmp_path / "emnist-letters-train.csv", watch=Watch(on_note=notes.append))
    plain = load(tmp_path / "letters.csv", watch=Watch(on_note=notes.append))
    np.testing.assert_array_equal(turned.train.images[:], plain.train.images[:].swapaxes(1, 2))
    assert ["upright" in note for note in notes] == [True]
    images = read_csv_images(tmp_path / "emnist-letters-train.csv", Watch())
    np.testing.assert_array_equal(images[:].reshape(-1, 6, 6), TRAIN.images.swapaxes(1, 2))


def test_empty_lines_before_the_header_are_passed_over_and_counted(path: Path):
    path.write_text("\n\n" + csv(TRAIN))
    assert_holds_train(load(path))
    path.write_text("\n\n" + csv(TRAIN) + "\n1,2\n")
    assert_refused(lambda: load(path), path, f"line {len(TRAIN.labels) + 5}")


@pytest.mark.parametrize(("label", "words"), [("", "no label"), ("1.5", "the label 1.5"), ("nan", "the label nan")])
def test_a_label_that_is_none_is_named_by_its_line(path: Path, label: str, words: str):
    rows = [HEADER, *table()]
    rows[7][0] = label
    assert_refused(lambda: load(write(path, rows)), path, "line 8", words)


@pytest.mark.parametrize("names", [("v1", "1.5", "nan"), ("nan", "1.5", "v1")])
def test_names_of_classes_may_look_like_fractions(path: Path, names: tuple[str, ...]):
    rows = table(lambda label: names[label])
    assert load(write(path, [HEADER, *rows])).class_names == ("1.5", "nan", "v1")


@pytest.mark.parametrize(
    ("header", "columns", "words"),
    [
        (["label", "split", *map(str, range(36))], 38, "not pixels: split."),
        ([*HEADER, ""], 38, "not pixels: one without a name."),
        ([], 3073, "uint8 (n, 32, 32, 3)"),
    ],
)
def test_why_columns_make_no_square(path: Path, header: list[str], columns: int, words: str):
    rows = [["1"] * columns for _ in range(3)]
    assert_refused(
        lambda: load(write(path, [header, *rows] if header else rows)), path, "do not form a square image", words
    )


@pytest.mark.parametrize("lines", ["name,age\nbob,3\n", "name,town,label\nbob,Ulm,3\n"])
def test_a_table_of_other_things(path: Path, lines: str):
    path.write_text(lines)
    assert_refused(lambda: load(path), path, "no column of image files and no pixels", "name, ", "path,label")


def test_a_comment_above_the_header(path: Path):
    path.write_text("# made by me\nlabel,pixel0,pixel1,pixel2,pixel3\n1,2,3,4,5\n")
    assert_refused(lambda: load(path), path, "first line has no pixels: '# made by me'", "remove")


def test_a_cell_longer_than_any(path: Path):
    path.write_text("label,a\n1," + "x" * 200_000)
    assert_refused(lambda: load(path), path, "not rows of a table", "131072")


@pytest.mark.parametrize("last", [False, True])
def test_labels_are_not_clear_where_both_ends_may_hold_them(path: Path, last: bool):
    pixels, place = np.random.default_rng(0).integers(0, 2, (60, 64)), 64 if last else 0
    np.savetxt(path, np.insert(pixels, place, np.arange(60) % 10, axis=1), "%d", ",")
    assert_refused(
        lambda: load(path), "it is ambiguous which column holds the labels", "10 different numbers in column"
    )
    pixels[:, [0, -1]] += 235  # labels begin at 0 or 1
    np.savetxt(path, np.insert(pixels, place, np.arange(60) % 10, axis=1), "%d", ",")
    assert load(path).class_names == tuple("0123456789")


def test_pixels_in_the_order_of_their_names_as_text_are_refused(path: Path):
    names = ["label", *sorted(f"pixel{number}" for number in range(36))]
    lines = csv(TRAIN, False).splitlines()
    path.write_text("\n".join([",".join(names), *lines]))
    assert_refused(lambda: load(path), "the column pixel2 comes after pixel19", "not in numeric order")


def test_pixels_named_by_row_and_column_may_not_follow_each_other(path: Path):
    names = [f"p{row}{column}" for row in range(12) for column in range(12)]  # p011, then p10
    pixels = np.random.default_rng(0).integers(0, 256, (20, 144))
    np.savetxt(
        path,
        np.insert(pixels, 0, np.arange(20) % 2, axis=1),
        "%d",
        ",",
        header=",".join(["label", *names]),
        comments="",
    )
    assert load(path).image_shape == (12, 12, 1)


@pytest.mark.parametrize("name", ["class_id", "label_id"])
def test_the_number_of_a_class_is_a_label(path: Path, name: str):
    path.write_text(csv(TRAIN, True).replace("label", name, 1))
    assert_holds_train(load(path))


def test_a_row_that_is_none_among_those_that_are_looked_at(tmp_path) -> None:
    path = tmp_path / "theirs.csv"
    path.write_bytes(b"l3,01,2,194,18/3\r\r22,2,)1:3,33,129,91,261\n,129,91,261\n")
    with pytest.raises(DataError, match=r"theirs\.csv"):
        load(str(path))


def test_numbers_too_large_for_labels_are_names(tmp_path) -> None:
    path = tmp_path / "theirs.csv"
    names = ["6" * 70, "7" * 80]
    path.write_text("label,a,b,c,d\n" + "".join(f"{names[row % 2]},{row},1,2,3\n" for row in range(20)))
    assert load(str(path)).class_names == tuple(names)
