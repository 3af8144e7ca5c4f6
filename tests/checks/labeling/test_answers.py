"""Who answers the images of a folder: nets that have not seen them, or a model that was not trained on them."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import convlet
from convlet.checks.labeling.answers import Answers, answered, unanswered
from convlet.checks.labeling.images import Images, images_in
from convlet.checks.labeling.order import ordered
from convlet.data import Dataset, Split
from convlet.errors import DataError, ModelError
from convlet.run import Run
from convlet.system.watch import Watch
from tests.serving.labeling.running import write_flat


def write_classes(folder: Path, split: Split, each: int) -> None:
    for label in range(10):
        rows = np.flatnonzero(split.labels == label)[:each]
        (folder / str(label)).mkdir(parents=True)
        for number, image in enumerate(np.asarray(split.images[rows])):
            Image.fromarray(image[..., 0]).save(folder / str(label) / f"{number:03}.png")


def test_images_without_labels_need_a_model(tmp_path: Path, digits: Dataset, run: Run) -> None:
    write_flat(tmp_path, digits.test, 30)
    (tmp_path / "broken.png").write_bytes(b"nothing")
    found = images_in(tmp_path)
    with pytest.raises(ModelError, match="--model RUN"):
        answered(found, None, Watch())
    answers = answered(found, run.path, Watch())
    assert answers.class_names == digits.class_names
    assert [*answers.errors] == [30]
    assert np.isnan(answers.probabilities[30]).all()
    direct = run.predictor().probabilities([str(found.file(image.path)) for image in found.images[:30]])
    np.testing.assert_allclose(answers.probabilities[:30], direct, atol=1e-5)


def test_a_model_of_other_classes(tmp_path: Path, digits: Dataset, run: Run) -> None:
    for name in ("ant", "bee"):
        write_flat(tmp_path / name, digits.test, 8)
    with pytest.raises(ModelError, match=r"none of the classes of .* \(ant, bee\)"):
        answered(images_in(tmp_path), run.path, Watch())


def test_a_model_answers_what_it_has_not_learned_from(tmp_path: Path, digits: Dataset, run: Run) -> None:
    sure = run.predictor().probabilities(digits.test.images)
    clear = np.flatnonzero(sure[np.arange(len(digits.test)), digits.test.labels] > 0.8)
    write_classes(tmp_path / "set", digits.test.take(clear), 6)
    (tmp_path / "set" / "3" / "000.png").rename(tmp_path / "set" / "7" / "wrong.png")
    found = images_in(tmp_path / "set")
    said: list[str] = []
    answers = answered(found, run.path, Watch(on_note=said.append))
    assert said == []
    labels = np.array([int(image.filed) for image in found.images])
    first = ordered(answers.probabilities, labels)[0]
    assert found.images[first.image].path == "7/wrong.png"


@pytest.mark.long
def test_nets_find_wrong_labels_and_copies(tmp_path: Path, digits: Dataset) -> None:
    folder = tmp_path / "set"
    write_classes(folder, digits.train, 60)
    wrong = {f"{(label + 1) % 10}/wrong-{label}.png" for label in range(0, 10, 2)}
    for label in range(0, 10, 2):
        (folder / str(label) / "001.png").rename(folder / str((label + 1) % 10) / f"wrong-{label}.png")
    (folder / "4" / "copy.png").write_bytes((folder / "4" / "010.png").read_bytes())
    (folder / "5" / "broken.png").write_bytes(b"nothing")
    (folder / "labels.csv").write_text("path,label,excluded\n9/002.png,,yes\n")
    found = images_in(folder)
    answers = answered(found, None, Watch())
    labels = np.array([int(image.filed) for image in found.images])
    order = ordered(answers.probabilities, labels, answers.copies, list(answers.errors))
    paths = [found.images[place.image].path for place in order]
    assert paths[0] == "5/broken.png"
    assert wrong <= set(paths[:30])
    at = paths.index("4/010.png"), paths.index("4/copy.png")
    assert abs(at[0] - at[1]) == 1
    assert {order[max(at)].reason} == {"copy"}


@pytest.mark.long
def test_a_model_that_learned_from_the_folder_does_not_judge_it(tmp_path: Path, digits: Dataset) -> None:
    folder = tmp_path / "set"
    write_classes(folder, digits.train, 20)
    own = convlet.train(convlet.load(folder), convlet.recipe("small-data", epochs=1), out=tmp_path / "runs")
    found = images_in(folder)
    model = own.predictor().probabilities([str(found.file(image.path)) for image in found.images])
    said: list[str] = []
    answers = answered(found, own.path, Watch(on_note=said.append))
    assert "the model was trained on this folder. So small nets judge the labels" in said[0]
    assert np.abs(answers.probabilities - model).max() > 0.01


def test_the_model_may_know_decided_images_by_heart(tmp_path: Path, digits: Dataset, run: Run) -> None:
    write_flat(tmp_path / "flat", digits.test, 8)
    (tmp_path / "flat" / "labels.csv").write_text("path,label,excluded\n003.png,7,\n005.png,,yes\n")
    said: list[str] = []
    answers = answered(images_in(tmp_path / "flat"), run.path / "model.onnx", Watch(on_note=said.append))
    assert not answers.by_heart.any()  # the file is still the run's
    alone = Path(shutil.copy(run.path / "model.onnx", tmp_path))
    answers = answered(images_in(tmp_path / "flat"), alone, Watch(on_note=said.append))
    assert np.flatnonzero(answers.by_heart).tolist() == [3, 5]
    assert len(said) == 1
    assert "does not record the images" in said[0]
    assert "only images that are decided from now on do" in said[0]


def test_copies_of_what_the_model_kept_are_noticed_anywhere(tmp_path: Path, digits: Dataset, run: Run) -> None:
    write_flat(tmp_path / "flat", digits.train, 8)
    said: list[str] = []
    answers = answered(images_in(tmp_path / "flat"), run.path, Watch(on_note=said.append))
    assert answers.by_heart.all()
    assert "of these very images" in said[0]
    assert "look at all" in said[0]


def decided(folder: Path, *rows: str) -> Answers:
    """What is known about a folder after decisions, with all notes checked to name the reason."""
    notes: list[str] = []
    (folder / "labels.csv").write_text("path,label,excluded\n" + "".join(f"{row}\n" for row in rows))
    answers = answered(images_in(folder), None, Watch(on_note=notes.append))
    assert any("Until that is put right here, images are judged" in note for note in notes)
    return answers


@pytest.mark.long
def test_whatever_was_decided_the_folder_can_be_opened_again(tmp_path: Path, digits: Dataset) -> None:
    for split, each in (("train", 12), ("test", 3)):
        write_classes(tmp_path / split, digits.train, each)
    answers = decided(tmp_path, "test/3/001.png,zebra,")
    assert answers.class_names == digits.class_names  # judged by the folders
    assert not np.isnan(answers.probabilities).any()
    everything = [f"train/{label}/{number:03}.png,,yes" for label in range(10) for number in range(12)]
    assert not np.isnan(decided(tmp_path, *everything).probabilities).any()
    (tmp_path / "test" / "3").rename(tmp_path / "test" / "zebra")
    answers = decided(tmp_path, "test/zebra/001.png,3,")  # of which the folders alone cannot be read either
    assert np.isnan(answers.probabilities).all()
    (tmp_path / "labels.csv").unlink()
    with pytest.raises(DataError, match="no class 'zebra' in train"):
        answered(images_in(tmp_path), None, Watch())


def test_nothing_is_known_without_judging(tmp_path: Path) -> None:
    images = images_of(tmp_path)
    answers = unanswered(images)
    assert answers.class_names == ("2", "10", "ant")
    assert np.isnan(answers.probabilities).all()


def images_of(folder: Path) -> Images:
    for name in ("ant", "10", "2"):
        (folder / name).mkdir()
        Image.new("L", (4, 4)).save(folder / name / "1.png")
    return images_in(folder)
