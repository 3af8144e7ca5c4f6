"""Downloads from web servers on this machine: what is requested, kept, discarded and reported."""

import dataclasses
import gzip
import hashlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from convlet.data import CATALOG, Entry, Split, is_cached, load
from convlet.data.entry import Archive, Read
from convlet.errors import DownloadError
from convlet.system.watch import Watch
from tests.data.datafiles import (
    TEST,
    TRAIN,
    idx_files,
    pictures,
    samples,
    write_class_folders,
    write_idx_folder,
    write_tar,
)

PUBLISHED = pictures((100, 80, 60), seed=7)  # 8 kB of noise: some blocks of a download
FILES = {f"{name}.gz": gzip.compress(data, mtime=0) for name, data in idx_files(PUBLISHED, TEST).items()}
DAMAGED = {name: data[:-1] + b"?" for name, data in FILES.items()}

pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture
def publish(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Entry]:
    """Replace the catalog's mnist with our small set, on these mirrors."""

    def change(*mirrors: str) -> Entry:
        archives = tuple(Archive(name=name, sha256=hashlib.sha256(data).hexdigest()) for name, data in FILES.items())
        entry = dataclasses.replace(CATALOG["mnist"], archives=archives, mirrors=mirrors)
        monkeypatch.setitem(CATALOG, "mnist", entry)
        return entry

    return change


def left_in(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.rglob("*") if path.is_file())


def assert_published(data: object):
    np.testing.assert_array_equal(data.train.images[..., 0], PUBLISHED.images)
    np.testing.assert_array_equal(data.train.labels, PUBLISHED.labels)


def test_download_and_load(cache: Path, start_mirror, publish):
    mirror = start_mirror(FILES)
    entry = publish(mirror.url)
    assert not is_cached(entry)
    data = load("mnist")
    assert_published(data)
    np.testing.assert_array_equal(data.test.labels, TEST.labels)
    assert sorted(mirror.asked) == sorted(FILES)
    assert left_in(cache) == sorted(FILES)
    assert is_cached(entry)
    assert data.about["folder"] == str(cache / "mnist")
    assert data.data_dir is None


def test_an_archive_of_another_form_has_a_reader_of_its_own(cache: Path, start_mirror, monkeypatch: pytest.MonkeyPatch):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in {"x": TRAIN.images.tobytes(), "y": bytes(TRAIN.labels.tolist())}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))

    def read(entry: Entry, folder: Path) -> Read:
        with tarfile.open(folder / entry.archives[0].name) as archive:
            pixels, labels = (np.frombuffer(archive.extractfile(name).read(), np.uint8) for name in "xy")
        split = Split(pixels.reshape(TRAIN.images.shape), labels)
        return Read(split, lambda: split, {"folder": str(folder)})

    packed = Archive(name="set.tar.gz", sha256=hashlib.sha256(buffer.getvalue()).hexdigest())
    mirror = start_mirror({packed.name: buffer.getvalue()})
    names = ("a", "b", "c")
    entry = dataclasses.replace(
        CATALOG["mnist"], name="packed", class_names=names, archives=(packed,), mirrors=(mirror.url,), read=read
    )
    monkeypatch.setitem(CATALOG, "packed", entry)
    data = load("packed")
    np.testing.assert_array_equal(data.train.images[..., 0], TRAIN.images)
    assert (data.class_names, data.about["folder"]) == (names, str(cache / "packed"))
    (cache / "packed").rename(cache.parent / "packed")
    assert load("packed", cache.parent).data_dir == str(cache.parent)
    assert len(mirror.asked) == 1


def test_the_second_load_asks_for_nothing(start_mirror, publish):
    mirror = start_mirror(FILES)
    publish(mirror.url)
    first = load("mnist")
    mirror.asked.clear()
    assert load("mnist").train.sha256 == first.train.sha256
    assert mirror.asked == []


@pytest.mark.parametrize("damage", [b"", b"?"], ids=["truncated", "changed"])
def test_a_damaged_file_in_the_cache_is_fetched_again(cache: Path, start_mirror, publish, damage: bytes):
    mirror = start_mirror(FILES)
    publish(mirror.url)
    load("mnist")
    mirror.asked.clear()
    name = "train-images-idx3-ubyte.gz"
    (cache / "mnist" / name).write_bytes(FILES[name][:-1] + damage)
    assert_published(load("mnist"))
    assert mirror.asked == [name]
    assert (cache / "mnist" / name).read_bytes() == FILES[name]


def test_wrong_hashes_everywhere(cache: Path, start_mirror, publish):
    mirrors = [start_mirror(DAMAGED), start_mirror(DAMAGED)]
    publish(*(mirror.url for mirror in mirrors))
    with pytest.raises(DownloadError) as caught:
        load("mnist")
    assert caught.value.exit_status == 3
    message = str(caught.value)
    for mirror in mirrors:
        assert f"{mirror.url}train-images-idx3-ubyte.gz: had the wrong SHA-256" in message
    assert "data_dir=" in message
    assert "digits" in message
    assert left_in(cache) == []


def test_a_wrong_hash_and_a_right_one(cache: Path, start_mirror, publish):
    publish(start_mirror(DAMAGED).url, start_mirror(FILES).url)
    assert_published(load("mnist"))
    assert left_in(cache) == sorted(FILES)


