import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlet.errors import DataError, StaleError, UsageError
from convlet.run import Run
from convlet.training.teaching import Teacher
from convlet.training.teaching.teacher import example_facts
from tests.training.teaching.conftest import waited
from tests.training.teaching.drawing import SHAPE, sign

Opened = Callable[..., Teacher]


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
        facts = example_facts(example, SHAPE)
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

    @pytest.mark.slow
    def test_before_and_after_are_told_before_anything_changes(self, trained: Teacher) -> None:
        state = trained.state()
        assert state["answers"] == 0
        offered = state["candidate"]
        assert offered["examples"] == {"0": 3, "cross": 6}
        facts = offered["facts"]
        assert (facts["taught"]["images"], facts["held_out"]["images"]) == (9, 1)
        assert facts["taught"]["before"]["right"] <= 3  # it knows no crosses
        assert facts["taught"]["after"]["right"] > facts["taught"]["before"]["right"]
        assert (facts["tests"]["kind"], facts["tests"]["name"], facts["tests"]["images"]) == ("test", "digits", 360)
        changes = trained.changes(offered["number"])
        tests = facts["tests"]
        assert len(changes) <= tests["changed"]
        assert tests["after"]["right"] - tests["before"]["right"] == tests["mended"] - tests["spoiled"]
        assert all(one["before"] != one["after"] and one["picture"].startswith("data:") for one in changes)

    @pytest.mark.slow
    def test_the_new_model_has_the_new_class(self, trained: Teacher) -> None:
        number = trained.state()["candidate"]["number"]
        names = trained.predictor(number).signature.class_names
        assert names == (*map(str, range(10)), "cross")

    @pytest.mark.slow
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

    @pytest.mark.slow
    def test_a_killed_training_is_told_and_can_be_begun_again(
        self, killed_and_trained: tuple[Teacher, dict, dict]
    ) -> None:
        _, killed, trained = killed_and_trained
        assert killed["training"]["state"] == "failed"
        assert "Teach again" in killed["training"]["problem"]
        assert (killed["answers"], killed["examples"], killed["candidate"]) == (0, {"cross": 6, "0": 3}, None)
        assert trained["training"] == {"state": "idle", "what": "judging", "done": 0.85, "problem": ""}
        # with fewer than five of a class none is held out: one of the six crosses, none of the three boxes
        assert trained["candidate"]["facts"]["held_out"]["images"] == 1

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


@pytest.mark.slow
class TestTaking:
    def test_taken_undone_and_chosen_again(self, run: Run, trained: Teacher, tmp_path: Path) -> None:
        import shutil

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
            images = np.stack([one.seen(SHAPE) for one in teacher.folder.examples.all()])
            assert np.array_equal(taken.probabilities(images), teacher.predictor(number).probabilities(images))
            with pytest.raises(StaleError):
                teacher.changes(99)
        finally:
            teacher.close()
