"""Pictures in any form that a program has are answered like the same files on the command line."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import convlet
from convlet import cli
from convlet.data import Dataset
from convlet.errors import DataError
from convlet.prediction.pictures import as_trained
from convlet.run import Run
from tests.images import encoded


@pytest.fixture
def files(digits: Dataset, tmp_path: Path) -> list[Path]:
    """Drawings in several formats and sizes; the JPEGs are larger than the reader works in."""
    paths = []
    for number, (side, name) in enumerate([(96, "0.png"), (1500, "1.jpg"), (60, "2.bmp"), (1300, "3.jpeg")]):
        drawn = Image.fromarray(255 - np.pad(digits.test.images[number, ..., 0], 4)).resize((side, side))
        paths.append(tmp_path / name)
        drawn.save(paths[-1])
    return paths


@pytest.fixture
def give() -> Iterator[Callable[[str, Path], Any]]:
    """Return a file in one of WAYS; what was opened is closed after the test."""
    with ExitStack() as opened:

        def give(way: str, path: Path) -> Any:
            given = WAYS[way](path)
            return opened.enter_context(given) if hasattr(given, "close") else given

        yield give


WAYS: dict[str, Callable[[Path], Any]] = {
    "paths": lambda path: path,
    "texts": str,
    "bytes": Path.read_bytes,
    "open files": lambda path: path.open("rb"),
    "files in memory": lambda path: io.BytesIO(path.read_bytes()),
    "Pillow images": Image.open,
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_gives_the_answers_of_the_command_line(
    way: str, run: Run, files: list[Path], give: Callable[[str, Path], Any], capfd, monkeypatch
):
    given = [give(way, path) for path in files]
    answers = convlet.predict(run, given)
    monkeypatch.setattr(sys, "argv", ["convlet", "predict", str(run.path), *map(str, files), "--json"])
    with pytest.raises(SystemExit) as exited:
        cli.main()
    assert not exited.value.code
    told = json.loads(capfd.readouterr().out)
    top = [[[name, float(f"{part:.6g}")] for name, part in one.top] for one in answers]  # JSON has six digits
    assert [(one.label, each) for one, each in zip(answers, top, strict=True)] == [
        (one["label"], one["top"]) for one in told
    ]
    assert convlet.predict(run, give(way, files[0])) == answers[:1]
    assert convlet.Predictor(run.path).predict(give(way, path) for path in files) == answers


def test_a_column_of_paths_and_bytes_of_any_kind(run: Run, files: list[Path]):
    answers = convlet.predict(run, files)
    for column in (np.array(list(map(str, files))), np.array(files, object)):
        assert convlet.predict(run, column) == answers
    content = files[0].read_bytes()
    for given in (bytearray(content), memoryview(content)):
        assert convlet.predict(run, given) == answers[:1]


def test_a_pillow_image_that_is_not_decoded_yet_stays_so(run: Run, files: list[Path]):
    with Image.open(files[1]) as image:
        convlet.predict(run, image)
        assert image.size == (1500, 1500)
        assert image.getpixel((0, 0)) == 255


def test_ways_are_mixed(run: Run, files: list[Path], give: Callable[[str, Path], Any]):
    drawing = give("Pillow images", files[2])
    mixed = (files[0], str(files[1]), files[2].read_bytes(), give("Pillow images", files[3]), np.asarray(drawing))
    expected = convlet.predict(run, files)
    assert convlet.predict(run, mixed) == [*expected, expected[2]]


def test_pixels_of_any_type_and_any_size_are_one_picture(run: Run, files: list[Path], give: Callable[[str, Path], Any]):
    pixels = np.asarray(give("Pillow images", files[0]))
    (expected,) = convlet.predict(run, pixels)
    colored = np.repeat(pixels[..., np.newaxis], 3, axis=-1)
    for given in (
        *(pixels[..., np.newaxis], colored, np.dstack([colored, np.full_like(pixels, 255)])),
        *(pixels / 255, (pixels / 255).astype(np.float32), pixels.astype(float), pixels.astype(np.int64)),
        pixels.astype(np.uint16) * 257,
    ):
        assert convlet.predict(run, given) == convlet.predict(run, [given]) == [expected]
    both = pixels > 128
    assert convlet.predict(run, both) == convlet.predict(run, (both * 255).astype(np.uint8))


def test_an_array_in_the_models_size_is_its_input(run: Run, noise: np.ndarray):
    predictor = run.predictor()
    expected = predictor.predict(noise)
    assert predictor.predict(noise[..., 0]) == predictor.predict(iter(noise)) == expected
    assert predictor.predict([*noise[:3, ..., 0], *(noise[3:] / 255)]) == expected
    assert predictor.predict(noise[0]) == predictor.predict(noise[0, ..., 0]) == expected[:1]
    np.testing.assert_array_equal(predictor.probabilities(list(noise)), predictor.probabilities(noise))


def test_pictures_are_read_batch_by_batch(run: Run, noise: np.ndarray, monkeypatch: pytest.MonkeyPatch):
    predictor, seen, taken = run.predictor(), [], []
    compute = predictor._compute
    monkeypatch.setattr(predictor, "_compute", lambda batch: seen.append((len(batch), len(taken))) or compute(batch))
    many = (taken.append(0) or noise[number % 12] for number in range(150))
    assert len(predictor.predict(many)) == 150
    assert seen == [(64, 64), (64, 128), (22, 150)]


def test_explain_takes_what_predict_takes(run: Run, files: list[Path], give: Callable[[str, Path], Any]):
    expected = convlet.explain(run.path, files[0])
    for way in ("bytes", "open files", "Pillow images"):
        np.testing.assert_array_equal(convlet.explain(run.path, give(way, files[0])).values, expected.values)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (7, "int; expected the path"),
        ([np.zeros((8, 8, 1), np.uint8), None], "image 1 is of type NoneType"),
        ([[0, 0], [0, 0]], "image 0 is of type list"),
        ([np.full((9, 9), 256)], "image 0 is an array of int64 from 256 to 256"),
        ([np.full((9, 9), -0.5)], "from -0.5 to -0.5"),
        ([np.full((9, 9), np.nan)], "nan"),
        ([np.array([["a"]])], "<U1"),
        ([np.zeros((9, 9, 2), np.uint8)], r"image 0 is an array of uint8, shape \(9, 9, 2\)"),
        (np.zeros((5, 64), np.uint8), r"shape \(5, 64\); this model takes \(n, 8, 8, 1\)"),
        (np.zeros((5, 9, 9, 1), np.uint8), r"list\(images\)"),
        ([io.StringIO("text")], "image 0 is a file opened as text"),
        (["none.png"], "no file none.png"),
        ([encoded(np.zeros((4, 4), np.uint8)), b"text"], "image 1 is not an image"),
    ],
)
def test_what_is_no_picture_is_named(given: Any, words: str, run: Run):
    with pytest.raises(DataError, match=words):
        convlet.predict(run, given)


@pytest.mark.parametrize("kind", [np.uint8, np.int64, np.float32])
def test_arrays_as_training_had_them_are_stretched_as_it_did_and_it_is_said(run: Run, digits: Dataset, kind: type):
    images = digits.test.images[:60]
    raw = np.rint(images * (16 / 255)).astype(kind)
    predictor = run.predictor()
    assert predictor.signature.white == 16
    answers = predictor.predict(images)
    for given in (raw, list(raw), iter(raw[..., 0])):
        with pytest.warns(UserWarning, match="pixels up to 16 are stretched"):
            assert predictor.predict(given) == answers
    with pytest.warns(UserWarning, match="pixels up to 16 are stretched"):
        np.testing.assert_array_equal(predictor.read(raw[0]), predictor.read(images[0]))
    if kind == np.float32:
        assert predictor.predict(list(raw / 16)) == answers


@pytest.mark.parametrize(
    ("white", "values"),
    [
        (255, np.array([0, 9], np.uint8)),
        (16, np.array([0, 17], np.uint8)),
        (16, np.array([0, 0.5])),
        (16, np.array([-1, 9])),
        (16, np.array([0, 0], np.uint8)),
        (16, np.array([False, True])),
        (4095, np.array([0, 255], np.uint8)),
        (4095, np.array([0.0, 255.0])),
    ],
)
def test_other_arrays_are_what_they_were(white: float, values: np.ndarray):
    assert as_trained(values, white) is values


@pytest.mark.parametrize(
    ("white", "values", "expected"),
    [(16, [0, 8, 16], [0, 128, 255]), (65535, np.array([0, 257], np.uint16), [0, 1]), (4095, [0, 4095], [0, 255])],
)
def test_white_is_that_of_training(white: float, values: Any, expected: list[int]):
    with pytest.warns(UserWarning, match="stretched"):
        assert as_trained(np.array(values), white).tolist() == expected