def test_the_first_mirror_is_dead(dead_mirror: str, start_mirror, publish):
    alive = start_mirror(FILES)
    publish(dead_mirror, alive.url)
    assert_published(load("mnist"))
    assert sorted(alive.asked) == sorted(FILES)


def test_the_first_mirror_lacks_a_file(start_mirror, publish):
    name = "t10k-labels-idx1-ubyte.gz"
    second = start_mirror(FILES)
    publish(start_mirror({file: data for file, data in FILES.items() if file != name}).url, second.url)
    assert_published(load("mnist"))
    assert second.asked == [name]


def test_the_first_mirror_hangs_up_half_way(cache: Path, start_mirror, publish):
    publish(start_mirror(FILES, short=True).url, start_mirror(FILES).url)
    assert_published(load("mnist"))
    assert left_in(cache) == sorted(FILES)


def test_no_mirror_helps(cache: Path, dead_mirror: str, start_mirror, publish):
    lacking, short = start_mirror({}), start_mirror(FILES, short=True)
    no_hash = f"{lacking.url}hash/"  # the word in an address is no wrong hash
    publish(dead_mirror, no_hash, short.url)
    with pytest.raises(DownloadError) as caught:
        load("mnist")
    tried = [line for line in str(caught.value).splitlines() if line.startswith("  http")]
    assert [line.split("train-images")[0].strip() for line in tried] == [dead_mirror, no_hash, short.url]
    assert "404" in tried[1]
    assert not any("SHA-256" in line for line in tried)
    assert left_in(cache) == []


def test_progress_ends_once_at_the_whole(start_mirror, publish):
    publish(start_mirror(FILES).url)
    calls: dict[str, list[tuple[int, int]]] = {}
    load("mnist", progress=lambda name, done, total: calls.setdefault(name, []).append((done, total)))
    assert list(calls) == list(FILES)
    for name, data in FILES.items():
        done = [done for done, _ in calls[name]]
        assert {total for _, total in calls[name]} == {len(data)}
        assert done == sorted(set(done))
        assert done[-1] == len(data)
    assert len(calls["train-images-idx3-ubyte.gz"]) > 3


def test_progress_and_reading_are_told_apart_by_the_first_word_of_what_goes_on(tmp_path: Path, start_mirror, publish):
    publish(start_mirror(FILES).url)
    write_class_folders(tmp_path / "folders", TRAIN, "abc")
    write_tar(tmp_path / "shards" / "train.tar", samples(TRAIN, "abc"))
    every, downloads, readings = [], [], []
    for source in ("mnist", tmp_path / "folders", tmp_path / "shards"):
        load(
            source,
            watch=Watch(on_progress=lambda what, done, total, _: every.append((*what.split(" ", 1), done, total))),
            progress=lambda *call: downloads.append(call),
            reading=lambda *call: readings.append(call),
        )
    assert {word for word, *_ in every} == {"downloading", "reading"}
    assert downloads == [tuple(call) for word, *call in every if word == "downloading"]
    assert readings == [tuple(call) for word, *call in every if word == "reading"]
    assert {name for name, *_ in downloads} == set(FILES)
    assert {name for name, *_ in readings} >= {str(tmp_path / "folders"), "shards of shards"}


def test_progress_is_silent_where_nothing_is_downloaded(start_mirror, publish):
    publish(start_mirror(FILES).url)
    load("mnist")
    calls = []
    load("mnist", progress=lambda *call: calls.append(call))
    assert calls == []


@pytest.mark.parametrize("how", ["data_dir", "CONVLET_DATA"])
def test_a_data_folder_wins_over_the_cache(
    how: str, tmp_path: Path, start_mirror, publish, monkeypatch: pytest.MonkeyPatch
):
    mirror = start_mirror(FILES)
    publish(mirror.url)
    load("mnist")
    mirror.asked.clear()
    write_idx_folder(tmp_path / "own" / "mnist")
    if how == "CONVLET_DATA":
        monkeypatch.setenv(how, str(tmp_path / "own"))
    data = load("mnist", tmp_path / "own" if how == "data_dir" else None)
    np.testing.assert_array_equal(data.train.images[..., 0], TRAIN.images)
    assert data.data_dir == str(tmp_path / "own")
    assert mirror.asked == []


@pytest.mark.parametrize("how", ["data_dir", "CONVLET_DATA", "CONVLET_DATA that is no folder"])
def test_a_data_folder_without_the_set_leads_to_the_cache(
    how: str, tmp_path: Path, cache: Path, start_mirror, publish, monkeypatch: pytest.MonkeyPatch
):
    publish(start_mirror(FILES).url)
    own = tmp_path / "own"
    if how != "CONVLET_DATA that is no folder":
        write_idx_folder(own / "fashion-mnist")
    if how != "data_dir":
        monkeypatch.setenv("CONVLET_DATA", str(own))
    data = load("mnist", own if how == "data_dir" else None)
    assert_published(data)
    assert data.about["folder"] == str(cache / "mnist")
    assert data.data_dir is None


def test_the_cache_folder_cannot_be_made(cache: Path, start_mirror, publish):
    mirror = start_mirror(FILES)
    publish(mirror.url)
    cache.parent.mkdir(parents=True)
    cache.write_text("a file in its place")
    with pytest.raises(DownloadError, match=str(cache)):
        load("mnist")
    assert cache.read_text() == "a file in its place"
