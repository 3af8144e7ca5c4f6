"""Models side by side."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import convlet
from convlet.comparison import compare
from convlet.errors import DataError, ModelError, UsageError
from convlet.run import Run
from tests.data.datafiles import write_photographs
from tests.serving.labeling.running import write_flat

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def worse(digits, tmp_path_factory) -> Run:
    """A training too short to match the other."""
    return convlet.train(
        digits, convlet.recipe("small-data", epochs=1, filters=[4]), out=tmp_path_factory.mktemp("worse") / "runs"
    )


def altered(run: Run, folder: Path, **facts) -> Run:
    """A copy of a run whose manifest describes a different data set."""
    copy = Run(shutil.copytree(run.path, folder / "altered-1"))
    copy.update(dataset=copy.manifest["dataset"] | facts)
    return copy


def test_the_better_comes_first_and_the_difference_is_real(run: Run, worse: Run, digits) -> None:
    found = compare([worse, run], split="test")
    best, other = found.models
    assert (found.dataset, found.split, found.n) == ("digits", "test", len(digits.test))
    assert best.accuracy == run.evaluate(digits).accuracy > other.accuracy == worse.evaluate(digits).accuracy
    (pair,) = found.pairs
    assert (pair.first, pair.second) == (best.name, other.name)
    assert pair.test.difference == pytest.approx(best.accuracy - other.accuracy)
    assert pair.p == pair.test.p < 0.05
    assert pair.real
    assert other.params < best.params
    assert min(best.images_per_second, other.images_per_second, best.train_seconds) > 0


def test_files_are_compared_as_runs_are_and_a_copy_is_never_better(run: Run, worse: Run) -> None:
    found = compare([worse, run.path / "model.keras", str(run.path / "model.onnx")])
    keras, onnx, other = found.models
    assert (keras.name, onnx.name, other.name) == (
        f"{run.path.name}/model.keras",
        f"{run.path.name}/model.onnx",
        worse.path.name,
    )
    assert (keras.accuracy, keras.params, keras.bytes) == (
        onnx.accuracy,
        None,
        (run.path / "model.keras").stat().st_size,
    )
    assert [(pair.first, pair.second) for pair in found.pairs] == [
        (keras.name, onnx.name),
        (keras.name, other.name),
        (onnx.name, other.name),
    ]
    same, first, second = found.pairs
    assert (same.p, same.real, same.test.only_first, same.test.only_second) == (1, False, 0, 0)
    assert (
        first.p == second.p == pytest.approx(3 * first.test.p)
    )  # the smallest of three, and the next, which may not be smaller
    assert found.behind_the_best == (same, first)
    assert [model["name"] for model in found.to_dict()["models"]] == [keras.name, onnx.name, other.name]


def test_by_default_on_the_validation_images_with_the_settings_that_differ(run: Run, worse: Run, digits) -> None:
    found = compare([worse, run])
    assert (found.split, found.n) == ("validation", 144)
    better, other = (model.name for model in found.models)
    assert found.settings == {
        "filters": {better: (32, 64), other: (4,)},
        "epochs": {better: 4, other: 1},
    }
    assert found.to_dict()["settings"].keys() == {"filters", "epochs"}
    assert compare([worse, run], digits).split == "test"


def test_runs_of_one_name_are_told_apart_by_their_folders(run: Run, tmp_path) -> None:
    copy = Path(shutil.copytree(run.path, tmp_path / "again" / run.path.name))
    names = {model.name for model in compare([run, copy]).models}
    assert names == {f"runs/{run.path.name}", f"again/{run.path.name}"}


def test_too_few_or_one_twice(run: Run, monkeypatch) -> None:
    with pytest.raises(UsageError, match="at least two models, received 1"):
        compare([run])
    monkeypatch.chdir(run.path.parent)
    with pytest.raises(UsageError, match="named twice"):
        compare([run, run.path.name])


def test_models_of_different_data_are_compared_only_on_data_that_are_named(
    run: Run, worse: Run, digits, tmp_path
) -> None:
    changed = altered(worse, tmp_path, train_sha256="0" * 64)
    with pytest.raises(DataError, match="altered-1 was trained on other images than digits has now"):
        compare([run, changed])
    assert compare([run, changed], digits).n == len(digits.test)
    elsewhere = altered(worse, tmp_path / "other", name="letters")
    with pytest.raises(DataError, match=r"altered-1 was trained on letters, .* on digits"):
        compare([run, elsewhere])


def test_images_that_one_was_trained_on_and_another_was_not_are_no_match(
    run: Run, worse: Run, digits, tmp_path
) -> None:
    assert compare([run, worse], split="validation").n == len(run.dataset().with_validation(0.1).validation)
    tutorial = altered(worse, tmp_path, validation=None, train_sha256=digits.train.sha256)
    assert compare([run, tutorial]).n == len(digits.test)
    assert compare([run, worse.path / "model.onnx"]).split == "test"
    for split in ("validation", "train"):
        with pytest.raises(DataError, match="not trained on the same part of train"):
            compare([run, tutorial], split=split)
    with pytest.raises(DataError, match=r"model.onnx does not say"):
        compare([run, worse.path / "model.onnx"], split="validation")


@pytest.mark.long
def test_runs_of_other_sizes_are_judged_each_on_its_own_reading_of_the_same_images(tmp_path) -> None:
    write_photographs(tmp_path / "pets", [(20, 10)] * 12)
    small = convlet.recipe("small-data", epochs=1, filters=[2], dense_units=4, validation_fraction=0.2)
    made = [
        convlet.train(convlet.load(tmp_path / "pets"), small.changed(**changes), out=tmp_path / "runs")
        for changes in ({}, {"image_size": "12x12", "fit": "crop"}, {"image_size": "12x12", "fit": "stretch"})
    ]
    validated, tested = (
        {one.path.name: one.judge(split=split)[0].evaluation.loss for one in made} for split in ("validation", "test")
    )
    for order in (made, made[::-1]):
        found = compare(order)
        assert (found.split, found.n, len(found.models)) == ("validation", 4, 3)
        assert {row.name: row.loss for row in found.models} == pytest.approx(validated, abs=1e-6)
    found = compare(made, convlet.load(tmp_path / "pets"))
    assert {row.name: row.loss for row in found.models} == pytest.approx(tested, abs=1e-6)


def test_a_model_that_cannot_be_judged_is_named(run: Run, worse: Run, digits, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="empty is not a run folder"):
        compare([run, tmp_path / "empty"])
    unfinished = Run(shutil.copytree(worse.path, tmp_path / "unfinished-1"))
    (unfinished.path / "model.onnx").unlink()
    with pytest.raises(ModelError, match=r"unfinished-1 has no model\.onnx"):
        compare([run, unfinished])
    letters = replace(digits, class_names=tuple("abcdefghij"))
    with pytest.raises(ModelError, match=rf"{run.path.name}: digits has the classes a, b"):
        compare([run, worse], letters)


def test_images_that_one_was_taught_are_not_what_it_is_judged_on(run: Run, worse: Run, digits, tmp_path) -> None:
    """Without that, a fifth of them would be: images that it learned from, beside models that never saw them."""
    folder = tmp_path / "mine"
    for label in "37":
        write_flat(folder / label, digits.test.take(np.flatnonzero(digits.test.labels == int(label))), 10)
    taught = convlet.train(convlet.load(folder), run.teaching(epochs=1), start=run, out=tmp_path / "runs")
    moved = Path(shutil.copytree(folder, tmp_path / "elsewhere"))
    assert compare([run, worse], convlet.load(folder)).n == 4
    for models in ([taught, run], [worse, taught]):
        for place in (folder, moved):
            with pytest.raises(DataError, match="each of these few was taught"):
                compare(models, convlet.load(place))
    (moved / "3" / "000.png").unlink()
    assert compare([taught, run], convlet.load(moved)).n == 4  # by now it is another data set


def test_of_many_taught_images_those_are_judged_that_were_held_out(run: Run, digits, tmp_path) -> None:
    folder = tmp_path / "mine"
    for label in "37":
        write_flat(folder / label, digits.train.take(np.flatnonzero(digits.train.labels == int(label))), 60)
    taught = convlet.train(convlet.load(folder), run.teaching(epochs=1), start=run, out=tmp_path / "runs")
    assert compare([taught, run], convlet.load(folder)).n == len(taught.dataset().test) == 24
    kept = run.kept_images()
    assert kept is not None
    learned = np.asarray(taught.dataset().train.images)[len(kept.trained) :]
    judged = {image.tobytes() for image in np.asarray(taught.dataset().test.images)}
    assert judged.isdisjoint(image.tobytes() for image in learned)
