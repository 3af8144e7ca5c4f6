"""Whether a model has learned from a folder: by paths, links, images and the runs that it goes on from."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import convlet
from convlet.checks.labeling.images import images_in
from convlet.checks.labeling.learned import Learned, What, digest, learned_from
from convlet.data import Dataset
from convlet.run import Run
from convlet.run.folder import BEFORE
from convlet.run.kept import KEPT
from convlet.system.files import real_path, sha256
from tests.serving.labeling.running import write_flat


@pytest.fixture
def made(run: Run, tmp_path: Path) -> Any:
    """Copy the run, as one that was trained on another source, without or with kept images, from another run."""

    def made(source: Path | str, *, keeps: bool = False, parent: Run | None = None, **facts: Any) -> Run:
        number = len(list(tmp_path.glob("run-*")))
        copy = Run(Path(shutil.copytree(run.path, tmp_path / f"run-{number}")))
        if not keeps:
            (copy.path / KEPT).unlink()
        start = parent and {"path": str(parent.path), "sha256": sha256(parent.path / "model.keras"), "signature": {}}
        dataset = copy.manifest["dataset"] | {"source": str(source), "train_sha256": "0" * 64} | facts
        copy.update(dataset=dataset, start=start)
        return copy

    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder to label, in another one, and a split in it."""
    (tmp_path / "all" / "mine" / "train").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    return real_path(tmp_path / "all" / "mine")


@pytest.mark.parametrize(
    ("place", "what"),
    [
        ("all/mine", What.FOLDER),
        ("all", What.MORE),
        ("all/mine/train", What.MORE),
        ("all/mine/train.zip", What.MORE),
        (".", What.MORE),
        ("other", What.NOTHING),
        ("all/min", What.UNKNOWN),  # which is gone, and may have been moved
        ("all/other.zip", What.UNKNOWN),
        ("mnist", What.NOTHING),
        ("arrays", What.UNKNOWN),
    ],
)
def test_either_contains_the_other(place: str, what: What, folder: Path, tmp_path: Path, made: Any) -> None:
    source = place if place in ("mnist", "arrays") else tmp_path / place
    found = learned_from(made(source).path, folder)
    assert found.what is what
    assert bool(found.why) == found.any == (what is not What.NOTHING)


def test_links_are_followed(folder: Path, tmp_path: Path, made: Any) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "all")
    assert learned_from(made(tmp_path / "link" / "mine").path, folder).what is What.FOLDER
    assert learned_from(made(tmp_path / "link").path, folder).what is What.MORE
    (tmp_path / "other" / "train").mkdir()
    (tmp_path / "other" / "train" / "cat").symlink_to(folder)
    assert learned_from(made(tmp_path / "other").path, folder).what is What.MORE


def test_a_chain_is_followed_to_its_first_run(folder: Path, tmp_path: Path, made: Any) -> None:
    first = made(folder)
    second = made("mnist", parent=first)
    third = made(tmp_path / "other", parent=second)
    found = learned_from(third.path, folder)
    assert (found.what, found.why) == (What.FOLDER, "was trained on this folder")
    assert learned_from(made("mnist", parent=made(tmp_path / "other")).path, folder).what is What.NOTHING
    shutil.rmtree(first.path)
    found = learned_from(third.path, folder)
    assert found.what is What.UNKNOWN
    assert f"goes on from the run {first.path}, which is gone" in found.why


def test_another_run_in_the_place_of_a_parent_tells_nothing(folder: Path, made: Any) -> None:
    parent = made("mnist")
    child = made("mnist", parent=parent)
    (parent.path / "model.keras").write_bytes(b"another")
    found = learned_from(child.path, folder)
    assert found.what is What.UNKNOWN
    assert "another one by now" in found.why


