"""The promises of every named set, with small archives: from a web server on this machine, and put in place."""

from pathlib import Path

import numpy as np
import pytest

from convlet.data import CATALOG, Dataset, ImagesOnDisk, disk, load
from convlet.errors import DownloadError
from tests.data.archives import hashed, packed, small
from tests.data.datafiles import Pictures, assert_refused

NAMES = [name for name, entry in CATALOG.items() if entry.archives]
# One of each reader, for what takes long or does not depend on the set.
KINDS = ["kmnist", "qmnist", "emnist-letters", "cifar-10", "cifar-100", "svhn", "bloodmnist"]

pytestmark = pytest.mark.usefixtures("cache")


def parts_of(name: str) -> dict[str, Pictures]:
    entry = CATALOG[name]
    names = ["train", *(["validation"] if entry.validation else []), "test"]
    return {split: small(entry, 3 - bool(place), seed=place) for place, split in enumerate(names)}


def assert_are(data: Dataset, parts: dict[str, Pictures]):
    for split, (images, labels) in parts.items():
        found = data.split(split)
        np.testing.assert_array_equal(np.asarray(found.images).reshape(images.shape), images)
        np.testing.assert_array_equal(found.labels, labels)


def lay(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_downloaded_and_laid_in_are_the_same(
    name: str, cache: Path, tmp_path: Path, start_mirror, monkeypatch: pytest.MonkeyPatch
):
    parts = parts_of(name)
    files = packed(name, parts)
    mirror = start_mirror(files)
    entry = hashed(CATALOG[name], files, mirror.url)
    monkeypatch.setitem(CATALOG, name, entry)
    data = load(name)
    assert_are(data, parts)
    assert (data.class_names, data.image_shape) == (entry.class_names, entry.image_shape)
    assert (data.validation is not None) == bool(entry.validation)
    assert {"licence": entry.licence, "citation": entry.citation}.items() <= data.about.items()
    assert sorted(mirror.asked) == sorted(files)
    assert sorted(path.name for path in (cache / entry.folder).iterdir()) == sorted(files)
    mirror.asked.clear()
    lay(tmp_path / "own" / name, files)
    there = load(name, tmp_path / "own")
    assert there.data_dir == str(tmp_path / "own")
    assert (there.train.sha256, there.test.sha256) == (data.train.sha256, data.test.sha256)
    assert not mirror.asked


@pytest.mark.parametrize("name", KINDS)
def test_pixels_too_many_for_memory(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    parts = parts_of(name)
    lay(tmp_path / name, packed(name, parts))
    monkeypatch.setattr(disk, "IN_MEMORY", 0)
    monkeypatch.setattr(disk, "BLOCK", 10_000)
    data = load(name, tmp_path)
    assert all(isinstance(data.split(split).images, ImagesOnDisk) for split in parts)
    assert_are(data, parts)


@pytest.mark.parametrize("name", KINDS)
def test_a_wrong_hash(name: str, cache: Path, start_mirror, monkeypatch: pytest.MonkeyPatch):
    files = packed(name, parts_of(name))
    mirror = start_mirror({file: data + b"?" for file, data in files.items()})
    entry = hashed(CATALOG[name], files, mirror.url)
    monkeypatch.setitem(CATALOG, name, entry)
    kind = "SHA-256" if entry.archives[0].sha256 else "MD5"
    with pytest.raises(DownloadError, match=f"had the wrong {kind}, discarded"):
        load(name)
    assert not [path for path in cache.rglob("*") if path.is_file()]


@pytest.mark.parametrize("share", [0, 0.3, 0.9], ids=["empty", "early", "late"])
@pytest.mark.parametrize("name", KINDS)
def test_a_truncated_archive(name: str, share: float, tmp_path: Path):
    files = packed(name, parts_of(name))
    first = next(iter(files))
    files[first] = files[first][: int(share * len(files[first]))]
    lay(tmp_path / name, files)
    assert_refused(lambda: load(name, tmp_path).test, tmp_path / name / first)


@pytest.mark.parametrize("name", ["kmnist", "qmnist", "svhn"])
def test_a_file_that_is_missing(name: str, tmp_path: Path):
    files = packed(name, parts_of(name))
    first = next(iter(files))
    del files[first]
    lay(tmp_path / name, files)
    assert_refused(lambda: load(name, tmp_path), tmp_path / name, first.removesuffix(".gz"))


def test_sets_of_one_archive_download_it_once(cache: Path, start_mirror, monkeypatch: pytest.MonkeyPatch):
    names = [name for name in NAMES if name.startswith("emnist")]
    files = packed("emnist-digits", parts_of("emnist-digits"))
    mirror = start_mirror(files)
    for name in names:
        monkeypatch.setitem(CATALOG, name, hashed(CATALOG[name], files, mirror.url))
    assert len(load("emnist-digits").class_names) == 10
    assert_refused(lambda: load("emnist-letters"), cache / "emnist" / "gzip.zip", "emnist-letters-train-images-idx3")
    assert mirror.asked == ["gzip.zip"]


@pytest.mark.parametrize("name", ["emnist-balanced", "pathmnist"])
def test_sets_of_one_family_may_lie_in_one_folder(name: str, tmp_path: Path):
    parts = parts_of(name)
    lay(tmp_path / CATALOG[name].folder, packed(name, parts))
    assert_are(load(name, tmp_path), parts)
