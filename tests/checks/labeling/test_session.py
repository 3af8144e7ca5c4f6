"""What a page is told of a folder."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from convlet.checks.labeling.answers import Answers, unanswered
from convlet.checks.labeling.images import images_in
from convlet.checks.labeling.journal import Journal
from convlet.checks.labeling.session import ConflictError, Session, Wanted
from convlet.errors import DataError
from tests.data.datafiles import pictures, write_class_folders


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    write_class_folders(tmp_path, pictures((12, 12), seed=1), ("ant", "bee"))
    with Journal(tmp_path) as journal:
        yield journal


def session(journal: Journal, only: tuple[str, ...] = ()) -> Session:
    found = images_in(journal.path.parent)
    probabilities = np.full((24, 2), 0.02, np.float32)
    probabilities[np.arange(24), np.arange(24) // 12] = 0.98
    probabilities[3] = 0.01, 0.99  # a suspect
    probabilities[5] = 0.45, 0.55  # merely unsure
    return Session(found, Answers(("ant", "bee"), probabilities), journal, "ann", only)


def test_suspects_are_proposed_to_change_and_unsure_ones_to_stay(journal: Journal) -> None:
    images = session(journal).facts()["images"]
    assert [(one["id"], one["reason"], one["proposal"]) for one in images[:2]] == [
        (3, "suspect", "bee"),
        (5, "unsure", "ant"),
    ]
    assert images[1]["answer"] == "bee"


def test_decided_images_are_told_with_their_decision_when_it_begins_again(journal: Journal) -> None:
    first = session(journal)
    first.decide([Wanted(3, "bee"), Wanted(0, "", excluded=True), Wanted(1, "wasp")], 1)
    facts = session(journal).facts()
    told = {one["id"]: (one["label"], one["excluded"], one["who"]) for one in facts["images"]}
    assert (told[3], told[0], told[1]) == (("bee", False, "ann"), ("", True, "ann"), ("wasp", False, "ann"))
    assert facts["classes"] == ["ant", "bee", "wasp"]
    assert facts["undoable"] == 1


def test_only_some(journal: Journal) -> None:
    path = images_in(journal.path.parent).images[7].path
    assert [one["id"] for one in session(journal, (path,)).facts()["images"]] == [7]
    with pytest.raises(DataError, match=r"has no image 'x\.png'"):
        session(journal, ("x.png",))


def test_without_answers(journal: Journal) -> None:
    found = images_in(journal.path.parent)
    facts = Session(found, unanswered(found), journal, "ann").facts()
    assert all("answer" not in one for one in facts["images"])
    assert facts["rest"] is None


def test_many_threads_lose_nothing(journal: Journal) -> None:
    shared = session(journal)
    failed = []

    def work(first: int) -> None:
        for image in range(first, 24, 4):
            try:
                shared.decide([Wanted(image, "bee" if image % 2 else "ant")], 1)
            except DataError as error:
                failed.append(error)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(journal.decisions.of) == 24
    with pytest.raises(ConflictError) as told:
        shared.decide([Wanted(2, "bee"), Wanted(9, "ant")], 1)
    assert told.value.images == [2, 9]


@pytest.fixture
def edit_before(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """`edit_before("add", rows)`: write rows by hand just before the journal does so: after the session has looked."""

    def edit_before(name: str, rows: str) -> None:
        real, left = getattr(journal, name), [rows]

        def hooked(*arguments: Any) -> Any:
            if left:
                with journal.path.open("a") as file:
                    file.write(left.pop())
            return real(*arguments)

        monkeypatch.setattr(journal, name, hooked)

    return edit_before


def test_a_hand_edit_between_looking_and_writing_is_a_conflict(
    journal: Journal, edit_before: Callable[[str, str], None]
) -> None:
    shared = session(journal)
    version = shared.decide([Wanted(0, "bee")], shared.version)["version"]
    path = shared.found.images[4].path
    edit_before("add", f"{path},wasp,,,\n")
    with pytest.raises(ConflictError) as told:
        shared.decide([Wanted(4, "bee")], version)
    assert told.value.images == [4]
    assert journal.of(path).label == "wasp"
    assert [(one["id"], one["label"]) for one in shared.news(version)["changed"]] == [(4, "wasp")]


def test_a_hand_edit_of_another_image_is_told_with_the_decision(
    journal: Journal, edit_before: Callable[[str, str], None]
) -> None:
    shared = session(journal)
    version = shared.decide([Wanted(0, "bee")], shared.version)["version"]
    edit_before("add", f"{shared.found.images[4].path},wasp,,,\n")
    news = shared.decide([Wanted(7, "bee")], version)
    assert [(one["id"], one["label"]) for one in news["changed"]] == [(4, "wasp"), (7, "bee")]


def test_undo_does_not_take_back_a_hand_edit_that_it_has_not_shown(
    journal: Journal, edit_before: Callable[[str, str], None]
) -> None:
    shared = session(journal)
    version = shared.decide([Wanted(0, "bee")], shared.version)["version"]
    path = shared.found.images[4].path
    edit_before("undo", f"{path},wasp,,,\n")
    with pytest.raises(ConflictError):
        shared.undo(version)
    assert journal.of(path).label == "wasp"
    assert shared.undo(shared.version)["undone"] == [4]


def test_an_editor_s_change_is_a_conflict_too(journal: Journal) -> None:
    shared = session(journal)
    version = shared.facts()["version"]
    path = shared.found.images[4].path
    journal.path.write_text(f"path,label,excluded,who,when\n{path},wasp,,,\n")
    with pytest.raises(ConflictError):
        shared.decide([Wanted(4, "bee")], version)
    assert [one["id"] for one in shared.news(version)["changed"]] == [4]


def unlabeled(tmp_path: Path, by_heart: list[int]) -> Iterator[Session]:
    for number in range(20):
        Image.new("L", (4, 4), number).save(tmp_path / f"{number:02}.png")
    probabilities = np.tile(np.array([0.001, 0.999], np.float32), (20, 1))
    known = np.isin(np.arange(20), by_heart)
    with Journal(tmp_path) as journal:
        yield Session(images_in(tmp_path), Answers(("ant", "bee"), probabilities, by_heart=known), journal, "ann")


def test_what_a_model_knows_by_heart_says_nothing_about_the_rest(tmp_path: Path) -> None:
    for shared in unlabeled(tmp_path, [0, 1, 2, 3, 4, 19]):
        assert shared.decide([Wanted(number, "bee") for number in range(5)], 1)["rest"] is None  # five, all known
        right = shared.decide([Wanted(number, "bee") for number in range(5, 10)], shared.version)["rest"]
        assert right["left"] == 10
        assert right["wrong"] > 0.9  # the one that it may know and nobody looked at
        assert not right["enough"]


def test_nothing_is_said_of_the_rest_where_all_may_be_known_by_heart(tmp_path: Path) -> None:
    for shared in unlabeled(tmp_path, list(range(20))):
        assert shared.decide([Wanted(number, "bee") for number in range(10)], 1)["rest"] is None


def test_a_class_that_only_test_would_have_is_told_and_can_be_taken_back(tmp_path: Path) -> None:
    for split in ("train", "test"):
        write_class_folders(tmp_path / split, pictures((3, 3), seed=1), ("ant", "bee"))
    found = images_in(tmp_path)
    with Journal(tmp_path) as journal:
        shared = Session(found, unanswered(found), journal, "ann")
        assert shared.facts()["untaught"] is None
        told = shared.decide([Wanted(7, "wasp")], 1)
        assert told["untaught"] == {"class": "wasp", "file": found.images[7].path}
        told = shared.decide([Wanted(0, "wasp")], told["version"])
        assert told["untaught"] is None
        told = shared.undo(told["version"])
        assert told["untaught"] is not None
        told = shared.decide([Wanted(7, excluded=True)], told["version"])
        assert told["untaught"] is None
        assert shared.undo(told["version"])["untaught"] is not None
        assert shared.undo(told["version"] + 1)["untaught"] is None


def test_decisions_of_a_split_are_shown_changed_and_undone_from_the_whole(tmp_path: Path) -> None:
    for split in ("train", "test"):
        write_class_folders(tmp_path / split, pictures((3, 3), seed=1), ("ant", "bee"))
    whole, inner = images_in(tmp_path), images_in(tmp_path / "train")
    with Journal(tmp_path) as outer_journal, Journal(tmp_path / "train") as inner_journal:
        outer = Session(whole, unanswered(whole), outer_journal, "ann")
        part = Session(inner, unanswered(inner), inner_journal, "bob")
        version = part.decide([Wanted(0, "bee"), Wanted(1, excluded=True)], 1)["version"]
        told = outer.facts()
        shown = {one["path"]: (one["label"], one["excluded"], one["who"]) for one in told["images"]}
        assert shown[f"train/{inner.images[0].path}"] == ("bee", False, "bob")
        assert shown[f"train/{inner.images[1].path}"] == ("", True, "bob")
        assert told["undoable"] == 1
        outer.decide([Wanted(0, "wasp")], told["version"])
        news = part.news(version)
        assert [(one["id"], one["label"], one["who"]) for one in news["changed"]] == [(0, "wasp", "ann")]
        with pytest.raises(ConflictError):
            part.decide([Wanted(0, "ant")], version)
        part.undo(news["version"])
        back = part.undo(part.version)
        assert back["undone"] == [0, 1]
        assert back["undoable"] == 0
        assert {one["label"] for one in outer.facts()["images"]} == {""}
        assert not any(one["excluded"] for one in outer.facts()["images"])
        assert outer.facts()["undoable"] == 0
