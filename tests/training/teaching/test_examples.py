import errno
import os
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convlet
from convlet.errors import DataError, OutputError, StaleError, UsageError
from convlet.training.teaching import examples as module
from convlet.training.teaching.examples import Examples, held_out
from tests.images import encoded
from tests.training.teaching.drawing import SIGNATURE, seen, sign

CROSS, BOX = sign("cross"), sign("box")


@pytest.fixture
def kept(tmp_path: Path) -> Examples:
    """Two crosses and a box."""
    found = Examples(tmp_path)
    for label, content in (("cross", CROSS), ("cross", sign("cross", 1)), ("box", BOX)):
        found.keep(content, label, seen(content), SIGNATURE)
    return found


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_picture_is_kept_as_it_was_sent_beside_what_the_model_saw(kept: Examples, tmp_path: Path) -> None:
    first = kept.all()[0]
    assert first.file.read_bytes() == CROSS
    assert np.array_equal(first.seen(SIGNATURE, CROSS), seen(CROSS))  # type: ignore[arg-type]
    assert kept.classes() == {"box": 1, "cross": 2}
    again = Examples(tmp_path)
    assert [one.id for one in again.all()] == [one.id for one in kept.all()]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "AVIF"])
def test_each_format_keeps_its_own_suffix(tmp_path: Path, kind: str) -> None:
    content = encoded(np.full((20, 20, 3), 7, np.uint8), kind)
    example = Examples(tmp_path).keep(content, "a", seen(CROSS), SIGNATURE)
    assert example.file.suffix == {"JPEG": ".jpg"}.get(kind, f".{kind.lower()}")
    assert Examples(tmp_path).classes() == {"a": 1}


def test_what_is_no_picture_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no PNG"):
        Examples(tmp_path).keep(b"GIF89a", "a", seen(CROSS), SIGNATURE)
    assert files(tmp_path) == []


def test_other_programs_read_the_folder_as_class_folders(kept: Examples, tmp_path: Path) -> None:
    kept.keep(sign("box", 1), "box", seen(sign("box", 1)), SIGNATURE)
    data = convlet.load(str(tmp_path))
    assert data.class_names == ("box", "cross")
    assert len(data.train) + len(data.test) == 4
    assert data.left_out == ()


def test_an_example_is_moved_with_what_the_model_saw(kept: Examples, tmp_path: Path) -> None:
    moved = kept.move(kept.all()[2].id, "cross")
    assert moved.label == "cross"
    assert moved.file.read_bytes() == BOX
    assert moved.seen(SIGNATURE, BOX) is not None
    assert Examples(tmp_path).classes() == kept.classes() == {"cross": 3}
    assert not (tmp_path / "box").exists()


def test_an_example_is_taken_back(kept: Examples, tmp_path: Path) -> None:
    kept.take_back(kept.all()[2].id)
    assert Examples(tmp_path).classes() == {"cross": 2}
    assert len(files(tmp_path)) == 4


@pytest.mark.parametrize("id_", ["cross/none.png", "../a", "", "/etc/passwd"])
def test_what_another_page_took_back_is_told(kept: Examples, id_: str) -> None:
    for change in (lambda: kept.move(id_, "box"), lambda: kept.take_back(id_)):
        with pytest.raises(StaleError, match="no longer there"):
            change()


def test_pictures_put_there_by_hand_count_too(kept: Examples, tmp_path: Path) -> None:
    (tmp_path / "cross" / "mine.png").write_bytes(CROSS)
    (tmp_path / "cross" / "notes.txt").write_text("")
    (tmp_path / "apart.png").write_bytes(CROSS)
    kept.look()
    assert kept.classes() == {"box": 1, "cross": 3}
    kept.move("cross/mine.png", "box")
    assert kept.classes() == {"box": 2, "cross": 2}
    (tmp_path / "cross" / "mine.png").write_bytes(CROSS)
    kept.look()
    with pytest.raises(StaleError, match="already"):
        kept.move("cross/mine.png", "box")


def test_there_is_an_end_to_them(kept: Examples, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    with pytest.raises(UsageError, match="3 examples"):
        kept.keep(CROSS, "cross", seen(CROSS), SIGNATURE)


def test_there_is_an_end_to_their_bytes(kept: Examples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = sum(one.file.stat().st_size for one in kept.all())
    monkeypatch.setattr(module, "MOST_BYTES", size + len(CROSS) - 1)
    for examples in (kept, Examples(tmp_path)):
        with pytest.raises(UsageError, match="bytes"):
            examples.keep(CROSS, "cross", seen(CROSS), SIGNATURE)
    kept.take_back(kept.all()[0].id)
    kept.keep(CROSS, "cross", seen(CROSS), SIGNATURE)


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_a_full_disk_keeps_nothing_by_half(kept: Examples, tmp_path: Path, monkeypatch: Any, at: int) -> None:
    before, real, calls = files(tmp_path), os.fsync, [0]

    def full(handle: int) -> None:
        calls[0] += 1
        if calls[0] == at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        kept.keep(CROSS, "star", seen(CROSS), SIGNATURE)
    monkeypatch.setattr(os, "fsync", real)
    assert files(tmp_path) == before
    assert not (tmp_path / "star").exists()
    assert "star" not in kept.classes()
    kept.keep(CROSS, "star", seen(CROSS), SIGNATURE)
    assert Examples(tmp_path).classes()["star"] == 1


def test_two_classes_never_share_a_folder(kept: Examples, tmp_path: Path) -> None:
    """A link stands for a disk that takes CROSS for cross."""
    (tmp_path / "CROSS").symlink_to(tmp_path / "cross")
    before = files(tmp_path)
    for change in (
        lambda: kept.keep(CROSS, "CROSS", seen(CROSS), SIGNATURE),
        lambda: kept.move(kept.all()[2].id, "CROSS"),
    ):
        with pytest.raises(UsageError, match="'CROSS' would have the same folder on this disk as 'cross'"):
            change()
    assert files(tmp_path) == before
    decomposed = unicodedata.normalize("NFD", "Grün")
    (tmp_path / decomposed).mkdir()
    (tmp_path / "Grün").symlink_to(tmp_path / decomposed)  # one class: some disks write its name so
    kept.keep(CROSS, "Grün", seen(CROSS), SIGNATURE)


def test_each_fifth_of_a_class_is_held_out(kept: Examples) -> None:
    for number in range(9):
        kept.keep(sign("cross", number), "cross", seen(CROSS), SIGNATURE)
    own = [out for one, out in zip(kept.all(), held_out(kept.all()), strict=True) if one.label == "cross"]
    assert [place for place, out in enumerate(own) if out] == [4, 9]
    assert len(own) == 11
