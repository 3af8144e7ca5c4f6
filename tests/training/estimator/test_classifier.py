"""`convlet.Classifier` holds to scikit-learn's contract."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import convlet
from convlet.data import Dataset
from convlet.errors import OutputError

NAMES = np.array(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
QUICK = {"filters": [16, 32], "kernel_size": 3, "dense_units": 64}


def quick(**given: Any) -> convlet.Classifier:
    """A classifier that trains for a second."""
    return convlet.Classifier("small-data", **{"epochs": 15, "settings": QUICK} | given)


@pytest.fixture(scope="module")
def fitted(digits: Dataset) -> convlet.Classifier:
    """Trained on floats from 0 to 1, with texts as labels."""
    return quick().fit(digits.train.images[..., 0] / 255, NAMES[digits.train.labels])


@pytest.fixture(scope="module")
def held_out(digits: Dataset) -> tuple[np.ndarray, np.ndarray]:
    return digits.test.images[..., 0] / 255, NAMES[digits.test.labels]


def test_it_answers_in_the_own_words_of_labels(
    fitted: convlet.Classifier, held_out: tuple[np.ndarray, np.ndarray]
) -> None:
    images, labels = held_out
    assert fitted.score(images, labels) > 0.7
    assert fitted.predict(images[:3]).dtype == labels.dtype
    probabilities = fitted.predict_proba(images)
    assert probabilities.shape == (360, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    np.testing.assert_array_equal(fitted.classes_, sorted(NAMES))
    np.testing.assert_array_equal(fitted.classes_[probabilities.argmax(axis=1)], fitted.predict(images))


def test_it_says_what_it_learned_from(fitted: convlet.Classifier) -> None:
    assert is_classifier(fitted)
    assert (fitted.n_features_in_, fitted.image_shape_, fitted.run_) == (64, (8, 8, 1), None)
    assert (fitted.recipe_.name, fitted.recipe_.epochs, fitted.recipe_.filters) == ("small-data", 15, (16, 32))
    assert [epoch.epoch for epoch in fitted.history_] == [*range(1, 16)]
    assert fitted.metrics_["validated_on"] == "validation"


def test_it_pickles_with_its_model(fitted: convlet.Classifier, held_out: tuple[np.ndarray, np.ndarray]) -> None:
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict_proba(held_out[0]), fitted.predict_proba(held_out[0]))


def test_it_saves_a_file_that_every_verb_takes(
    fitted: convlet.Classifier, held_out: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    fitted.save(tmp_path / "digits.onnx")
    answers = convlet.predict(tmp_path / "digits.onnx", list(held_out[0][:50]))
    assert [answer.label for answer in answers] == fitted.predict(held_out[0][:50]).tolist()
    with pytest.raises(ValueError, match=r"does not end in \.onnx"):
        fitted.save(tmp_path / "digits.h5")
    with pytest.raises(OutputError, match="there is no folder"):
        fitted.save(tmp_path / "missing" / "digits.onnx")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # they train too shortly
def test_nothing_is_written_here_unless_asked(digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    few = digits.train.take(digits.train.sample(200))
    quick(epochs=1).fit(few.images, few.labels)
    assert list(tmp_path.iterdir()) == []
    kept = quick(epochs=1, out=tmp_path / "runs").fit(few.images, few.labels)
    assert kept.run_.path == tmp_path / "runs" / "arrays-small-data-1"
    assert kept.run_.status == "done"
    with pytest.raises(convlet.ConvletError):
        kept.run_.evaluate()


def test_an_interrupted_training_without_a_folder_tells_of_none(digits: Dataset, tmp_path: Path) -> None:
    said: list[str] = []

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for out, words in ((None, "nothing is kept"), (tmp_path, "convlet train --resume")):
        watch = convlet.Watch(on_note=said.append, on_epoch=interrupt)
        with pytest.raises(KeyboardInterrupt):
            quick(watch=watch, out=out).fit(digits.train.images, digits.train.labels)
        assert words in said[-1]
        assert ("--resume" in said[-1]) == bool(out)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("lr", "learning_rate"),
        ("nb_epoch", "epochs"),
        ("dropout", r"settings=\{'dropout': \.\.\.\}"),
        ("dropout_rate", r"settings=\{'dropout': \.\.\.\}"),
    ],
)
def test_a_parameter_of_another_program(name: str, meant: str) -> None:
    with pytest.raises(TypeError, match=f"no parameter '{name}'. Did you mean {meant}\\?"):
        convlet.Classifier(**{name: 1})
    with pytest.raises(TypeError, match=r"no parameter 'zzz'\. Its parameters are: recipe, epochs"):
        convlet.Classifier(zzz=1)


def test_a_clone_has_the_settings_and_nothing_learned(fitted: convlet.Classifier) -> None:
    again = clone(fitted)
    assert again.get_params() == fitted.get_params()
    assert again.set_params(epochs=9).epochs == 9
    for asked in (again.predict, again.predict_proba):
        with pytest.raises(NotFittedError):
            asked(np.zeros((1, 8, 8)))
    with pytest.raises(NotFittedError):
        again.save("digits.onnx")


IMAGES, LABELS = np.zeros((4, 8, 8)), [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("given", "images", "labels", "words"),
    [
        ({}, IMAGES, [0, 0, 1], "inconsistent numbers of samples"),
        ({}, IMAGES, [1, 1, 1, 1], "y has 1 class, 1; expected at least 2"),
        ({}, IMAGES, None, "y is None"),
        ({}, IMAGES, [0.5, 0.1, 1.2, 3.4], "Unknown label type"),
        ({}, IMAGES - 1, LABELS, "run from -1 to .*; expected 0 to 255, or 0 to 1"),
        ({}, IMAGES * np.nan, LABELS, "NaN"),
        ({}, IMAGES, LABELS, "identical"),
        ({}, np.zeros((4, 785)), LABELS, "785 features, which are no square image"),
        ({}, [np.zeros((8, 8)), np.zeros((9, 9))], [0, 1], "several shapes"),
        ({"recipe": "fats"}, None, LABELS, "no recipe 'fats'. Did you mean fast"),
        ({"settings": {"droput": 0}}, None, LABELS, "no field 'droput'"),
        ({"epochs": 0}, None, LABELS, "epochs must be"),
        ({"random_state": "one"}, None, LABELS, "'one' cannot be used to seed"),
    ],
)
def test_what_is_wrong_is_a_value_error_with_words(given: Any, images: Any, labels: Any, words: str) -> None:
    images = np.arange(256, dtype=np.uint8).reshape(4, 8, 8) if images is None else images
    with pytest.raises(ValueError, match=words):
        convlet.Classifier(**{"recipe": "small-data"} | given).fit(images, labels)


def test_other_images_than_those_it_learned_from_are_refused(fitted: convlet.Classifier) -> None:
    with pytest.raises(ValueError, match=r"shape \(1, 9, 9\); expected \(n, 8, 8\)"):
        fitted.predict(np.zeros((1, 9, 9)))
    with pytest.raises(ValueError, match="expected 0 to 1, as in train"):
        fitted.predict(np.full((1, 8, 8), 200))


def test_a_training_that_went_wrong_warns(digits: Dataset) -> None:
    few = digits.train.take(digits.train.sample(300))
    with pytest.warns(ConvergenceWarning, match="probably too low|has not learned"):
        quick(epochs=1, batch_size=200).fit(few.images, few.labels)


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # they train too shortly
def test_the_seed_decides(digits: Dataset) -> None:
    few = digits.train.take(digits.train.sample(300))
    seeds = (1, 1, np.random.RandomState(3))
    one, same, other = (quick(random_state=seed).fit(few.images, few.labels) for seed in seeds)
    probabilities = [each.predict_proba(few.images) for each in (one, same, other)]
    np.testing.assert_array_equal(probabilities[0], probabilities[1])
    assert (probabilities[0] != probabilities[2]).any()
    assert other.recipe_.seed == np.random.RandomState(3).randint(2**31)


@pytest.mark.long
def test_large_images_are_resized_in_fit_and_in_predict() -> None:
    draw = np.random.default_rng(0)
    labels = np.arange(60) % 2
    images = draw.integers(0, 100, (60, 80, 80, 3), dtype=np.uint8)
    images[labels == 1, :, :, 0] += 120
    found = convlet.Classifier(settings=QUICK, epochs=8).fit(images, labels)
    assert found.image_shape_[0] < 80
    assert found.n_features_in_ == 80 * 80 * 3
    assert found.score(images, labels) > 0.9


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # they train too shortly
def test_it_works_in_pipelines_and_searches(digits: Dataset) -> None:
    few = digits.train.take(digits.train.sample(500))
    rows = few.images.reshape(500, 64)
    piped = make_pipeline(MinMaxScaler(clip=True), quick())
    assert cross_val_score(piped, rows, few.labels, cv=2).min() > 0.5
    flat = FunctionTransformer(lambda images: images.reshape(-1, 8, 8))
    search = GridSearchCV(make_pipeline(flat, quick()), {"classifier__epochs": [1, 15]}, cv=2)
    search.fit(rows, few.labels)
    assert search.best_params_ == {"classifier__epochs": 15}
    assert search.score(rows, few.labels) > 0.6


# Every check of scikit-learn runs as it is. `check_array_api_input` skips itself: it needs SCIPY_ARRAY_API and a
# library of arrays that it knows, and Classifier takes NumPy's.
@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks([quick(epochs=25, settings=QUICK | {"filters": [8]})])
def test_scikit_learns_own_checks(estimator: Any, check: Any) -> None:
    check(estimator)
