"""A training goes on from a trained model: what it knew stays, new images and classes are learned."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import convlet
from convlet.data import Dataset, Split
from convlet.errors import DataError, ModelError, RecipeError
from convlet.models.keras_file import load_keras
from convlet.run import Run
from convlet.run.kept import KEPT
from convlet.training.start import parent_of

pytestmark = pytest.mark.slow


def corners(count: int, seed: int = 0) -> np.ndarray:
    """Images that are no digits, a bright corner: uint8 (count, 8, 8, 1)."""
    random = np.random.default_rng(seed)
    images = np.zeros((count, 8, 8, 1), np.uint8)
    images[:, :4, :4] = random.integers(120, 255, (count, 4, 4, 1))
    images[:, 7, random.integers(0, 8, count)] = 200
    return images


def columns(count: int, seed: int = 1) -> np.ndarray:
    images = np.zeros((count, 8, 8, 1), np.uint8)
    images[:, :, 6:] = np.random.default_rng(seed).integers(120, 255, (count, 8, 2, 1))
    return images


@pytest.fixture(scope="module")
def new() -> Dataset:
    """Two new classes and one of the model's, ten images of each."""
    images = np.concatenate([corners(10), columns(10), convlet.load("digits").train.images[:200]])
    labels = np.concatenate([np.repeat([0, 1], 10), convlet.load("digits").train.labels[:200] + 2])
    threes = np.flatnonzero(labels == 5)[:10]
    rows = np.concatenate([np.arange(20), threes])
    where = np.array([0, 1, 9, 9, 9, 2])
    return Dataset.from_arrays(images[rows], where[labels[rows]], class_names=["corner", "column", "3"], name="new")


