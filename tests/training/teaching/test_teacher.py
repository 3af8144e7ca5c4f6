import contextlib
import io
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from convlet.errors import DataError, StaleError, UsageError
from convlet.prediction.predictor import Predictor
from convlet.run import Run
from convlet.training.teaching import Teacher
from convlet.training.teaching.teacher import example_facts
from tests.training.teaching.conftest import waited
from tests.training.teaching.drawing import sign

Opened = Callable[..., Teacher]
Halted = Callable[[Teacher], Any]


@pytest.fixture
def halted() -> Halted:
    """Let the process that will train stand still, and end it at last."""

    @contextlib.contextmanager
    def halted(teacher: Teacher) -> Iterator[Any]:
        lesson = teacher._lesson
        assert lesson is not None
        os.kill(lesson.pid, signal.SIGSTOP)
        try:
            yield lesson
        finally:
            lesson.kill()

    return halted


def blank() -> bytes:
    file = io.BytesIO()
    Image.new("L", (60, 60), 255).save(file, "PNG")
    return file.getvalue()


class TestKeeping:
    def test_a_new_class_comes_after_the_models_own(self, opened: Opened) -> None:
        teacher = opened()
        example = teacher.keep(sign("cross"), " cross ", teacher.predictor(0))
        assert teacher.classes() == (*map(str, range(10)), "cross")
        assert teacher.state()["examples"] == {"cross": 1}
        facts = example_facts(example, teacher.predictor(0))
        assert facts["class"] == "cross"
        assert facts["seen"].startswith("data:image/png;base64,")

    @pytest.mark.parametrize("name", ["a/b", "", "\x1b[31m", "TRAIN"])
    def test_a_class_of_another_name_is_refused(self, opened: Opened, name: str) -> None:
        teacher = opened()
        with pytest.raises(UsageError):
            teacher.keep(sign("cross"), name, teacher.predictor(0))
        assert teacher.state()["examples"] == {}

    @pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\nnothing", blank()])
    def test_what_shows_nothing_is_not_kept(self, opened: Opened, content: bytes) -> None:
        teacher = opened()
        with pytest.raises(DataError):
            teacher.keep(content, "cross", teacher.predictor(0))
        assert teacher.state()["examples"] == {}

    @pytest.mark.parametrize("name", ["kreuz", "KREUZ", "\uff2b\uff32\uff25\uff35\uff3a"])
    def test_another_spelling_of_a_class_is_refused_by_its_name(self, opened: Opened, name: str) -> None:
        teacher = opened()
        teacher.keep(sign("cross"), "Kreuz", teacher.predictor(0))
        other = teacher.keep(sign("box"), "0", teacher.predictor(0))
        for change in (
            lambda: teacher.keep(sign("cross", 1), name, teacher.predictor(0)),
            lambda: teacher.move(other.id, name),
        ):
            with pytest.raises(UsageError, match="Choose 'Kreuz', or another name"):
                change()
        assert teacher.state()["examples"] == {"0": 1, "Kreuz": 1}

    def test_of_two_spellings_at_once_one_is_kept(self, opened: Opened) -> None:
        teacher = opened()
        both, told = threading.Barrier(2), []

        class Reading(Predictor):
            def read(self, source: Any) -> Any:
                both.wait(60)  # until both names were found to be new
                return super().read(source)

        predictor = Reading(teacher.folder.generations.base)

        def keep(name: str) -> None:
            try:
                teacher.keep(sign("cross"), name, predictor)
            except UsageError as error:
                told.append(str(error))

        threads = [threading.Thread(target=keep, args=(name,)) for name in ("kreuz", "Kreuz")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(told) == 1
        assert [*teacher.state()["examples"].values()] == [1]

    def test_each_change_is_another_version(self, opened: Opened) -> None:
        teacher = opened()
        versions = [teacher.version]
        one = teacher.keep(sign("cross"), "cross", teacher.predictor(0))
        versions.append(teacher.version)
        one = teacher.move(one.id, "7")
        versions.append(teacher.version)
        teacher.take_back(one.id)
        versions.append(teacher.version)
        assert versions == sorted(set(versions))
        assert teacher.state()["examples"] == {}


class TestTraining:
    def test_without_examples_there_is_nothing_to_teach(self, opened: Opened) -> None:
        with pytest.raises(UsageError, match="nothing to teach"):
            opened().begin()

    def test_two_folders_made_by_hand_are_two_classes_only_if_their_names_are(
        self, opened: Opened, tmp_path: Path
    ) -> None:
        for name in ("five", "\ufb01ve"):
            (tmp_path / "taught" / name).mkdir(parents=True)
            (tmp_path / "taught" / name / "1.png").write_bytes(sign("cross"))
        with pytest.raises(UsageError, match="Rename its folder, or join the two"):
            opened().begin()

    @pytest.mark.long
    def test_before_and_after_are_told_before_anything_changes(self, trained: Teacher) -> None:
        state = trained.state()
        assert state["answers"] == 0
        offered = state["candidate"]
        assert offered["examples"] == {"0": 3, "cross": 6}
        facts = offered["facts"]
        assert (facts["taught"]["images"], facts["held_out"]["images"], facts["held_out"]["trial"]) == (9, 2, True)
        assert facts["meanwhile"] == 0
        assert facts["taught"]["before"]["right"] <= 3  # it knows no crosses
        assert facts["taught"]["after"]["right"] > facts["taught"]["before"]["right"]
        assert (facts["tests"]["kind"], facts["tests"]["name"], facts["tests"]["images"]) == ("test", "digits", 360)
        changes = trained.changes(offered["number"])
        tests = facts["tests"]
        assert len(changes) <= tests["changed"]
        assert tests["after"]["right"] - tests["before"]["right"] == tests["mended"] - tests["spoiled"]
        assert all(one["before"] != one["after"] and one["picture"].startswith("data:") for one in changes)

    @pytest.mark.long
    def test_the_new_model_has_the_new_class(self, trained: Teacher) -> None:
        number = trained.state()["candidate"]["number"]
        names = trained.predictor(number).signature.class_names
        assert names == (*map(str, range(10)), "cross")

    @pytest.mark.long
    def test_the_generations_run_is_a_run(self, trained: Teacher) -> None:
        run = Run(trained.folder.generations.path(trained.state()["candidate"]["number"]))
        assert run.status == "done"
        assert run.manifest["dataset"]["source"] == str(trained.folder.path)

    @pytest.mark.slow
    def test_another_page_cannot_begin_a_second_one(self, opened: Opened) -> None:
        teacher = opened()
        teacher.keep(sign("cross"), "cross", teacher.predictor(0))
        teacher.begin()
        with pytest.raises(StaleError, match="under way"):
            teacher.begin()
        teacher.stop()
        assert teacher.state()["training"]["state"] == "idle"
        teacher.stop()  # of nothing is nothing

    @pytest.mark.long
    def test_a_killed_training_is_told_and_can_be_begun_again(
        self, killed_and_trained: tuple[Teacher, dict, dict]
    ) -> None:
        teacher, killed, trained = killed_and_trained
        assert killed["training"]["state"] == "failed"
        assert "Teach again" in killed["training"]["problem"]
        assert (killed["answers"], killed["examples"], killed["candidate"]) == (0, {"cross": 6, "0": 3}, None)
        assert trained["training"] == {"state": "idle", "what": "judging", "done": 0.85, "problem": ""}
        # one of the six crosses is held out; for the three boxes a second model is trained without the newest
        facts = trained["candidate"]["facts"]["held_out"]
        assert (facts["images"], facts["trial"]) == (2, True)
        assert not list(teacher.folder.generations.runs.glob("trial-*"))

    @pytest.mark.long
    @pytest.mark.skipif(os.name == "nt", reason="no SIGSTOP")
    def test_one_begun_just_after_another_is_done_is_trained(self, opened: Opened, run: Run, halted: Halted) -> None:
        teacher = opened()
        for number in range(3):
            teacher.keep(sign("cross", number), "cross", teacher.predictor(0))
        with halted(teacher) as lesson:
            teacher.begin()
            made = teacher.folder.generations.runs / "taught-teach-1"
            shutil.copytree(run.path, made)
            done = {"event": "done", "run": str(made), "examples": {"cross": 3}, "facts": {}}
            teacher._hear(lesson, done)  # as its process says before it ends
            assert teacher.state()["candidate"]["number"] == 1
            teacher.begin()
            assert teacher._lesson is not lesson
            state = waited(teacher)
        assert state["training"]["problem"] == ""
        assert state["candidate"]["number"] == 2

    @pytest.mark.long
    @pytest.mark.skipif(os.name == "nt", reason="no SIGSTOP")
    def test_one_begun_just_when_the_process_has_waited_too_long_is_trained(
        self, opened: Opened, halted: Halted
    ) -> None:
        teacher = opened()
        for number in range(3):
            teacher.keep(sign("cross", number), "cross", teacher.predictor(0))
        with halted(teacher) as lesson:
            teacher.begin()
            teacher._hear(lesson, {"event": "idle"})
            assert teacher._lesson is not lesson
            state = waited(teacher)
        assert state["candidate"]["examples"] == {"cross": 3}

    @pytest.mark.long
    @pytest.mark.skipif(os.name == "nt", reason="no SIGSTOP")
    def test_what_was_moved_or_taken_back_meanwhile_is_told(self, opened: Opened, halted: Halted) -> None:
        teacher = opened()
        predictor = teacher.predictor(0)
        kept = [teacher.keep(sign("cross", number), "cross", predictor) for number in range(4)]
        kept.append(teacher.keep(sign("box"), "0", predictor))
        with halted(teacher) as lesson:
            teacher.begin()
            teacher.take_back(kept[0].id)
            teacher.move(kept[1].id, "star")
            os.kill(lesson.pid, signal.SIGCONT)
            state = waited(teacher)
        assert state["training"]["problem"] == ""
        offered = state["candidate"]
        assert offered["examples"] == {"0": 1, "cross": 3}  # what it learned from
        assert offered["facts"]["meanwhile"] == 2
        assert offered["facts"]["taught"]["images"] == 4
        assert state["examples"] == {"0": 1, "cross": 2, "star": 1}

    @pytest.mark.slow
    def test_a_picture_that_was_damaged_by_hand_fails_the_training_with_its_name(self, opened: Opened) -> None:
        teacher = opened()
        one = teacher.keep(sign("cross"), "cross", teacher.predictor(0))
        one.seen_file.unlink()
        one.file.write_bytes(b"nothing")
        teacher.begin()
        state = waited(teacher)
        assert state["training"]["state"] == "failed"
        assert one.file.name in state["training"]["problem"]

    def test_the_process_ends_with_the_teacher(self, opened: Opened) -> None:
        teacher = opened()
        teacher.keep(sign("cross"), "cross", teacher.predictor(0))
        lesson = teacher._lesson
        assert lesson is not None  # it imports what training needs as soon as there is an example
        teacher.close()
        assert lesson.wait(60) is not None


@pytest.mark.long
class TestTaking:
    def test_taken_undone_and_chosen_again(self, run: Run, trained: Teacher, tmp_path: Path) -> None:
        folder = tmp_path / "taught"
        shutil.copytree(trained.folder.path, folder, ignore=shutil.ignore_patterns("lock"))
        teacher = Teacher(folder, run.path)
        try:
            number = teacher.state()["candidate"]["number"]
            taken = teacher.take(number)
            assert "cross" in taken.signature.class_names
            with pytest.raises(StaleError):
                teacher.take(number)
            with pytest.raises(StaleError):
                teacher.leave(number)
            teacher.close()
            teacher = Teacher(folder, run.path)
            assert teacher.answers == number
            old = teacher.choose(0, instead_of=number)
            assert "cross" not in old.signature.class_names
            with pytest.raises(StaleError, match="Generation 0 answers"):
                teacher.choose(0, instead_of=number)
            assert teacher.choose(number, instead_of=0).signature == taken.signature
            images = np.stack([one.looked_at(taken) for one in teacher.folder.examples.all()])
            assert np.array_equal(taken.probabilities(images), teacher.predictor(number).probabilities(images))
            with pytest.raises(StaleError):
                teacher.changes(99)
        finally:
            teacher.close()
