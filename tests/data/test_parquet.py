"""Parquet files like those on the Hugging Face Hub: columns by schema, name or type, splits by the files' names."""

import gc
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convlet.data import Dataset, load, spill
from convlet.data.files import Unreadable
from convlet.errors import MissingExtraError, OutputError
from convlet.system.watch import Watch
from tests.data.datafiles import TEST, TRAIN, Pictures, assert_refused, contents
from tests.images import encoded

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
ANIMALS = ("ant", "bee", "cat")
CLASS_LABEL = {"_type": "ClassLabel", "names": list(ANIMALS)}


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for temporary files."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(spill, "temporary_folder", lambda: str(tmp_path / "temporary"))
    return tmp_path / "temporary"


def images_of(given: Pictures, prefix: str = "") -> list[dict[str, Any]]:
    return [{"bytes": encoded(image), "path": f"{prefix}{row}.png"} for row, image in enumerate(given.images)]


def write(path: Path, features: dict[str, Any] | None = None, rows: int = 7, **columns: Any) -> Path:
    """A Parquet file with some rows in a group; `features` as Hugging Face's library writes them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table(columns)
    if features:
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    parquet.write_table(table, path, row_group_size=rows)
    return path


def hub(path: Path, given: Pictures, labels: Sequence[int] | None = None) -> Path:
    numbers = given.labels.tolist() if labels is None else labels
    features = {"image": {"_type": "Image"}, "label": CLASS_LABEL}
    return write(path, features, image=images_of(given), label=pa.array(numbers, pa.int64()))


def assert_holds(data: Dataset, names: tuple[str, ...] = ANIMALS, given: Pictures = TRAIN):
    parts = (data.train, data.test)
    found = sum((contents(part.images, part.labels, data.class_names) for part in parts), Counter())
    assert data.class_names == names
    assert found == contents(*given, names)


def both(data: Dataset):
    assert contents(data.train.images, data.train.labels, data.class_names) == contents(*TRAIN, ANIMALS)
    assert contents(data.test.images, data.test.labels, data.class_names) == contents(*TEST, ANIMALS)


def test_one_file(tmp_path: Path, temporary: Path):
    data = load(hub(tmp_path / "set.parquet", TRAIN))
    assert_holds(data)
    assert (data.name, data.source) == ("set", str(tmp_path / "set.parquet"))
    at = int(data.train.files[3].removesuffix(".png"))
    np.testing.assert_array_equal(data.train.images[3, ..., 0], TRAIN.images[at])
    del data
    gc.collect()
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("layout", ["{}-0000{}-of-00002", "data/{}-0000{}-of-00002", "default/{}/000{}", "{}/{}"])
def test_splits_are_told_by_names(tmp_path: Path, layout: str):
    for split, given in (("train", TRAIN), ("test", TEST)):
        for number in range(2):
            part = Pictures(given.images[number::2], given.labels[number::2])
            hub(tmp_path / "set" / f"{layout.format(split, number)}.parquet", part)
    (tmp_path / "set" / "README.md").write_text("---\nlicense: mit\n---\n")
    (tmp_path / "set" / ".gitattributes").write_text("*.parquet")
    data = load(tmp_path / "set")
    both(data)
    assert data.left_out == ()


def test_validation_and_files_of_no_split(tmp_path: Path):
    for name, given in (("train-0", TRAIN), ("validation-0", TEST), ("unlabeled-0", TEST)):
        hub(tmp_path / "set" / f"{name}.parquet", given)
    data = load(tmp_path / "set")
    assert len(data.validation) == len(TEST.labels)
    assert [one.file for one in data.left_out] == ["unlabeled-0.parquet"]


def test_files_of_no_split_are_train(tmp_path: Path):
    half = len(TRAIN.labels) // 2
    hub(tmp_path / "set" / "0000.parquet", Pictures(TRAIN.images[:half], TRAIN.labels[:half]))
    hub(tmp_path / "set" / "0001.parquet", Pictures(TRAIN.images[half:], TRAIN.labels[half:]))
    assert_holds(load(tmp_path / "set"))


def test_a_test_split_without_labels_is_left_out(tmp_path: Path):
    hub(tmp_path / "set" / "train.parquet", TRAIN)
    hub(tmp_path / "set" / "test.parquet", TEST, [-1] * len(TEST.labels))
    data = load(tmp_path / "set")
    assert_holds(data)
    (one,) = data.left_out
    assert one.file == "test.parquet"
    assert "no labels" in one.reason


def test_rows_without_a_label_are_left_out(tmp_path: Path):
    labels = [None if row == 5 else label for row, label in enumerate(TRAIN.labels.tolist())]
    data = load(hub(tmp_path / "set.parquet", TRAIN, labels))
    assert [one.file for one in data.left_out] == ["5.png"]


COLUMNS: dict[str, dict[str, Any]] = {
    "plain bytes and text": {
        "picture": [encoded(image) for image in TRAIN.images],
        "breed": [ANIMALS[label] for label in TRAIN.labels],
    },
    "CIFAR-100's names": {
        "img": images_of(TRAIN),
        "coarse_label": [0] * len(TRAIN.labels),
        "fine_label": [ANIMALS[label] for label in TRAIN.labels],
    },
    "a dictionary of texts": {
        "image": images_of(TRAIN),
        "label": pa.array([ANIMALS[label] for label in TRAIN.labels]).dictionary_encode(),
        "id": list(range(len(TRAIN.labels))),
    },
    "views of bytes and texts": {
        "picture": pa.array([encoded(image) for image in TRAIN.images], pa.binary_view()),
        "breed": pa.array([ANIMALS[label] for label in TRAIN.labels], pa.string_view()),
    },
    "large bytes and texts": {
        "picture": pa.array([encoded(image) for image in TRAIN.images], pa.large_binary()),
        "breed": pa.array([ANIMALS[label] for label in TRAIN.labels], pa.large_string()),
    },
    "two of bytes": {
        "mask": [b"x"] * len(TRAIN.labels),
        "image": images_of(TRAIN),
        "label": [ANIMALS[label] for label in TRAIN.labels],
    },
}


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_by_name_or_type(tmp_path: Path, name: str):
    assert_holds(load(write(tmp_path / "set.parquet", **COLUMNS[name])))


def test_numbers_without_names_name_the_classes(tmp_path: Path):
    data = load(write(tmp_path / "set.parquet", image=images_of(TRAIN), label=(TRAIN.labels + 9).tolist()))
    assert_holds(data, ("9", "10", "11"))


def test_images_without_a_path_are_named_by_file_and_row(tmp_path: Path):
    plain = [{"bytes": one["bytes"], "path": None} for one in images_of(TRAIN)]
    data = load(write(tmp_path / "set.parquet", image=plain, label=TRAIN.labels.tolist()))
    at = int(data.train.files[3].removeprefix("set.parquet#"))
    np.testing.assert_array_equal(data.train.images[3, ..., 0], TRAIN.images[at])


def test_unreadable_images_are_left_out_and_named(tmp_path: Path, temporary: Path):
    images = images_of(TRAIN)
    images[7]["bytes"] = b"no image"
    images[8]["bytes"] = None
    path = write(tmp_path / "set.parquet", image=images, label=TRAIN.labels.tolist())
    data = load(path)
    assert [(one.file, type(one)) for one in data.left_out] == [("7.png", Unreadable), ("8.png", Unreadable)]
    assert f"{path}: 7.png" in data.left_out[0].reason
    assert str(temporary) not in data.left_out[0].reason
    del data
    for one in images[:9]:
        one["bytes"] = b"no image"
    assert_refused(lambda: load(write(path, image=images, label=TRAIN.labels.tolist())), path, "one in twenty")
    gc.collect()
    assert not list(temporary.iterdir())


def test_progress_counts_rows(tmp_path: Path):
    told: list[tuple[str, int, int]] = []
    load(hub(tmp_path / "set.parquet", TRAIN), watch=Watch(on_progress=lambda *what: told.append(what[:3])))
    assert ("reading set.parquet", 40, 40) in told


def test_mixed_sizes_are_brought_to_one_and_read_again(tmp_path: Path):
    images = images_of(TRAIN)
    images[0]["bytes"] = encoded(np.arange(1200, dtype=np.uint8).reshape(40, 30))
    path = write(tmp_path / "set.parquet", image=images, label=TRAIN.labels.tolist())
    data = load(path, image_size=32, kind="picture")
    assert data.image_shape == (32, 32, 1)
    assert load(path).image_shape == load(path, image_size=28).image_shape


BAD: dict[str, tuple[dict[str, Any], Sequence[str]]] = {
    "no images": ({"a": ["x"], "label": [1]}, ("no column of encoded images", "a (string)", "label (int64)")),
    "two of images": ({"a": [b"x"], "b": [b"x"], "label": [1]}, ("a, b", "Name the one to read image")),
    "no labels": ({"image": [b"x"]}, ("which column holds the labels", "image (binary)")),
    "several labels": ({"image": [b"x"], "color": [1], "size": [2]}, ("ambiguous", "color (int64)")),
    "many labels for each": ({"image": [b"x"], "labels": [[1, 2]]}, ("one class for each image", "list")),
    "none labelled": ({"image": [b"x"], "label": pa.array([None], pa.int64())}, ("no row of train has a label",)),
}


@pytest.mark.parametrize("name", BAD)
def test_a_table_of_another_form_is_refused(tmp_path: Path, name: str):
    columns, words = BAD[name]
    path = write(tmp_path / "set.parquet", **columns)
    assert_refused(lambda: load(path), path, *words)


def test_damaged_files(tmp_path: Path, temporary: Path):
    path = hub(tmp_path / "set.parquet", TRAIN)
    whole = path.read_bytes()
    for content in (b"", b"text", whole[: len(whole) // 2], whole[:4] + b"\0" * (len(whole) // 2) + whole[-400:]):
        path.write_bytes(content)
        assert_refused(lambda: load(path), path)
    gc.collect()
    assert not list(temporary.iterdir())


def test_several_data_sets_in_one_folder(tmp_path: Path):
    for name in ("small", "large"):
        hub(tmp_path / "set" / name / "train-0.parquet", TRAIN)
    assert_refused(lambda: load(tmp_path / "set"), tmp_path / "set", "large, small", "Give the folder of one")


def test_no_train(tmp_path: Path):
    hub(tmp_path / "set" / "test-0.parquet", TEST)
    assert_refused(lambda: load(tmp_path / "set"), tmp_path / "set", "test but none of train")


def test_a_label_that_train_lacks_is_named(tmp_path: Path):
    write(tmp_path / "set" / "train.parquet", image=images_of(TRAIN), label=[ANIMALS[one] for one in TRAIN.labels])
    write(tmp_path / "set" / "test.parquet", image=images_of(TEST)[:1], label=["dog"])
    assert_refused(lambda: load(tmp_path / "set").test, tmp_path / "set", "'dog'", "ant, bee, cat")


def test_a_parquet_file_among_class_folders_is_none_of_them(tmp_path: Path):
    from tests.data.datafiles import write_class_folders

    write_class_folders(tmp_path / "set", TRAIN, ANIMALS)
    hub(tmp_path / "set" / "ant" / "more.parquet", TEST)
    data = load(tmp_path / "set")
    assert_holds(data)
    assert [one.file for one in data.left_out] == ["ant/more.parquet"]


def test_without_pyarrow_one_line_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = hub(tmp_path / "set.parquet", TRAIN)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtraError, match=r"Install it: .*\[parquet\]") as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_no_room(tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch):
    import shutil

    path = hub(tmp_path / "set.parquet", TRAIN)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1000, 0, 1000))
    with pytest.raises(OutputError, match="does not fit"):
        load(path)
    assert not list(temporary.iterdir())


def test_a_column_tells_the_split_of_each_row(tmp_path: Path):
    words = [*["train"] * len(TRAIN.labels), *["Testing"] * len(TEST.labels)]
    images, labels = [*images_of(TRAIN), *images_of(TEST, "t")], [*TRAIN.labels.tolist(), *TEST.labels.tolist()]
    order = np.random.default_rng(0).permutation(len(words)).tolist()
    shuffled = ([values[row] for row in order] for values in (images, [ANIMALS[label] for label in labels], words))
    data = load(write(tmp_path / "set.parquet", **dict(zip(("image", "label", "split"), shuffled, strict=True))))
    both(data)
    assert {file[0] for file in data.test.files} == {"t"}


@pytest.mark.parametrize("words", [["balanced"] * 40, ["test"] * 40, ["ham", "isic"] * 20, ["val", "test"] * 20])
def test_a_column_that_tells_no_splits_is_passed_over(tmp_path: Path, words: list[str]):
    assert_holds(load(write(tmp_path / "set.parquet", image=images_of(TRAIN), label=named(TRAIN), subset=words)))
    if "ham" in words:
        data = load(write(tmp_path / "set.parquet", image=images_of(TRAIN), dataset=words))
        assert data.class_names == ("ham", "isic")


def test_rows_of_another_split_and_a_split_without_labels_are_left_out(tmp_path: Path):
    words = ["train"] * 30 + ["unlabeled"] * 4 + ["test"] * 6
    labels = pa.array([None if word != "train" else label for word, label in zip(words, named(TRAIN), strict=True)])
    data = load(write(tmp_path / "set.parquet", image=images_of(TRAIN), label=labels, split=words))
    assert len(data.train) + len(data.test) == 30
    reasons = {one.file: one.reason for one in data.left_out}
    assert "no labels to check answers against" in reasons["set.parquet: test"]
    assert "its split is 'unlabeled'" in reasons["33.png"]


def named(given: Pictures) -> list[str]:
    return [ANIMALS[label] for label in given.labels]
