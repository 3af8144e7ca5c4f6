"""Archives of class folders: the same data as the folder; bad ones refused, nothing left behind."""

import bz2
import gc
import gzip
import lzma
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest

from convlet.data import disk, load, spill, unpack
from convlet.data.files import Unreadable
from convlet.errors import OutputError
from convlet.system.watch import Watch
from tests.data.datafiles import TEST, TRAIN, assert_refused, pictures, write_class_folders, write_tar
from tests.images import encoded

ANIMALS = ("ant", "bee", "cat")
LONG = "a" * 60 + "/" + "b" * 70  # more than a plain header of a tar archive holds


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, files: dict[str, bytes]) -> Path:
    return write_tar(path, files.items())


def squeezed(squeeze: Callable[[bytes], bytes]) -> Callable[[Path, dict[str, bytes]], Path]:
    def write(path: Path, files: dict[str, bytes]) -> Path:
        path.write_bytes(squeeze(tarred(path, files).read_bytes()))
        return path

    return write


KINDS = {
    "set.zip": zipped,
    "set.tar": tarred,
    "set.tar.gz": squeezed(gzip.compress),
    "set.TGZ": squeezed(gzip.compress),
    "set.tar.bz2": squeezed(bz2.compress),
    "set.tar.xz": squeezed(lzma.compress),
}


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for temporary files."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(spill, "temporary_folder", lambda: str(tmp_path / "temporary"))
    return tmp_path / "temporary"


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def two_classes(count: int = 12) -> dict[str, bytes]:
    images = pictures((count, count), seed=3).images
    return {f"{'ab'[place % 2]}/{place}.png": encoded(image) for place, image in enumerate(images)}


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
def test_nothing_is_written_where_a_path_leads(tmp_path: Path, name: str):
    files = two_classes() | {"../outside.png": encoded(TRAIN.images[0]), "a/../../more.png": encoded(TRAIN.images[0])}
    files["/absolute/1.png"] = files["a/0.png"]
    files["/absolute/notes.txt"] = b""
    (tmp_path / "in").mkdir()
    data = load(KINDS[name](tmp_path / "in" / name, files))
    assert data.class_names == ("a", "b")
    assert [(one.file, "out of the archive" in one.reason) for one in data.left_out if "png" in one.file] == [
        ("../outside.png", True),
        ("a/../../more.png", True),
        ("/absolute/1.png", True),
    ]
    assert {path.name for path in tmp_path.iterdir()} == {"in", "temporary"}


@pytest.mark.parametrize("squeeze", [None, gzip.compress])
def test_links_in_a_tar_are_left_out(tmp_path: Path, squeeze: Callable[[bytes], bytes] | None):
    path = tarred(tmp_path / "set.tar", two_classes())
    with tarfile.open(path, "a") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
            link = tarfile.TarInfo(f"a/link-{kind.decode()}.png")
            link.type, link.linkname = kind, "/etc/passwd"
            archive.addfile(link)
    if squeeze:
        path.write_bytes(squeeze(path.read_bytes()))
    data = load(path)
    assert len(data.train) + len(data.test) == 24
    assert [one.file for one in data.left_out] == ["a/link-1.png", "a/link-2.png", "a/link-6.png"]


@pytest.mark.parametrize("squeeze", [None, gzip.compress])
@pytest.mark.parametrize("before", ["", "./"])
def test_hard_links_in_a_tar_are_the_files_they_name(tmp_path: Path, squeeze, before: str):
    """The way tar packs a file with two names: its content once, then a link."""
    files = {before + name: content for name, content in two_classes().items()}
    path = tarred(tmp_path / "set.tar", files)
    with tarfile.open(path, "a") as archive:
        for number in range(0, 24, 2):
            link = tarfile.TarInfo(f"{before}b/second-{number}.png")
            link.type, link.linkname = tarfile.LNKTYPE, f"{before}a/{number}.png"
            archive.addfile(link)
    if squeeze:
        path.write_bytes(squeeze(path.read_bytes()))
    data = load(path)
    assert len(data.train) + len(data.test) == 36
    assert not data.left_out
    names = [*data.train.files, *data.test.files]
    images = np.concatenate([data.train.images, data.test.images])
    of = {name: image.tobytes() for name, image in zip(names, images, strict=True)}
    assert all(of[f"b/second-{number}.png"] == of[f"a/{number}.png"] for number in range(0, 24, 2))


def test_links_in_a_zip_are_left_out(tmp_path: Path):
    path = zipped(tmp_path / "set.zip", two_classes())
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("a/link.png")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert [one.file for one in load(path).left_out] == ["a/link.png"]


def test_names_as_macos_and_windows_zip_them(tmp_path: Path):
    path = zipped(
        tmp_path / "set.zip",
        {name.replace("a/", "KaXYfer/").replace("b/", "bee\\"): content for name, content in two_classes().items()},
    )
    # macOS writes UTF-8, decomposed, and does not set the bit that says so.
    path.write_bytes(path.read_bytes().replace(b"KaXYfer", normalize("NFD", "Käfer").encode()))
    data = load(path)
    assert data.class_names == ("Käfer", "bee")
    assert len(data.train) + len(data.test) == 24


