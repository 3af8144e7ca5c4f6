"""Which columns of a list hold image files, labels and splits."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convlet.data.columns import Columns, columns_of, delimiter_of, label_among, levels, split_named, split_within
from convlet.errors import DataError


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("path,label", "a/1.png,ant", "b/1.png,bee"), Columns(0, 1, None, 2, True, ",", "label")),
        (("Class;Usage;Image Path", "ant;Training;1.png"), Columns(2, 0, 1, 3, True, ";", "clas")),
        (("ant\t1.png", "bee\t2.png"), Columns(1, 0, None, 2, False, "\t", "")),
        (("1.png,ant,train", "2.png,bee,test"), Columns(0, 1, 2, 3, False, ",", "")),
        (("1.png,train,ant", "2.png,valid,bee"), Columns(0, 2, 1, 3, False, ",", "")),
        (("x,y,file,category", "1,2,1.png,ant"), Columns(2, 3, None, 4, True, ",", "category")),
        (("file,classes", "1.png,ant"), Columns(0, 1, None, 2, True, ",", "classe")),
        (("thumbnail,image,label", "s/1.png,1.png,ant"), Columns(1, 2, None, 3, True, ",", "label")),
        (("id,y", "first,0", "second,1"), Columns(0, 1, None, 2, True, ",", "y")),
    ],
)
def test_a_table_of_files(tmp_path: Path, lines: tuple[str, ...], expected: Columns) -> None:
    assert columns_of(written(tmp_path / "list.csv", *lines)) == expected


@pytest.mark.parametrize(
    "lines",
    [("height,width", "1,2"), ("id,label", "1,2", "2,3"), ("label,pixel0,pixel1", "1,2,3"), ("one column", "of words")],
)
def test_a_table_of_something_else(tmp_path: Path, lines: tuple[str, ...]) -> None:
    assert columns_of(written(tmp_path / "list.csv", *lines)) is None
    assert columns_of(tmp_path / "no-table.txt") is None


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("path", "1.png", "2.png"), "no labels"),
        (("path,label", "1.png,", "2.png,"), "no labels"),
        (("path,height,width", "1.png,3,4"), "ambiguous .*path, height, width"),
        (("1.png,3,4", "2.png,3,4"), "ambiguous .*3 columns without a header"),
    ],
)
def test_files_without_labels_are_refused(tmp_path: Path, lines: tuple[str, ...], words: str) -> None:
    with pytest.raises(DataError, match=words):
        columns_of(written(tmp_path / "list.csv", *lines))


def test_json_lines_are_read_by_their_keys(tmp_path: Path) -> None:
    row = {"width": 3, "file_name": "1.png", "class name": "ant", "subset": "dev"}
    path = written(tmp_path / "list.jsonl", json.dumps(row), "no json", json.dumps(row))
    assert columns_of(path) == Columns("file_name", "class name", "subset", 0, False, "", "class_name")
    with pytest.raises(DataError, match="lists no image files"):
        columns_of(written(tmp_path / "other.ndjson", json.dumps({"text": "a", "label": "b"})))


def test_delimiters_in_quotes_do_not_count() -> None:
    assert delimiter_of('"a,b,c,d";e;f') == ";"
    assert delimiter_of("a|b") == "|"
    assert delimiter_of("alone", "\t") == "\t"


def test_labels_by_name() -> None:
    assert label_among(["pixel0", "Class_ID", " Labels "]) == 2
    assert label_among(["image", "y"]) == 1
    assert label_among(["x", "y"]) is None


def test_splits_by_name() -> None:
    assert [split_named(word) for word in (" Train ", "VAL", "PrivateTest", "training day")] == [
        *("train", "validation", "test"),
        None,
    ]
    names = ("seg_train", "TrainingSet", "testset", "my-val-images", "train_test", "trainer")
    assert [split_within(name) for name in names] == ["train", "train", "test", "validation", None, None]


def test_folders_are_listed_once_for_all_columns_of_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(8):
        (tmp_path / f"class{number}").mkdir()
        (tmp_path / f"class{number}/1.png").touch()
    path = written(tmp_path / "notes.csv", "a,b,c,d,e", *(",".join(f"{one} {n}" for one in "vwxyz") for n in range(20)))
    asked: list[str] = []

    def counted(real: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda where: asked.append(str(where)) or real(where)

    monkeypatch.setattr(os, "scandir", counted(os.scandir))
    monkeypatch.setattr(os.path, "isfile", counted(os.path.isfile))
    assert columns_of(path) is None
    assert sorted(asked) == [str(tmp_path), *(str(tmp_path / f"class{number}") for number in range(8))]


def test_most_names_are_files_in_a_list_of_images(tmp_path: Path) -> None:
    names = ("cat", "dog", "cow", "bee")
    path = written(tmp_path / "classes.csv", "code,name", *(f"{number}x,{name}" for number, name in enumerate(names)))
    (tmp_path / "images").mkdir()
    for number, name in enumerate(names):
        assert columns_of(path) == (None if number < 3 else Columns(1, 0, None, 2, True, ",", "code"))
        (tmp_path / ("images" if number % 2 else "") / f"{name}.png").touch()


@pytest.mark.parametrize("name", ["1a", "deep/1a", "images/deep/1a"])
def test_names_without_suffix_may_have_folders(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "list.csv", "code,kind", f"{name},ant", f"{name}b,ant")
    (tmp_path / "images/deep").mkdir(parents=True)
    for end in ("", "b"):
        (tmp_path / f"images/deep/1a{end}.JPG").touch()
    assert columns_of(path) == Columns(0, 1, None, 2, True, ",", "kind")


def test_levels_of_folders(tmp_path: Path) -> None:
    for name in ("b/.hidden/e", "b/d/f/g", "a/c", ".hidden/e"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "1.png").touch()
    seen: list[str] = []
    found = list(levels(str(tmp_path), lambda file: seen.append(file.path)))
    assert found == [[str(tmp_path / name) for name in level] for level in ([""], ["a", "b"], ["a/c", "b/d"])]
    assert seen == [str(tmp_path / "a/c/1.png")]
