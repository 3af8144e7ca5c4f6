"""Archives of class folders: the same data as the folder, and others told how to go on."""

import gc
from pathlib import Path

import numpy as np
import pytest

from convlet.data import disk, load, spill
from convlet.data.files import Unreadable
from tests.data.datafiles import TEST, TRAIN, assert_refused, write_class_folders
from tests.data.packing import KINDS, tarred, two_classes, zipped
from tests.images import encoded

pytestmark = pytest.mark.usefixtures("temporary")
ANIMALS = ("ant", "bee", "cat")
LONG = "a" * 60 + "/" + "b" * 70  # more than a plain header of a tar archive holds


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.mark.parametrize("name", KINDS)
def test_an_archive_is_the_folder_it_was_made_from(tmp_path: Path, temporary: Path, name: str):
    write_class_folders(tmp_path / "set" / "train" / LONG, TRAIN, ANIMALS)
    write_class_folders(tmp_path / "set" / "train" / "x", TRAIN, ANIMALS)
    write_class_folders(tmp_path / "set" / "Test" / "x", TEST, ANIMALS)
    (tmp_path / "set" / "train" / "x" / "notes.txt").write_text("some")
    (tmp_path / "set" / "train" / "x" / "bad.png").write_text("bad")
    (tmp_path / "set" / "train" / "x" / ".DS_Store").write_text("some")
    there = load(tmp_path / "set")
    archive = KINDS[name](tmp_path / name, files_of(tmp_path))
    data = load(archive)
    assert (data.name, data.source, data.class_names) == ("set", str(archive), there.class_names)
    for mine, other in ((data.train, there.train), (data.test, there.test)):
        assert mine.sha256 == other.sha256
        assert [f"set/{file}" for file in other.files] == list(mine.files)
    assert [(f"set/{one.file}", type(one)) for one in there.left_out] == [
        (one.file, type(one)) for one in data.left_out
    ]
    (bad,) = (one for one in data.left_out if isinstance(one, Unreadable))
    assert f"{archive}: set/train/x/bad.png" in bad.reason
    assert str(temporary) not in bad.reason
    kept = list(temporary.iterdir())
    assert len(kept) == (name != "set.tar")
    del data, mine, other
    gc.collect()
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("name", KINDS)
def test_an_archive_of_something_else(tmp_path: Path, temporary: Path, name: str):
    path = KINDS[name](tmp_path / name, {"notes.txt": b"no pictures", "more/a.doc": b"none"})
    assert_refused(lambda: load(path), path, "no images", "notes.txt", "unpack")
    gc.collect()
    assert not list(temporary.iterdir())


def test_images_are_read_from_the_archive_when_there_is_no_room_for_their_pixels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write_class_folders(tmp_path / "set", TRAIN, ANIMALS)
    there = load(tmp_path / "set")
    path = tarred(tmp_path / "set.tar", files_of(tmp_path / "set"))
    monkeypatch.setattr(disk, "IN_MEMORY", 0)
    monkeypatch.setattr(spill, "room", lambda: 0)
    assert np.array_equal(load(path).train.images[:], there.train.images[:])


OTHERS = {
    "IDX files": (("MNIST/raw/t10k-labels-idx1-ubyte.gz", "MNIST/raw/train-images-idx3-ubyte.gz"), "MNIST/raw."),
    "Parquet files": (("data/test-0.parquet", "data/train-0.parquet"), "data."),
    "CIFAR's binary files": (("cifar/data_batch_1.bin", "cifar/test_batch.bin"), "cifar."),
    "tar shards": (("x/000.tar", "x/001.tar"), "x."),
    "an .npz file": (("x/mnist.npz",), "x/mnist.npz."),
    "a table": (("sample_submission.csv", "test.csv", "train.csv"), "train.csv."),
    "an archive": (("readme.txt", "inner.zip"), "inner.zip."),
}


@pytest.mark.parametrize("name", ["set.zip", "set.tar.gz"])
@pytest.mark.parametrize("kind", OTHERS)
def test_an_archive_of_another_form_says_what_it_holds_and_how_to_go_on(tmp_path: Path, name: str, kind: str):
    files, inside = OTHERS[kind]
    path = KINDS[name](tmp_path / name, dict.fromkeys(files, b"content"))
    how = "unzip set.zip -d set" if name == "set.zip" else "tar xf set.tar.gz -C set"
    assert_refused(lambda: load(path), path, f"holds {kind} (", files[-1], how, f"give set/{inside}")


@pytest.mark.parametrize("name", ["set.zip", "set.tar"])
def test_images_with_a_list_of_their_labels(tmp_path: Path, name: str):
    images = {f"set/images/{row}.png": encoded(image) for row, image in enumerate(TRAIN.images)}
    path = KINDS[name](tmp_path / name, {"set/labels.csv": b"path,label\n", **images})
    assert_refused(lambda: load(path), path, "images and a list of them (set/labels.csv)", "give set/set/labels.csv.")


def test_a_list_beside_class_folders_is_not_needed(tmp_path: Path):
    data = load(zipped(tmp_path / "set.zip", {"labels.csv": b"path,label\n", **two_classes()}))
    assert data.class_names == ("a", "b")


def test_one_shard_is_told_to_be_given_as_its_folder(tmp_path: Path):
    path = tarred(tmp_path / "shard-0.tar", {"1.png": encoded(TRAIN.images[0]), "1.cls": b"ant"})
    assert_refused(lambda: load(path), path, "samples of a shard (1.cls)", "give the folder that contains it")