@pytest.mark.parametrize("name", ["set.zip", "set.tar.gz"])
def test_a_bomb_is_refused(tmp_path: Path, temporary: Path, name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(unpack, "BOMB", (100_000, 200))
    path = KINDS[name](
        tmp_path / name, two_classes() | {"a/bomb.bmp": bytes(3_000_000), "a/bomb.txt": bytes(3_000_000)}
    )
    assert_refused(lambda: load(path), path, "more than 200 times")
    assert not list(temporary.iterdir())


def test_no_room(tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch):
    path = zipped(tmp_path / "set.zip", two_classes())
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1000, 0, 1000))
    with pytest.raises(OutputError, match="does not fit"):
        load(path)
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("name", KINDS)
def test_a_truncated_archive_is_refused(tmp_path: Path, temporary: Path, name: str):
    path = KINDS[name](tmp_path / name, two_classes())
    whole = path.read_bytes()
    for length in (0, 1, 30, len(whole) // 3, len(whole) // 2):
        path.write_bytes(whole[:length])
        assert_refused(lambda: load(path), path)
    assert not list(temporary.iterdir())


def test_a_flipped_bit_is_found(tmp_path: Path):
    path = zipped(tmp_path / "set.zip", two_classes())
    content = bytearray(path.read_bytes())
    content[content.index(b"a/0.png") + 60] ^= 1  # in its compressed bytes
    path.write_bytes(content)
    assert_refused(lambda: load(path), path, "damaged")


def test_an_encrypted_zip(tmp_path: Path):
    path = zipped(tmp_path / "set.zip", two_classes())
    content = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := content.find(mark, at + 1)) >= 0:
            content[at + place] |= 1
    path.write_bytes(content)
    assert_refused(lambda: load(path), path, "encrypted", "password")


@pytest.mark.parametrize("name", KINDS)
def test_an_archive_of_something_else(tmp_path: Path, temporary: Path, name: str):
    path = KINDS[name](tmp_path / name, {"notes.txt": b"no pictures", "more/a.doc": b"none"})
    assert_refused(lambda: load(path), path, "no images", "notes.txt", "unpack")
    gc.collect()
    assert not list(temporary.iterdir())


def test_a_file_that_is_no_archive(tmp_path: Path):
    path = tmp_path / "set.zip"
    path.write_bytes(b"I am text, and no archive at all" * 100)
    assert_refused(lambda: load(path), path)


def test_the_last_of_two_files_of_one_name_counts(tmp_path: Path):
    files = two_classes()
    first, last = TRAIN.images[:2]
    path = write_tar(tmp_path / "set.tar", [("a/0.png", encoded(first)), *files.items(), ("a/0.png", encoded(last))])
    data = load(path)
    images = {
        file: image for split in (data.train, data.test) for file, image in zip(split.files, split.images, strict=True)
    }
    assert np.array_equal(images["a/0.png"][..., 0], last)


def test_progress_ends_whole(tmp_path: Path):
    path = zipped(tmp_path / "set.zip", two_classes())
    calls = []
    load(path, watch=Watch(on_progress=lambda *given: calls.append(given)))
    done = [(done, total) for what, done, total, _ in calls if what == "unpacking set.zip"]
    assert done[-1] == (path.stat().st_size,) * 2
    assert all(so_far < total for so_far, total in done[:-1])


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


@pytest.mark.parametrize("name", ["set.zip", "set.tar", "set.tgz"])
def test_an_archive_of_absolute_paths_alone_is_read(tmp_path: Path, name: str):
    files = {f"/home/me/{file}": content for file, content in two_classes().items()}
    write = KINDS.get(name, KINDS["set.tar.gz"])
    assert load(write(tmp_path / name, files)).class_names == ("a", "b")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["set.zip", "set.tar", "set.tar.gz"])
def test_a_name_that_an_archive_has_twice_is_read_once_and_said(tmp_path: Path, name: str):
    first, second = two_classes(), {"a/0.png": encoded(TRAIN.images[-1])}
    path = tmp_path / name
    if name == "set.zip":
        zipped(path, first)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("a/0.png", second["a/0.png"])
    else:
        content = write_tar(tmp_path / "twice", [*first.items(), *second.items()]).read_bytes()
        path.write_bytes(content if name == "set.tar" else gzip.compress(content))
    data = load(path)
    assert len(data.train) + len(data.test) == len(first)
    assert [one.file for one in data.left_out] == ["a/0.png"]
    images = np.concatenate([data.train.images, data.test.images])[..., 0]
    assert any(np.array_equal(image, TRAIN.images[-1]) for image in images)


@pytest.mark.parametrize("name", ["set.zip", "set.tar.gz"])
def test_a_web_page_in_place_of_an_archive(tmp_path: Path, name: str):
    (tmp_path / name).write_text("<!DOCTYPE html><html>Quota exceeded")
    assert_refused(lambda: load(tmp_path / name), tmp_path / name, "not an archive but a web page")


def test_one_shard_is_told_to_be_given_as_its_folder(tmp_path: Path):
    path = tarred(tmp_path / "shard-0.tar", {"1.png": encoded(TRAIN.images[0]), "1.cls": b"ant"})
    assert_refused(lambda: load(path), path, "samples of a shard (1.cls)", "give the folder that contains it")
