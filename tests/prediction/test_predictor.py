import dataclasses
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

import convlet
from convlet.data import ImagesOnDisk
from convlet.errors import DataError, ModelError
from convlet.prediction.predictor import Answer
from convlet.run import Run
from convlet.signature import Form

FORMS = ["folder", "model.onnx", "model.keras"]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_model_gives_the_same_answers(form: str, run: Run, digits, capsys) -> None:
    predictor = convlet.Predictor(run.path if form == "folder" else run.path / form)
    images = digits.test.images[:100]
    np.testing.assert_allclose(predictor.probabilities(images), run.predictor().probabilities(images), atol=1e-5)
    assert predictor.signature == run.predictor().signature
    assert capsys.readouterr().out == ""


def test_an_answer(run: Run, digits) -> None:
    answers = run.predictor().predict(digits.test.images[:20])
    probabilities = run.predictor().probabilities(digits.test.images[:20])
    assert len(answers) == 20
    for answer, row in zip(answers, probabilities, strict=True):
        assert answer.label == digits.class_names[row.argmax()]
        assert answer.probability == pytest.approx(row.max())
        assert answer.top[0] == (answer.label, answer.probability)
        assert [p for _, p in answer.top] == sorted((p for _, p in answer.top), reverse=True)
        assert len(answer.top) == 3
        assert not answer.empty
        assert answer.known == (answer.probability >= run.predictor().signature.threshold)
    assert sum(answer.known for answer in answers) >= 17


def test_an_empty_image_is_empty_and_no_digit(run: Run) -> None:
    images = np.stack([np.full((8, 8, 1), tone, np.uint8) for tone in (0, 100, 255)])
    images[1, 3, 3] = 108  # the noise of a sensor
    for answer in run.predictor().predict(images):
        assert (answer.label, answer.probability, answer.known, answer.empty) == ("empty", 0.0, False, True)
        assert len(answer.top) == 3


@pytest.mark.parametrize("along", [0, 1])
def test_a_faint_gradient_is_empty_and_a_clear_one_is_not(run: Run, along: int) -> None:
    ramp = np.linspace(0, 1, 8).reshape((8, 1, 1) if along == 0 else (1, 8, 1)) * np.ones((8, 8, 1))
    faint, clear = (np.rint(100 + ramp * most).astype(np.uint8) for most in (15, 16))
    predictor = run.predictor()
    assert [answer.probability > 0 for answer in predictor.predict([faint, clear])] == [False, True]


def test_flat_colors_are_empty_however_far_apart_the_channels_are(run: Run) -> None:
    images = np.zeros((2, 8, 8, 3), np.uint8)
    images[..., 0] = 200
    images[1, 0, 0, 1] = 20
    probabilities = np.full((2, 10), 0.1, np.float32)
    assert [answer.probability > 0 for answer in run.predictor().answers(images, probabilities)] == [False, True]


def test_a_picture_of_one_color_may_be_a_class(run: Run, monkeypatch) -> None:
    predictor = run.predictor()
    picture = dataclasses.replace(predictor.signature, form=Form(kind="picture"), threshold=None)
    monkeypatch.setattr(predictor, "signature", picture)
    (answer,) = predictor.predict(np.zeros((1, 8, 8, 1), np.uint8))
    assert answer.known
    assert (answer.label, answer.probability) == answer.top[0]


def test_a_probability_equal_to_the_threshold_is_known_and_ties_go_to_the_first_class(run: Run, monkeypatch) -> None:
    predictor = run.predictor()
    monkeypatch.setattr(predictor, "signature", dataclasses.replace(predictor.signature, threshold=0.25))
    images = np.zeros((2, 8, 8, 1), np.uint8)
    images[:, 2:6, 4] = 255
    probabilities = np.full((2, 10), 0.03125, np.float32)
    probabilities[0, [2, 5, 7]] = 0.25
    probabilities[1, [2, 5, 7]] = 0.24
    equal, below = predictor.answers(images, probabilities)
    assert equal.top == (("2", 0.25), ("5", 0.25), ("7", 0.25))
    assert (equal.known, below.known) == (True, False)


