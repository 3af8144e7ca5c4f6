import errno
import json
import os
import shutil
from pathlib import Path

import pytest

from convlet.errors import ModelError, OutputError, StaleError
from convlet.run import Run
from convlet.training.teaching.generations import Generations

FACTS = {"seconds": 1.0}


def made(generations: Generations, name: str) -> Path:
    """A trained run in the folder of generations."""
    shutil.copytree(generations.base, generations.runs / name)
    return generations.runs / name


@pytest.fixture
def generations(run: Run, tmp_path: Path) -> Generations:
    """Generations 1 and 2 were taken, and 3 is offered."""
    found = Generations(tmp_path, run.path)
    for number in (1, 2, 3):
        found.offer(made(found, f"taught-teach-{number}"), {"a": number}, FACTS)
        if number < 3:
            found.take(number)
    return found


def test_the_served_model_is_the_first(run: Run, tmp_path: Path) -> None:
    found = Generations(tmp_path, run.path)
    assert (found.answers, found.candidate, list(found.all)) == (0, None, [0])
    assert found.path(0) == run.path.resolve()


def test_what_was_taken_answers_after_a_restart(generations: Generations, run: Run, tmp_path: Path) -> None:
    again = Generations(tmp_path, run.path)
    assert again.answers == generations.answers == 2
    assert again.path(2).name == "taught-teach-2"
    assert again.candidate == generations.candidate
    assert [one.parent for one in again.all.values()] == [None, 0, 1]


def test_undo_goes_back_through_every_generation(generations: Generations) -> None:
    gone = []
    while (parent := generations.all[generations.answers].parent) is not None:
        generations.choose(parent, instead_of=generations.answers)
        gone.append(generations.answers)
    assert gone == [1, 0]


def test_what_is_taken_after_an_undo_has_the_earlier_one_as_its_parent(generations: Generations) -> None:
    generations.choose(1, instead_of=2)
    generations.take(3)
    assert (generations.answers, generations.all[3].parent) == (3, 1)


def test_what_is_left_is_removed(generations: Generations, run: Run, tmp_path: Path) -> None:
    folder = generations.path(3)
    generations.leave(3)
    assert not folder.exists()
    assert Generations(tmp_path, run.path).candidate is None


def test_another_offer_replaces_the_first(generations: Generations) -> None:
    folder = generations.path(3)
    assert generations.offer(made(generations, "taught-teach-4"), {}, FACTS).number == 4
    assert not folder.exists()


@pytest.mark.parametrize("number", [0, 2, 4])
def test_what_is_no_longer_offered(generations: Generations, number: int) -> None:
    for change in (generations.take, generations.leave):
        with pytest.raises(StaleError, match="no longer offered"):
            change(number)
    assert generations.answers == 2


def test_what_another_page_chose_first(generations: Generations) -> None:
    generations.choose(1, instead_of=2)
    with pytest.raises(StaleError, match="Generation 1 answers"):
        generations.choose(0, instead_of=2)
    with pytest.raises(StaleError):
        generations.choose(9, instead_of=1)


@pytest.mark.parametrize("change", ["offer", "take", "leave", "choose"])
def test_on_a_full_disk_nothing_changes(
    generations: Generations, run: Run, tmp_path: Path, monkeypatch, change
) -> None:
    before = (generations.all, generations.answers, generations.candidate)
    new = made(generations, "taught-teach-4")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    changes = {
        "offer": lambda: generations.offer(new, {}, FACTS),
        "take": lambda: generations.take(3),
        "leave": lambda: generations.leave(3),
        "choose": lambda: generations.choose(0, instead_of=2),
    }
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OutputError, match="No space left"):
            changes[change]()
    again = Generations(tmp_path, run.path)
    for one in (generations, again):
        assert (one.all, one.answers, one.candidate) == before
    assert generations.path(3).is_dir()


def test_a_training_that_was_killed_is_swept_away(generations: Generations, run: Run, tmp_path: Path) -> None:
    folder = made(generations, "taught-teach-9")
    manifest = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**manifest, "status": "running"}))
    Generations(tmp_path, run.path)
    assert sorted(path.name for path in generations.runs.iterdir()) == [f"taught-teach-{n}" for n in (1, 2, 3)]


def test_another_model_is_refused(generations: Generations, run: Run, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"taught to the model in .* is another"):
        Generations(tmp_path, generations.path(1) if _other(generations.path(1)) else run.path)


@pytest.mark.usefixtures("generations")
def test_the_same_model_in_another_place_is_not(run: Run, tmp_path: Path) -> None:
    shutil.copytree(run.path, tmp_path / "copy")
    assert Generations(tmp_path, tmp_path / "copy").answers == 2


def test_a_generation_that_is_gone_is_named(generations: Generations, run: Run, tmp_path: Path) -> None:
    shutil.rmtree(generations.path(1))
    with pytest.raises(ModelError, match="generation 1, is gone"):
        Generations(tmp_path, run.path)


@pytest.mark.parametrize("damage", ["{", "{}", '{"base": {}, "generations": 3}'])
@pytest.mark.usefixtures("generations")
def test_a_damaged_record_is_named(run: Run, tmp_path: Path, damage: str) -> None:
    (tmp_path / "generations.json").write_text(damage)
    with pytest.raises(ModelError, match=r"generations\.json"):
        Generations(tmp_path, run.path)


def _other(path: Path) -> bool:
    """Make a run another one: its model differs in a byte that nothing checks."""
    model = path / "model.onnx"
    manifest = json.loads((path / "run.json").read_text())
    manifest.pop("files"), manifest.pop("seal", None)
    (path / "run.json").write_text(json.dumps(manifest))
    content = model.read_bytes()
    from convlet.system.seal import BLANK, sealed

    place = content.index(BLANK[:12].encode())
    model.write_bytes(sealed(content[:place] + BLANK.encode() + content[place + len(BLANK) :] + b"\x82\x01\x00"))
    return True
