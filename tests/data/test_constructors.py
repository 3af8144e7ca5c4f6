"""Data sets made in Python: of arrays, of files, and of pairs."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlet import Dataset
from convlet.errors import DataError
from convlet.system.watch import Watch
from tests.data.datafiles import TEST, TRAIN, assert_refused, save

ANIMALS = ("ant", "bee", "cat")
WORDS = [ANIMALS[label] for label in TRAIN.labels]


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    return [save(Image.fromarray(image), tmp_path / f"{row}.png") for row, image in enumerate(TRAIN.images)]


def test_arrays_with_a_test_and_a_validation_split():
    data = Dataset.from_arrays(*TRAIN, ANIMALS, test=TEST, validation=(TEST.images[:4], TEST.labels[:4]), name="pets")
    np.testing.assert_array_equal(data.train.images[..., 0], TRAIN.images)
    np.testing.assert_array_equal(data.test.labels, TEST.labels)
    assert (data.name, data.class_names, len(data.validation)) == ("pets", ANIMALS, 4)


def test_arrays_without_a_test_split_and_with_texts():
    data = Dataset.from_arrays(TRAIN.images.tolist(), WORDS)
    assert (data.class_names, len(data.train), len(data.test)) == (ANIMALS, 32, 8)


def test_pixels_from_0_to_1_are_stretched_and_it_is_said():
    notes: list[str] = []
    data = Dataset.from_arrays(TRAIN.images // 128, TRAIN.labels, watch=Watch(on_note=notes.append))
    assert data.train.value_range == (0, 255)
    assert len(notes) == 1


def test_arrays_of_different_counts():
    assert_refused(lambda: Dataset.from_arrays(TRAIN.images, TRAIN.labels[1:]), "arrays: train", "40 images", "39")


@pytest.mark.parametrize("count", [4, 9])
def test_images_all_alike(count: int):
    alike = np.ones((count, 6, 6), np.uint8)
    with pytest.raises(DataError, match=f"all {count} images are alike"):
        Dataset.from_arrays(alike, np.arange(count) % 2)


def test_a_few_images_may_be_alike_by_chance():
    assert len(Dataset.from_arrays(np.ones((3, 6, 6), np.uint8), [0, 1, 1]).train) == 2


@pytest.mark.parametrize("kind", [str, Path])
def test_files(paths: list[Path], kind: type):
    data = Dataset.from_files(list(map(kind, paths)), WORDS, test=(paths[:3], WORDS[:3]))
    np.testing.assert_array_equal(data.train.images[..., 0], TRAIN.images)
    assert data.class_names == ANIMALS
    assert data.train.files[5] == str(paths[5])
    np.testing.assert_array_equal(data.test.images[..., 0], TRAIN.images[:3])


def test_files_of_another_size_and_read_again(paths: list[Path]):
    data = Dataset.from_files(paths, TRAIN.labels, image_size=16, kind="picture")
    assert data.image_shape == (16, 16, 1)
    assert data.test.image_shape == (16, 16, 1)


def test_files_of_another_count(paths: list[Path]):
    assert_refused(lambda: Dataset.from_files(paths, WORDS[1:]), "files: train", "40 files", "39 labels")


@pytest.mark.parametrize("kind", ["array", "Pillow", "path", "float, channels first"])
def test_pairs(paths: list[Path], kind: str):
    images = {
        "array": TRAIN.images,
        "Pillow": map(Image.fromarray, TRAIN.images),
        "path": paths,
        "float, channels first": TRAIN.images[:, np.newaxis] / np.float32(255),
    }[kind]
    test = zip(paths, WORDS, strict=True) if kind == "path" else None
    data = Dataset.from_pairs(zip(images, TRAIN.labels, strict=True), ANIMALS, test=test)
    whole = {image.tobytes() for image in TRAIN.images}
    assert {image.tobytes() for image in data.train.images} <= whole
    assert data.image_shape == (6, 6, 1)
    assert len(data.train) + len(data.test) == (80 if kind == "path" else 40)


def test_transparent_pillow_images_are_seen_as_a_person_sees_them():
    clear = Image.new("RGBA", (6, 6), (255, 0, 0, 0))
    data = Dataset.from_pairs([(clear, 0), *((Image.new("RGB", (6, 6), (row, 0, 0)), row % 2) for row in range(20))])
    shades = {tuple(image[0, 0]) for image in [*data.train.images, *data.test.images]}
    assert (255, 255, 255) in shades


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([], ("no pairs",)),
        ([TRAIN.images[0]], ("item 0 is ndarray", "(image, label)")),
        ([(TRAIN.images[0], 0), (TRAIN.images[0, 1:], 1)], ("image 1", "(5, 6)", "(6, 6)")),
        ([(TRAIN.images[0], 0), ("a.png", 1)], ("image 1 is str",)),
        ([(3, 0)], ("image 0 has the shape ()",)),
    ],
    ids=["none", "no pair", "sizes", "kinds", "no image"],
)
def test_what_is_no_pair_of_image_and_label(pairs: list[object], words: tuple[str, ...]):
    assert_refused(lambda: Dataset.from_pairs(pairs), "pairs: train", *words)