def test_known_is_what_reaches_the_threshold(run: Run, digits, monkeypatch) -> None:
    predictor = run.predictor()
    images = digits.test.images[:100]
    median = float(np.median(predictor.probabilities(images).max(axis=1)))
    monkeypatch.setattr(predictor, "signature", dataclasses.replace(predictor.signature, threshold=median))
    answers = predictor.predict(images)
    assert sum(answer.known for answer in answers) == 50
    assert all(answer.known == (answer.probability >= median) for answer in answers)


def test_a_model_without_a_threshold_knows_everything(run: Run, noise, monkeypatch) -> None:
    predictor = run.predictor()
    monkeypatch.setattr(predictor, "signature", dataclasses.replace(predictor.signature, threshold=None))
    assert all(answer.known for answer in predictor.predict(noise))


def test_reads_strangers_images_in_the_form_of_its_data(run: Run, digits) -> None:
    predictor = run.predictor()
    drawn = (Image.fromarray(np.pad(255 - one[..., 0], 2, constant_values=255)) for one in digits.test.images[:40])
    large = [np.asarray(one.resize((96, 96), Image.Resampling.BICUBIC)) for one in drawn]
    read = np.stack([predictor.read(picture) for picture in large])
    assert read.shape == (40, 8, 8, 1)
    assert (predictor.probabilities(read).argmax(axis=1) == digits.test.labels[:40]).mean() > 0.8
    page = np.full((120, 240), 255, np.uint8)
    page[12:108, 12:108], page[12:108, 132:228] = large[0], large[1]
    assert [character.line for character in predictor.read_page(page)] == [0, 0]


def test_takes_arrays_with_and_without_channels_and_lists(run: Run, noise) -> None:
    predictor = run.predictor()
    whole = predictor.probabilities(noise)
    np.testing.assert_array_equal(predictor.probabilities(noise[..., 0]), whole)
    np.testing.assert_array_equal(predictor.probabilities(list(noise)), whole)


def test_many_images_are_answered_in_order(run: Run, noise) -> None:
    predictor = run.predictor()
    many = np.concatenate([noise] * 30)  # more than one batch, and no multiple of one
    np.testing.assert_allclose(
        predictor.probabilities(many), np.concatenate([predictor.probabilities(noise)] * 30), atol=1e-6
    )


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_images_on_disk_are_read_batch_by_batch(form: str, run: Run, digits, on_disk, monkeypatch) -> None:
    predictor = convlet.Predictor(run.path if form == "folder" else run.path / form)
    read, real = [], ImagesOnDisk.__getitem__
    monkeypatch.setattr(
        ImagesOnDisk, "__getitem__", lambda images, key: read.append(len(found := real(images, key))) or found
    )
    np.testing.assert_array_equal(
        predictor.probabilities(on_disk.test.images), predictor.probabilities(digits.test.images)
    )
    assert sum(read) == len(digits.test)
    assert max(read) <= 64
    assert [answer.label for answer in predictor.predict(on_disk.test.images.take(slice(3)))] == [
        answer.label for answer in predictor.predict(digits.test.images[:3])
    ]


def test_evaluating_images_on_disk(run: Run, digits, on_disk) -> None:
    found = run.predictor().evaluate(on_disk)
    assert found == run.predictor().evaluate(digits)
    assert found.n == len(digits.test)
    assert found.accuracy > 0.85
    with pytest.raises(DataError, match=r"shape \(360, 4, 4, 4\)"):
        run.predictor().predict(ImagesOnDisk(on_disk.test.images._file, 0, (360, 4, 4, 4)))


@pytest.mark.parametrize("empty", [[], np.empty((0, 8, 8, 1), np.uint8)])
def test_no_images_no_answers(empty, run: Run) -> None:
    assert run.predictor().predict(empty) == []


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (np.zeros((1, 8, 8, 1), np.float32), "do not divide by 255"),
        (np.zeros((1, 9, 8, 1), np.uint8), r"shape \(1, 9, 8, 1\)"),
        (np.zeros((1, 8, 8, 3), np.uint8), "takes"),
    ],
)
def test_refuses_other_images(images, words: str, run: Run) -> None:
    with pytest.raises(DataError, match=words):
        run.predictor().predict(images)