def test_a_run_cannot_lead_to_itself_for_ever(folder: Path, made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convlet.checks.labeling.learned._MOST", 5)
    one = made("mnist")
    one.update(start={"path": str(one.path), "sha256": sha256(one.path / "model.keras"), "signature": {}})
    assert "more than 5 runs" in learned_from(one.path, folder).why


def test_a_file_is_its_runs_or_unknown(folder: Path, tmp_path: Path, made: Any, run: Run) -> None:
    own = made("mnist")
    for name in ("model.onnx", "model.keras"):
        assert learned_from(own.path / name, folder).what is What.NOTHING
    alone = Path(shutil.copy(run.path / "model.onnx", tmp_path))
    assert learned_from(alone, folder).what is What.UNKNOWN
    shutil.copy(run.path / "model.onnx", own.path / "another.onnx")
    assert learned_from(own.path / "another.onnx", folder).what is What.UNKNOWN


def test_the_same_images_elsewhere_are_recognized(tmp_path: Path, digits: Dataset, made: Any) -> None:
    for label in "01":
        write_flat(tmp_path / "set" / label, digits.test.take(np.flatnonzero(digits.test.labels == int(label))), 6)
    shutil.copytree(tmp_path / "set", tmp_path / "copy")
    data = convlet.load(tmp_path / "copy")
    gone = made(tmp_path / "gone", train_sha256=convlet.load(tmp_path / "set").train.sha256)
    assert learned_from(gone.path, tmp_path / "copy", data).what is What.MORE
    (tmp_path / "copy" / "1" / "000.png").rename(tmp_path / "copy" / "0" / "006.png")
    other = learned_from(gone.path, tmp_path / "copy", convlet.load(tmp_path / "copy"))
    assert other.what is What.UNKNOWN  # as its place is gone


def test_kept_images_tell_of_what_no_path_tells(folder: Path, digits: Dataset, made: Any) -> None:
    found = learned_from(made("arrays", keeps=True).path, folder)
    assert found.what is What.NOTHING
    fresh, blank = np.asarray(digits.test.images[:5]), np.zeros((3, 8, 8, 1), np.uint8)
    assert found.with_images(fresh) is found
    known = np.asarray(digits.train.images[:5])
    found = found.with_images(np.concatenate([fresh, blank, known]))
    assert found.what is What.MORE
    assert "of these very images" in found.why
    blanks = Learned(What.NOTHING, kept=frozenset({digest(blank[0])}))
    assert blanks.with_images(blank) is blanks  # all empty images are alike


def test_images_that_a_lost_parent_kept_count_too(folder: Path, digits: Dataset, made: Any, run: Run) -> None:
    parent = made("arrays", keeps=True)
    child = made("mnist", parent=parent)
    shutil.copy(run.path / KEPT, child.path / BEFORE)
    shutil.rmtree(parent.path)
    found = learned_from(child.path, folder)
    assert found.what is What.UNKNOWN
    assert found.with_images(np.asarray(digits.train.images[:5])).what is What.MORE


def test_what_was_decided_after_the_training_began_is_not_learned(tmp_path: Path) -> None:
    for name in "abcdef":
        Image.new("L", (4, 4)).save(tmp_path / f"{name}.png")
    rows = [
        "a.png,x,,,2026-01-01T10:00:00+00:00",
        "b.png,x,,,2026-01-01T12:00:00+00:00",
        "c.png,x,,,",
        "d.png,x,,,2026-01-01T10:00:00+00:00",
        "d.png,,,,2026-01-01T12:00:00+00:00",  # taken back, but it was learned
        "e.png,x,,,2026-01-01T13:30:00+02:00",
    ]
    (tmp_path / "labels.csv").write_text("\n".join(["path,label,excluded,who,when", *rows, ""]))
    found = images_in(tmp_path)
    since = "2026-01-01T11:00:00.5+00:00"

    def known(what: What, since: str = since) -> list[bool]:
        return Learned(what, "was", since).rows(found).tolist()

    assert known(What.FOLDER) == known(What.UNKNOWN) == [True, False, True, True, False, False]
    assert known(What.FOLDER, "") == [True, True, True, True, True, False]
    assert known(What.MORE) == [True] * 6
    assert known(What.NOTHING) == [False] * 6
