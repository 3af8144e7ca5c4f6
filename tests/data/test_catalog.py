"""The catalog: entries that could be fetched, verified and named."""

import re

import pytest

from convlet.data import CATALOG, Entry, load
from tests.data.datafiles import IDX_NAMES

FETCHED = [entry for entry in CATALOG.values() if entry.archives]


COUNTS = {"emnist-letters": 26, "emnist-balanced": 47, "cifar-100": 100, "pathmnist": 9, "organsmnist": 11}


@pytest.mark.parametrize("key", CATALOG)
def test_an_entry_says_what_it_is_and_who_may_use_it(key: str):
    entry = CATALOG[key]
    assert entry.name == key
    assert all((entry.title, entry.licence, entry.citation))
    assert len(set(entry.class_names)) == len(entry.class_names) >= 2
    if entry.family != "medmnist" or key in COUNTS:
        assert len(entry.class_names) == COUNTS.get(key, 10)
    assert entry.image_shape[2] in (1, 3)
    assert min(entry.train, entry.test) > 0


def test_one_set_needs_no_network():
    assert [entry.name for entry in CATALOG.values() if not entry.archives] == ["digits"]


@pytest.mark.parametrize("entry", FETCHED, ids=lambda entry: entry.name)
def test_a_fetched_set_has_files_one_hash_each_and_mirrors(entry: Entry):
    for archive in entry.archives:
        assert (archive.sha256 is None) != (archive.md5 is None)
        assert re.fullmatch("sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}", archive.known_hash)
    assert entry.mirrors
    assert all(re.fullmatch(r"https?://.+/", mirror) for mirror in entry.mirrors)


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "kmnist"])
def test_sets_of_mnists_form_have_its_four_files(name: str):
    assert [archive.name for archive in CATALOG[name].archives] == [f"{name}.gz" for name in IDX_NAMES]


def test_sets_share_no_file_but_that_of_their_family():
    owners: dict[str, set[str]] = {}
    for entry in FETCHED:
        for archive in entry.archives:
            owners.setdefault(archive.known_hash, set()).add(entry.folder)
    assert all(len(folders) == 1 for folders in owners.values())
    shared = [archive.name for entry in FETCHED for archive in entry.archives if entry.folder == "medmnist"]
    assert len(set(shared)) == len(shared) == 11


def test_the_digits_are_as_the_catalogue_describes_them():
    entry, data = CATALOG["digits"], load("digits")
    assert (len(data.train), len(data.test), data.image_shape) == (entry.train, entry.test, entry.image_shape)
    assert (data.train.images.min(), data.train.images.max()) == (0, 255)
    assert data.about["licence"] == entry.licence
