"""Published hashes, on files written for the test."""

import dataclasses
import gzip
import hashlib
from pathlib import Path

import pytest

from convlet.checks.machine import OFF, OK, WRONG, data_sets
from convlet.data import CATALOG
from convlet.data.entry import Archive
from convlet.system.watch import Watch

CONTENT = bytes(range(256)) * 40
PACKED = gzip.compress(CONTENT, mtime=0)
ONE = Archive("one.gz", hashlib.sha256(PACKED).hexdigest(), hashlib.sha256(CONTENT).hexdigest())


def test_a_file_as_published_packed_anew_and_unpacked(tmp_path: Path) -> None:
    assert data_sets.matches(ONE, tmp_path, Watch()) is None
    for name, content in (("one.gz", PACKED), ("one.gz", gzip.compress(CONTENT, 1, mtime=7)), ("one", CONTENT)):
        (tmp_path / "one.gz").unlink(missing_ok=True)
        (tmp_path / name).write_bytes(content)
        assert data_sets.matches(ONE, tmp_path, Watch()) is True


@pytest.mark.parametrize("damage", [b"", PACKED[:-9], CONTENT, gzip.compress(CONTENT[:-1])])
def test_a_file_with_other_bytes(damage: bytes, tmp_path: Path) -> None:
    (tmp_path / "one.gz").write_bytes(damage)
    assert data_sets.matches(ONE, tmp_path, Watch()) is False


def test_an_md5(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(CONTENT)
    wanted = Archive("a.zip", md5=hashlib.md5(CONTENT, usedforsecurity=False).hexdigest())
    assert data_sets.matches(wanted, tmp_path, Watch()) is True
    assert data_sets.matches(wanted._replace(md5="0" * 32), tmp_path, Watch()) is False


def test_each_set_that_is_here_is_named_and_the_cure_where_it_is_damaged(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(data_sets, "CATALOG", {"mnist": dataclasses.replace(CATALOG["mnist"], archives=(ONE,))})
    monkeypatch.setattr(data_sets, "cache_folder", lambda: tmp_path / "cache")
    box, none = data_sets.items(tmp_path, Watch())
    assert (box.state, none.state) == (OK, OFF)
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "one.gz").write_bytes(PACKED)
    *_, found = data_sets.items(tmp_path, Watch())
    assert (found.name, found.state) == ("mnist", OK)
    (tmp_path / "mnist" / "one.gz").write_bytes(PACKED[:-1])
    *_, found = data_sets.items(tmp_path, Watch())
    assert found.state == WRONG
    assert "one.gz" in found.found
    assert found.cure
