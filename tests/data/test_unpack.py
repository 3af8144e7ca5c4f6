"""What is in an archive: links, odd names and paths, damaged files and bombs; nothing is left behind."""

import gzip
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest

from convlet.data import load, unpack
from convlet.errors import DataError, OutputError
from convlet.system.watch import Watch
from tests.data.datafiles import TRAIN, assert_refused, write_tar
from tests.data.packing import KINDS, tarred, two_classes, zipped
from tests.images import encoded

pytestmark = pytest.mark.usefixtures("temporary")


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
    """As tar packs a file that has two names: its content once, then a link."""
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


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
@pytest.mark.parametrize("at", ["", "train/"])
def test_decisions_behind_a_link_are_an_error_and_not_ignored(tmp_path: Path, kind: str, at: str):
    """What it leads to is not in the archive, and nothing outside is opened."""
    other = {f"test/{name}": content for name, content in two_classes().items()} if at else {}
    files = {f"{at}{name}": content for name, content in two_classes().items()} | other
    (tmp_path / "elsewhere.csv").write_text("path,label,excluded\na/0.png,b,\n")
    name, target = f"{at}labels.csv", str(tmp_path / "elsewhere.csv")
    if kind == "zip":
        path = zipped(tmp_path / "set.zip", files)
        with zipfile.ZipFile(path, "a") as archive:
            link = zipfile.ZipInfo(name)
            link.create_system, link.external_attr = 3, 0o120777 << 16
            archive.writestr(link, target)
    else:
        path = tarred(tmp_path / "set.tar", files)
        with tarfile.open(path, "a") as archive:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
        if kind == "tar.gz":
            (tmp_path / "set.tar.gz").write_bytes(gzip.compress(path.read_bytes()))
            path = tmp_path / "set.tar.gz"
    with pytest.raises(DataError, match=rf"set\.{kind}: {name} cannot be read: it is a link, or too large") as told:
        load(path)
    assert "Expected a plain file." in str(told.value)


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
