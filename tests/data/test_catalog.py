"""The catalogue: entries that could be fetched, verified and named."""

import re

import pytest

from convlet.data import CATALOG, Entry, load
from tests.data.datafiles import IDX_NAMES

FETCHED = [entry for entry in CATALOG.values() if entry.archives]


@pytest.mark.parametrize("key", CATALOG)
def test_an_entry_says_what_it_is_and_who_may_use_it(key: str):
    entry = CATALOG[key]
    assert entry.name == key
    assert all((entry.title, entry.licence, entry.citation))
    assert len(set(entry.class_names)) == len(entry.class_names) == 10


def test_one_set_needs_no_network():
    assert [entry.name for entry in CATALOG.values() if not entry.archives] == ["digits"]


@pytest.mark.parametrize("entry", FETCHED, ids=lambda entry: entry.name)
def test_a_fetched_set_has_the_four_files_their_hashes_and_two_mirrors(entry: Entry):
    assert sorted(archive.name for archive in entry.archives) == sorted(f"{name}.gz" for name in IDX_NAMES)
    hashes = [archive.sha256 for archive in entry.archives]
    assert all(re.fullmatch("[0-9a-f]{64}", sha256) for sha256 in hashes)
    assert len(set(hashes)) == 4
    assert len(entry.mirrors) == 2
    assert all(re.fullmatch(r"https?://.+/", mirror) for mirror in entry.mirrors)


def test_no_two_sets_share_a_file():
    hashes = [archive.sha256 for entry in FETCHED for archive in entry.archives]
    assert len(set(hashes)) == len(hashes)


def test_the_digits_are_as_the_catalogue_describes_them():
    entry, data = CATALOG["digits"], load("digits")
    assert (len(data.train), len(data.test), data.image_shape) == (entry.train, entry.test, entry.image_shape)
    assert (data.train.images.min(), data.train.images.max()) == (0, 255)
    assert data.about["licence"] == entry.licence