def test_evaluates_only_data_of_its_own_form(run: Run, digits) -> None:
    from dataclasses import replace

    other = replace(digits, class_names=tuple("abcdefghij"))
    with pytest.raises(ModelError, match="classes it was trained on"):
        run.predictor().evaluate(other)


def test_an_onnx_model_needs_no_framework(run: Run) -> None:
    program = (
        "import sys, numpy, convlet; "
        f"answers = convlet.Predictor({str(run.path)!r}).predict(numpy.zeros((2, 8, 8), numpy.uint8)); "
        "assert len(answers) == 2; "
        "print(*sorted({'keras', 'tensorflow', 'matplotlib', 'sklearn', 'onnx'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_threads_ask_at_once(run: Run, digits) -> None:
    shared = convlet.Predictor(run.path, threads=1)
    expected = shared.probabilities(digits.test.images)
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(shared.probabilities, [digits.test.images] * 16):
            np.testing.assert_array_equal(found, expected)


def test_data_that_it_cannot_be_judged_on(run: Run, digits) -> None:
    predictor = run.predictor()
    renamed = dataclasses.replace(digits, class_names=tuple("abcdefghij"))
    with pytest.raises(ModelError, match=r"a, b, c, d, e, f, \.\.\. \(10\).*0, 1, 2, 3, 4, 5, \.\.\. \(10\)"):
        predictor.split(renamed, "test")
    with pytest.raises(ModelError, match="has the classes a, b, c, d, e, f, this model"):
        few = dataclasses.replace(digits.train, images=digits.train.images[:1], labels=np.zeros(1, np.int64))
        predictor.split(dataclasses.replace(digits, train=few, class_names=tuple("abcdef")), "test")
    assert predictor.split(digits, "train") is digits.train


def test_arrays_of_another_size_are_brought_to_the_model_s(run: Run, digits) -> None:
    predictor = run.predictor()
    large = np.repeat(np.repeat(digits.test.images[:40], 3, axis=1), 4, axis=2)
    split = dataclasses.replace(digits.test, images=large, labels=digits.test.labels[:40])
    given = dataclasses.replace(digits, train=split, open_test=lambda: split)
    expected = np.stack([predictor.read(image) for image in large])
    np.testing.assert_array_equal(predictor.split(given, "test").images, expected)
    assert predictor.evaluate(given).n == 40


def test_an_answer_is_known_and_not_empty_unless_it_says_so() -> None:
    answer = Answer("7", 1.0, ())
    assert (answer.known, answer.empty) == (True, False)


def test_arrays_are_stretched_as_those_of_training_were_and_pictures_are_not(run: Run, monkeypatch) -> None:
    predictor = run.predictor()
    monkeypatch.setattr(predictor, "signature", dataclasses.replace(predictor.signature, white=16.0))
    pixels = np.zeros((8, 8), np.uint8)
    pixels[2:6, 3:5] = 16
    bright = predictor.read(pixels // 16 * 255)  # beyond 16: as it is
    with pytest.warns(UserWarning, match="up to 16"):
        np.testing.assert_array_equal(predictor.read(pixels), bright)
    dark = Image.fromarray(pixels)
    assert predictor.read(dark).max() < 255


def test_a_class_may_be_called_empty(run: Run, digits, monkeypatch) -> None:
    predictor = run.predictor()
    names = tuple("empty" if name == "3" else name for name in digits.class_names)
    monkeypatch.setattr(predictor, "signature", dataclasses.replace(predictor.signature, class_names=names))
    threes = digits.test.images[digits.test.labels == 3][:20]
    answers = predictor.predict([*threes, np.zeros((8, 8, 1), np.uint8)])
    assert [answer.empty for answer in answers] == [False] * 20 + [True]
    assert sum(answer.label == "empty" and answer.probability > 0.5 for answer in answers) > 15