@pytest.fixture(scope="module")
def taught(run: Run, new: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Run:
    recipe = run.teaching(new.class_names, epochs=8)  # a third of what it says: the new classes are easy
    return convlet.train(new, recipe, start=run, out=tmp_path_factory.mktemp("taught") / "runs")


@pytest.fixture(scope="module")
def short(run: Run, new: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two epochs are enough to see whether another training ends with the same weights."""
    recipe = run.teaching(new.class_names, epochs=2)
    return convlet.train(new, recipe, start=run, out=tmp_path_factory.mktemp("short") / "runs")


def test_new_classes_are_known_afterwards_and_the_others_still_are(run: Run, taught: Run, digits: Dataset) -> None:
    predictor = taught.predictor()
    assert predictor.signature.class_names == (*map(str, range(10)), "corner", "column")
    said = predictor.probabilities(np.concatenate([corners(50, 7), columns(50, 8)])).argmax(axis=1)
    assert (said == np.repeat([10, 11], 50)).mean() >= 0.9
    before, after = (each.predictor().evaluate(digits).accuracy for each in (run, taught))
    assert after >= before - 0.05


def test_the_run_records_its_parent_and_keeps_images_of_every_class(run: Run, taught: Run) -> None:
    assert Path(taught.manifest["start"]["path"]).samefile(run.path)
    assert taught.recipe.name == "teach"
    kept = taught.kept_images()
    assert kept is not None
    assert set(kept.trained.labels.tolist()) == set(range(12))
    before, own = taught.kept_before(), run.kept_images()
    assert before is not None
    assert own is not None
    assert before.trained.sha256 == own.trained.sha256


def test_the_same_training_gives_the_same_weights(run: Run, short: Run, new: Dataset, tmp_path: Path) -> None:
    again = convlet.train(new, run.teaching(new.class_names, epochs=2), start=run.path, out=tmp_path)
    one, other = (load_keras(each.path / "model.keras")[0].get_weights() for each in (short, again))
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_it_goes_on_from_what_was_taught(taught: Run, digits: Dataset, tmp_path: Path) -> None:
    images = np.zeros((6, 8, 8, 1), np.uint8)
    images[:, 2:6, 2:6] = np.random.default_rng(4).integers(150, 255, (6, 4, 4, 1))
    data = Dataset.from_arrays(images, [0] * 6, class_names=["box"])
    third = convlet.train(data, taught.teaching(["box"], epochs=8), start=taught, out=tmp_path)
    predictor = third.predictor()
    assert predictor.signature.class_names[-3:] == ("corner", "column", "box")
    assert (predictor.probabilities(corners(50, 7)).argmax(axis=1) == 10).mean() >= 0.9
    assert predictor.evaluate(digits).accuracy >= 0.85


@pytest.mark.long
def test_a_training_that_was_stopped_is_resumed_to_the_same_weights(
    run: Run, short: Run, new: Dataset, tmp_path: Path
) -> None:
    def stop(_: object) -> None:
        raise KeyboardInterrupt

    recipe = run.teaching(new.class_names, epochs=2)
    with pytest.raises(KeyboardInterrupt):
        convlet.train(new, recipe, start=run, out=tmp_path, watch=convlet.Watch(on_epoch=stop))
    stopped = Run(tmp_path / "new-teach-1")
    resumed = convlet.resume(stopped, new)
    one, other = (load_keras(each.path / "model.keras")[0].get_weights() for each in (short, resumed))
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_stopped_training_whose_parent_is_another_by_now_is_not_resumed(
    run: Run, new: Dataset, tmp_path: Path
) -> None:
    parent = tmp_path / "parent"
    shutil.copytree(run.path, parent)

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convlet.train(new, start=parent, out=tmp_path / "runs", watch=convlet.Watch(on_epoch=stop))
    shutil.rmtree(parent)
    with pytest.raises(ModelError, match=r"goes on from the model in .*parent, which is gone"):
        convlet.resume(Run(tmp_path / "runs" / "new-teach-1"), new)


def test_one_image_of_one_class_is_enough(run: Run, digits: Dataset, tmp_path: Path) -> None:
    notes: list[str] = []
    data = Dataset.from_arrays(corners(1), [0], class_names=["corner"], name="one")
    watch = convlet.Watch(on_note=notes.append)
    found = convlet.train(data, run.teaching(epochs=2), start=run, out=tmp_path, watch=watch)
    assert found.status == "done"
    assert found.predictor().evaluate(digits).accuracy >= 0.8
    assert ": 1 new image, " in notes[0]
    assert "and 1 new: corner" in notes[0]


def test_a_model_file_or_an_unfinished_run_is_no_start(run: Run, new: Dataset, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is a model file, which has no recipe and kept no images"):
        parent_of(run.path / "model.keras")
    with pytest.raises(ModelError):
        parent_of(tmp_path)
    with pytest.raises(RecipeError, match="has filters"):
        convlet.train(new, run.teaching(filters=[4, 4]), start=run, out=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_run_that_kept_nothing_says_so(run: Run, new: Dataset, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(run.path, old)
    (old / KEPT).unlink()
    notes: list[str] = []
    found = convlet.train(
        new, run.teaching(epochs=1), start=old, out=tmp_path / "runs", watch=convlet.Watch(on_note=notes.append)
    )
    assert found.status == "done"
    assert any("kept no images of its training" in note for note in notes)


def test_images_that_were_taught_are_not_judged_as_new(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    for name, images in (("corner", corners(10)), ("column", columns(10))):
        (folder / name).mkdir(parents=True)
        for place, image in enumerate(images):
            Image.fromarray(image[..., 0]).save(folder / name / f"{place}.png")
    found = convlet.train(convlet.load(folder), run.teaching(epochs=1), start=run, out=tmp_path / "runs")
    with pytest.raises(DataError, match="each of these few was taught"):
        found.evaluate(convlet.load(folder))
    with pytest.raises(DataError, match="each of these few was taught"):
        found.as_taught(convlet.load(folder)).test  # noqa: B018


def test_a_split_of_some_of_the_classes_is_judged_by_name(taught: Run) -> None:
    data = Dataset.from_arrays(
        columns(20, 9), [0] * 20, class_names=["column"], test=(Split(columns(20, 9), [0] * 20).images, [0] * 20)
    )
    found = taught.predictor().evaluate(data)
    assert found.accuracy >= 0.9
    assert found.per_class[11].support == 20
