"""Lists of image files: columns by name or by content, splits, and bad lines named as an editor counts them."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest
from PIL import Image

from convlet.data import Dataset, load
from convlet.data.lists import _Listed, can_read
from convlet.data.loading import load_as
from convlet.data.paths import Paths
from convlet.data.sizing import Wanted
from convlet.errors import DataError
from convlet.system.watch import Watch
from tests.data.datafiles import TRAIN, assert_refused, contents, save

ANIMALS = ("ant", "bee", "cat")
COUNT = len(TRAIN.labels)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """TRAIN as files in one folder."""
    for number, image in enumerate(TRAIN.images):
        save(Image.fromarray(image), tmp_path / "set" / f"pics/{number}.png")
    return tmp_path / "set"


def rows(name: str = "pics/{}.png") -> list[list[str]]:
    return [[name.format(number), ANIMALS[label]] for number, label in enumerate(TRAIN.labels)]


def write(path: Path, *lines: list[str], between: str = ",") -> Path:
    path.write_text("".join(between.join(line) + "\n" for line in lines))
    return path


def assert_holds_train(data: Dataset, names: tuple[str, ...] = ANIMALS):
    parts = [part for part in (data.train, data.validation, data.test) if part]
    found = sum((contents(part.images, part.labels, data.class_names) for part in parts), Counter())
    assert data.class_names == names
    assert found == contents(*TRAIN, names)


@pytest.mark.parametrize(
    "header",
    [
        *(["path", "label"], ["File Name", "Class"], ["image", "target"], ["filename", "category"]),
        *(["filepaths", "labels"], ["img", "breed"], ["whatever", "also"], []),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(("ending", "between"), [(".csv", ","), (".csv", ";"), (".tsv", "\t")])
def test_columns_by_name_or_by_content(folder: Path, header: list[str], ending: str, between: str):
    lines = [header, *rows()] if header else rows()
    assert_holds_train(load(write(folder / f"list{ending}", *lines, between=between)))


def test_columns_in_any_order_with_others_beside_them(folder: Path):
    lines = [[str(number), row[1], "1.5", row[0]] for number, row in enumerate(rows())]
    assert_holds_train(load(write(folder / "list.csv", ["", "label", "weight", "file"], *lines)))


def test_quotes_byte_order_mark_and_windows_line_ends(folder: Path):
    text = "".join(f'"{name}","{label}"\r\n' for name, label in [["path", "label"], *rows()])
    (folder / "list.csv").write_bytes(text.encode("utf-8-sig"))
    assert_holds_train(load(folder / "list.csv"))


@pytest.mark.parametrize("keys", [("path", "label"), ("file_name", "class"), ("a", "b")])
def test_json_lines(folder: Path, keys: tuple[str, str]):
    lines = (json.dumps(dict(zip(keys, row, strict=True))) for row in rows())
    (folder / "list.jsonl").write_text("\n\n".join(lines))
    assert_holds_train(load(folder / "list.jsonl"))


@pytest.mark.parametrize("label", [int, float])
def test_numbers_as_labels_are_in_numeric_order(folder: Path, label: Callable[[int], float]):
    lines = [[f"pics/{number}.png", str(label(one + 9))] for number, one in enumerate(TRAIN.labels.tolist())]
    assert_holds_train(load(write(folder / "list.csv", ["path", "label"], *lines)), ("9", "10", "11"))


@pytest.mark.parametrize("header", [["path", "label", "split"], ["path", "label", "Data Set"], []], ids=" ".join)
def test_splits(folder: Path, header: list[str]):
    split = np.resize(["train", "Train", "training", "val", "TEST"], COUNT)
    lines = [[*row, one] for row, one in zip(rows(), split, strict=True)]
    data = load(write(folder / "list.csv", *([header] if header else []), *lines))
    assert_holds_train(data)
    assert (len(data.train), len(data.validation), len(data.test)) == (24, 8, 8)
    assert data.test.files[0] == "pics/4.png"


def test_the_names_of_files_travel(folder: Path):
    data = load(write(folder / "list.csv", ["path", "label"], *rows()))
    at = int(data.train.files[3].removeprefix("pics/").removesuffix(".png"))
    np.testing.assert_array_equal(data.train.images[3, ..., 0], TRAIN.images[at])


def test_absolute_paths_and_backslashes(folder: Path):
    assert_holds_train(load(write(folder / "list.csv", ["path", "label"], *rows(f"{folder}/pics/{{}}.png"))))
    assert_holds_train(load(write(folder / "list.csv", ["path", "label"], *rows("pics\\{}.png"))))


def test_files_in_a_folder_beside_and_names_without_ending(folder: Path):
    notes: list[str] = []
    path = write(folder / "list.csv", ["id", "breed"], *rows("{}"))
    (folder / "empty").mkdir()
    lines = [[f"p{name}", label] for name, label in rows("{}")]
    for file in (folder / "pics").iterdir():
        file.rename(file.with_name(f"p{file.name}"))
    assert_holds_train(load(write(path, ["id", "breed"], *lines), watch=Watch(on_note=notes.append)))
    assert any(str(folder / "pics") in note for note in notes)


def test_images_of_several_sizes_are_brought_to_one(folder: Path):
    save(Image.new("L", (40, 30)), folder / "pics/0.png")
    data = load(write(folder / "list.csv", ["path", "label"], *rows()), image_size=32, kind="picture")
    assert data.image_shape == (32, 32, 1)


def test_a_few_missing_files_are_left_out_and_named(folder: Path):
    (folder / "pics/7.png").unlink()
    notes: list[str] = []
    path = write(folder / "list.csv", ["path", "label"], [], *rows())
    data = load(path, watch=Watch(on_note=notes.append))
    assert len(data.train) + len(data.test) == COUNT - 1
    (left_out,) = data.left_out
    assert left_out.file == "pics/7.png"
    assert f"{path}: line 10: " in left_out.reason
    assert any("line 10" in note for note in notes)


def test_many_missing_files(folder: Path):
    for number in (3, 4, 5):
        (folder / f"pics/{number}.png").unlink()
    path = write(folder / "list.csv", ["path", "label"], *rows())
    assert_refused(lambda: load(path), f"{path}: line 5: ", "pics/3.png", "3 of 40", folder)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("pics/1.png", ("has 1 cell;", "expected 3")),
        ("pics/1.png,ant,train,more", ("has 4 cells",)),
        (",ant,train", ("names no image file",)),
        ("pics/1.png,,train", ("no label",)),
        ("pics/1.png,ant,other", ("split 'other'", "train, validation or test")),
        ("pics/1.png,dog,test", ("class 'dog'", "ant, bee, cat")),
    ],
    ids=["short", "long", "no path", "no label", "split", "class of test alone"],
)
def test_a_bad_line(folder: Path, line: str, words: tuple[str, ...]):
    lines = [[*row, "train"] for row in rows()]
    path = write(folder / "list.csv", ["path", "label", "split"], *lines[:5], [], [line], *lines[5:])
    assert_refused(lambda: load(path), f"{path}: line 8", *words)


@pytest.mark.parametrize(
    ("line", "word"),
    [('{"path": 3', "JSON"), ("[]", "JSON object"), ('{"label": "ant"}', "'path'"), ('{"path": "a.png"}', "'label'")],
)
def test_a_bad_json_line(folder: Path, line: str, word: str):
    path = folder / "list.jsonl"
    good = [json.dumps({"path": name, "label": label}) for name, label in rows()]
    path.write_text("\n".join([*good[:60], "", line]))
    assert_refused(lambda: load(path), f"{path}: line 42 ", word)


def test_a_list_without_labels(folder: Path):
    path = write(folder / "list.csv", ["path", "width", "height"], *([name, "6", "6"] for name, _ in rows()))
    assert_refused(lambda: load(path), path, "path, width, height", "path,label")


def test_a_list_without_train(folder: Path):
    path = write(folder / "list.csv", ["path", "label", "split"], *([*row, "test"] for row in rows()))
    assert_refused(lambda: load(path), path, "no train images")


def test_header_alone(folder: Path):
    assert_refused(lambda: load(write(folder / "list.csv", ["path", "label"])), "header but no rows")


def test_not_utf_8(folder: Path):
    path = folder / "list.csv"
    path.write_bytes(b"path,label\n" + "".join(f"{name},{label}\n" for name, label in rows()).encode() + b"\xff,a\n")
    assert_refused(lambda: load(path), path, "UTF-8")


def told(path: Path) -> tuple[Dataset, list[str]]:
    notes: list[str] = []
    return load(path, watch=Watch(on_note=notes.append)), notes


@pytest.mark.parametrize(
    "name",
    [
        *("C:\\Users\\me\\pics\\{}.png", "/home/other/set/pics/{}.png", "set/pics/{}.png", "/pics/{}.png"),
        *("https://example.org/{}.png", "elsewhere/{}.png"),
    ],
)
def test_paths_of_another_machine_are_found_by_their_ends(folder: Path, name: str):
    data, notes = told(write(folder / "list.csv", ["path", "label"], *rows(name)))
    assert_holds_train(data)
    assert notes[0].startswith(f"list.csv: {name.format(0)} is read as {folder / 'pics' / '0.png'}")


def test_paths_whose_ends_are_the_same_are_not_found_by_them(folder: Path):
    lines = [[f"elsewhere/{number}/0.png", row[1]] for number, row in enumerate(rows())]
    assert_refused(lambda: load(write(folder / "list.csv", *lines)), folder / "list.csv", "line 1", "40 of 40 files")


def test_a_line_that_repeats_another_is_left_out(folder: Path):
    data = load(write(folder / "list.csv", ["path", "label"], *rows(), *rows()[3:5]))
    assert_holds_train(data)
    assert [(one.file, one.reason) for one in data.left_out] == [
        ("pics/3.png", "line 42 of list.csv repeats line 5"),
        ("pics/4.png", "line 43 of list.csv repeats line 6"),
    ]


def test_a_file_under_two_labels_is_refused(folder: Path):
    other = [rows()[3][0], next(name for name in ANIMALS if name != rows()[3][1])]
    path = write(folder / "list.csv", ["path", "label"], *rows(), other)
    assert_refused(lambda: load(path), path, "line 42", "pics/3.png", repr(other[1]), "line 5", repr(rows()[3][1]))


def test_a_label_in_two_ways_of_unicode_is_one_class(folder: Path):
    lines = rows()
    for number, line in enumerate(lines):
        line[1] = line[1].replace("ant", "Zo\u00eb" if number % 2 else "Zoe\u0308")
    assert load(write(folder / "list.csv", *lines)).class_names == ("Zo\u00eb", "bee", "cat")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"path,label\npics/0.png,Am\xe9rica\n", "line 2 is not UTF-8 text"),
        ("path,label\npics/0.png,ant\n".encode("utf-16"), "UTF-16 text"),
        (b"pics/0.png\npics/1.png\n", "no labels"),
        (b'path,label\npics/0.png,ant\n"pics/1.png,ant\npics/2.png,ant\n', 'Is a " missing in line 3?'),
    ],
    ids=["latin-1", "utf-16", "one column", "quote"],
)
def test_what_is_wrong_with_a_list_is_said(folder: Path, content: bytes, words: str):
    (folder / "list.csv").write_bytes(content)
    assert_refused(lambda: load(folder / "list.csv"), folder / "list.csv", words)


def test_a_class_whose_files_are_all_missing_is_named_and_none(folder: Path):
    data, notes = told(write(folder / "list.csv", ["path", "label"], *rows(), ["gone.png", "cow"]))
    assert_holds_train(data)
    assert any("all files of cow are missing" in note for note in notes)


def test_the_classes_of_each_row_are_found_once(folder: Path, monkeypatch: pytest.MonkeyPatch):
    found: list[str] = []
    numbers = _Listed.numbers
    monkeypatch.setattr(_Listed, "numbers", lambda self, names: found.append(self.path.name) or numbers(self, names))
    split = np.resize(["train", "val", "test"], COUNT)
    lines = [[*row, one] for row, one in zip(rows(), split, strict=True)]
    assert len(load(write(folder / "list.csv", ["path", "label", "split"], *lines)).test) == 13
    assert found == ["list.csv"]


def test_each_file_of_a_list_is_looked_for_once(folder: Path, monkeypatch: pytest.MonkeyPatch):
    looked: list[str] = []
    monkeypatch.setattr(Paths, "missing", lambda self: looked.extend(self.names) or [])
    split = np.resize(["train", "val", "test"], COUNT)
    lines = [[*row, one] for row, one in zip(rows(), split, strict=True)]
    assert len(load(write(folder / "list.csv", ["path", "label", "split"], *lines)).test) == 13
    assert len(looked) == COUNT


def test_of_two_folders_the_one_is_read_that_is_called_as_the_list_is(tmp_path: Path):
    for split, shade in (("test", 10), ("train", 200)):
        for number in range(20):
            save(Image.new("L", (8, 8), shade + number), tmp_path / f"{split}_images/{number}.png")
        write(
            tmp_path / f"{split}.csv", ["file", "label"], *([f"{number}.png", "xy"[number % 2]] for number in range(20))
        )
    data = load(tmp_path)
    assert (len(data.train), len(data.test)) == (20, 20)
    assert data.train.images.min() == 200
    assert data.test.images.max() == 29
    assert load(tmp_path / "train.csv").train.images.min() == 200


def test_of_several_folders_the_one_with_most_of_the_files_is_read(folder: Path):
    for number in range(0, COUNT, 3):
        save(Image.new("L", (6, 6), 9), folder / f"few/{number}.png")
    assert_holds_train(load(write(folder / "list.csv", ["path", "label"], *rows("{}.png"))))


def test_files_that_are_in_two_folders_alike_are_refused_unless_one_is_called_images(folder: Path):
    for number in range(COUNT):
        save(Image.new("L", (6, 6), number), folder / f"other/{number}.png")
    path = write(folder / "list.csv", ["path", "label"], *rows("{}.png"))
    assert_refused(
        lambda: load(path), "0.png is in", "pics and in", "other: it is ambiguous", "Write the folder into the list"
    )
    (folder / "pics").rename(folder / "images")
    assert_holds_train(load(path))


def test_a_resized_copy_of_a_folder_is_not_meant(folder: Path):
    for number in range(COUNT):
        save(Image.new("L", (6, 6), number), folder / f"pics_64/{number}.png")
    assert_holds_train(load(write(folder / "list.csv", ["path", "label"], *rows("{}.png"))))


def test_a_folder_called_as_the_split_may_lack_a_file(tmp_path: Path):
    for split, shade, count in (("test", 10, 60), ("train", 100, 100)):
        for number in range(count):
            if (split, number) != ("test", 3):
                save(Image.new("L", (8, 8), shade + number), tmp_path / f"{split}/{number}.png")
        lines = ([f"{number}.png", "xy"[number % 2]] for number in range(count))
        write(tmp_path / f"{split}.csv", ["file", "label"], *lines)
    data = load(tmp_path)
    assert data.test.images.max() == 69
    assert len(data.test) == 59


@pytest.mark.parametrize("every", [10, 40])
def test_a_folder_of_all_files_beside_copies_of_its_splits(tmp_path: Path, every: int):
    for number in range(400):
        split = "train" if number % every != 3 else "test"
        for inside in ("images", split):
            save(Image.new("L", (8, 8), number % 250), tmp_path / f"{inside}/{number}.png")
    words = ([f"{n}.png", "xy"[n % 2], "train" if n % every != 3 else "test"] for n in range(400))
    data = load(write(tmp_path / "labels.csv", ["path", "label", "split"], *words))
    assert (len(data.train), len(data.test)) == (400 - 400 // every, 400 // every)


def test_a_list_without_classes_of_train_is_left_out_before_its_files_are_looked_for(folder: Path):
    for inside in ("one", "two"):
        save(Image.new("L", (6, 6)), folder / inside / "9999.png")
    write(folder / "train.csv", ["path", "label"], *rows())
    write(folder / "test.csv", ["path", "label"], ["9999.png", "0"])
    data = load(folder)
    assert "test.csv" in [one.file for one in data.left_out]


def test_tables_of_other_things_by_number_are_no_lists(folder: Path):
    write(folder / "images.csv", ["path", "label"], *rows())
    for number in range(3):
        save(Image.new("L", (6, 6)), folder / f"{number}.png")
    write(folder / "objects.csv", ["image_id", "class_id", "x", "y", "w", "h"], *[["0", "1", "2", "3", "4", "5"]] * 3)
    write(folder / "sizes.csv", ["id", "width"], *([str(number), "6"] for number in range(3)))
    assert load(folder).class_names == ANIMALS


def test_y_beside_x_is_a_place_in_an_image_and_no_label(folder: Path):
    places = [[name, "3", str(number % 4), label] for number, (name, label) in enumerate(rows())]
    assert_holds_train(load(write(folder / "a.csv", ["path", "x", "y", "label"], *places)))
    path = write(folder / "b.csv", ["path", "x", "y", "species"], *places)
    assert_refused(lambda: load(path), "it is ambiguous which column holds their labels", "x, y, specie")
    assert_holds_train(load(write(folder / "c.csv", ["x", "y"], *rows())))


def test_one_file_written_in_two_ways_is_one(folder: Path):
    path = write(folder / "list.csv", ["path", "label"], *rows(), ["./pics/0.png", ANIMALS[TRAIN.labels[0]]])
    data = load(path)
    assert_holds_train(data)
    assert [one.file for one in data.left_out] == ["pics/0.png"]
    path = write(folder / "list.csv", ["path", "label"], *rows(), ["pics/./0.png", "dog"])
    assert_refused(lambda: load(path), f"line {COUNT + 2} gives pics/0.png the label 'dog'")


@pytest.mark.parametrize("label", ["NaN", "nan"])
def test_a_missing_number_is_no_label(folder: Path, label: str):
    lines = [[name, str(ANIMALS.index(animal))] for name, animal in rows()]
    path = write(folder / "list.csv", ["path", "label"], *lines[:-1], [lines[-1][0], label])
    assert_refused(lambda: load(path), f"line {COUNT + 1} has the label {label!r}")
    named = write(folder / "list.csv", ["path", "label"], *rows()[:-1], [lines[-1][0], label])  # beside names, one
    assert label in load(named).class_names


def test_a_name_that_no_file_can_have(folder: Path):
    (folder / "list.jsonl").write_text('{"path": "pics/0.png", "label": "a"}\n{"path": "\\ud800.png", "label": "b"}\n')
    assert_refused(lambda: load(folder / "list.jsonl"), "line 2 names no image file")


def test_an_object_without_a_split_where_others_have_one(folder: Path):
    lines = [json.dumps({"path": f"pics/{number}.png", "label": "a", "split": "train"}) for number in range(3)]
    (folder / "list.jsonl").write_text("\n".join([*lines, '{"path": "pics/3.png", "label": "b", "split": null}']))
    assert_refused(lambda: load(folder / "list.jsonl"), "line 4 has no split; expected train, validation or test")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_accents_may_be_written_in_the_other_way_of_unicode(folder: Path, form: str):
    for number in range(COUNT):
        (folder / f"pics/{number}.png").rename(folder / normalize(form, f"pics/é{number}.png"))
    other = "NFD" if form == "NFC" else "NFC"
    assert_holds_train(load(write(folder / "list.csv", ["path", "label"], *rows(normalize(other, "pics/é{}.png")))))


@pytest.mark.parametrize("inside", ["pics", ""])
def test_numbers_may_name_files_without_their_ending(folder: Path, inside: str):
    """Like Kaggle's CIFAR-10: trainLabels.csv next to train/1.png."""
    if not inside:
        for file in (folder / "pics").iterdir():
            file.rename(folder / file.name)
    write(folder / "trainLabels.csv", ["id", "label"], *rows("{}"))
    assert_holds_train(load(folder / "trainLabels.csv"))
    assert_holds_train(load(folder))


@pytest.mark.parametrize("ending", [".png", ".PNG"])
def test_texts_may_name_files_without_their_ending_whatever_their_column_is_called(folder: Path, ending: str):
    """As Kaggle's APTOS has them: train.csv with id_code,diagnosis beside train_images/000c1434d8d7.png."""
    for number in range(COUNT):
        (folder / f"pics/{number}.png").rename(folder / f"pics/{number:02}ab{ending}")
    lines = [[f"{number:02}ab", row[1]] for number, row in enumerate(rows())]
    assert_holds_train(load(write(folder / "train.csv", ["id_code", "diagnosis"], *lines)))
    assert_holds_train(load(folder))
    write(folder / "about.csv", ["name", "kind"], ["pics", "folder"], ["train", "list"])
    assert not can_read(folder / "about.csv")


@pytest.mark.parametrize("inside", ["train/train", "jpeg/train"])
def test_files_may_be_two_folders_deep(folder: Path, inside: str):
    (folder / inside).parent.mkdir()
    (folder / "pics").rename(folder / inside)
    assert_holds_train(load(write(folder / "train.csv", ["id", "label"], *rows("{}.png"))))
    assert_holds_train(load(write(folder / "train.csv", ["id", "label"], *rows("{}"))))


def test_all_files_missing_is_said_however_many_may_be(folder: Path):
    path = write(folder / "list.csv", ["path", "label", "split"], *([*row, "train"] for row in rows("gone/{}.gif")))
    for may_lack in (0.05, 1.0):
        with pytest.raises(DataError, match="40 of 40 files are missing"):
            load_as(path, None, replace(Wanted.of(None), may_lack=may_lack), Watch())


def test_capitals_do_not_matter_where_nothing_else_is_found(folder: Path):
    path = write(folder / "list.csv", ["path", "label"], *rows("{}.Png"))
    if (folder / "pics/0.PNG").exists():
        pytest.skip("this file system knows no capitals")
    notes: list[str] = []
    assert_holds_train(load(path, watch=Watch(on_note=notes.append)))
    assert f"list.csv: 0.Png is taken for {folder / 'pics/0.png'}, and so on." in notes
    save(Image.fromarray(TRAIN.images[0]), folder / "more/0.png")
    assert_refused(lambda: load(path), path, "there is no file", "0.Png", "missing")
