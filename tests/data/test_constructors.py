"""Data sets made in Python: from arrays, files and pairs."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlet import Dataset
from convlet.data import brought_to
from convlet.data.sizing import Wanted
from convlet.errors import DataError
from convlet.system.watch import Watch
from tests.data.datafiles import TEST, TRAIN, assert_refused, save
from tests.images import encoded

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
    with pytest.raises(DataError, match=f"all {count} images are identical"):
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
        ([(TRAIN.images[0], 0), ("a.png", 1)], ("image 1 is str",)),
        ([(3, 0)], ("image 0 has the shape ()",)),
    ],
    ids=["none", "no pair", "kinds", "no image"],
)
def test_what_is_no_pair_of_image_and_label(pairs: list[object], words: tuple[str, ...]):
    assert_refused(lambda: Dataset.from_pairs(pairs), "pairs: train", *words)


def opened(file: bytes) -> Image.Image:
    return Image.open(io.BytesIO(file))


def mixed(kind: str) -> list[tuple[object, str]]:
    """24 pictures of two classes, 12 of each: of mixed sizes, one in five in color."""
    random = np.random.default_rng(5)
    made = []
    for number in range(24):
        shape = (20 + number % 3, 30 - number % 4, *([3] if number % 5 == 0 else []))
        pixels = random.integers(0, 120, shape, dtype=np.uint8) + np.uint8(120 * (number % 2))
        image = Image.fromarray(pixels)
        file = encoded(image)
        given = {"arrays": pixels, "Pillow": image, "bytes": file, "opened": opened(file)}
        made.append((given[kind], ("dark", "light")[number % 2]))
    return made


@pytest.mark.parametrize("kind", ["arrays", "Pillow", "bytes", "opened"])
def test_pictures_of_mixed_sizes_are_brought_to_one(kind: str):
    made = Dataset.from_pairs(iter(mixed(kind)), test=mixed(kind)[:4])
    assert made.image_shape == (28, 32, 3)
    assert (len(made.train), len(made.test), made.class_names) == (24, 4, ("dark", "light"))
    for split in (made.train, made.test):
        assert (split.images[:, 12:16, 12:16].mean(axis=(1, 2, 3)) > 120).tolist() == (split.labels == 1).tolist()
    smaller = Dataset.from_pairs(mixed(kind), image_size=16, fit="stretch")
    assert (smaller.image_shape, smaller.form.fit) == ((16, 16, 3), "stretch")
    assert brought_to(made, Wanted((12, 20)), Watch()).image_shape == (12, 20, 3)


@pytest.mark.parametrize(("dtype", "white"), [(np.uint16, 65535), (np.float64, 255), (np.uint8, 16)])
@pytest.mark.parametrize("first", [True, False])
def test_arrays_in_pairs_have_one_scale_at_any_size(dtype: type, white: int, first: bool):
    levels = np.random.default_rng(6).random((20, 6, 6, 3)) * np.linspace(0.003, 1, 20)[:, None, None, None]
    pixels = np.rint(levels / levels.max() * white).astype(dtype)
    given = [(np.moveaxis(one, -1, 0) if first else one, row % 2) for row, one in enumerate(pixels)]
    plain, sized = (Dataset.from_pairs(given, test=given[:5], image_size=size) for size in (None, 6))
    for split in ("train", "test"):
        np.testing.assert_array_equal(sized.split(split).images, plain.split(split).images)
    assert sized.train.value_range[1] == 255


def test_pillow_images_are_turned_upright_wherever_they_come_from():
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = np.random.default_rng(5).integers(0, 256, (12, 9, 30), dtype=np.uint8)
    files = [encoded(Image.fromarray(one), exif=exif) for one in pixels]
    labels = [0, 1, 2] * 4
    expected = np.rot90(pixels, -1, (1, 2))
    for data in (
        Dataset.from_arrays(list(map(opened, files)), labels, test=(list(map(opened, files)), labels)),
        Dataset.from_pairs(zip(map(opened, files), labels, strict=True), test=zip(files, labels, strict=True)),
    ):
        np.testing.assert_array_equal(data.train.images[..., 0], expected)
        np.testing.assert_array_equal(data.test.images[..., 0], expected)


def test_generators_may_be_gone_through_again(paths: list[Path]):
    data = Dataset.from_files(iter(paths), (word for word in WORDS))
    assert brought_to(data, Wanted((4, 5)), Watch()).image_shape == (4, 5, 1)
    assert len(Dataset.from_arrays(iter(TRAIN.images), iter(WORDS)).train) == 32


def test_a_data_set_of_torch_has_a_length_and_no_end():
    class Endless:
        def __len__(self) -> int:
            return len(TRAIN.labels)

        def __getitem__(self, index: int) -> tuple[Image.Image, int]:
            return Image.fromarray(TRAIN.images[index % len(self)]), int(TRAIN.labels[index % len(self)])

    data = Dataset.from_pairs(Endless(), ANIMALS)
    assert len(data.train) + len(data.test) == len(TRAIN.labels)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Dataset.from_arrays(TRAIN.images, None), "labels of type NoneType"),
        (lambda: Dataset.from_arrays(TRAIN.images, [None, *WORDS[1:]]), "label 0 is None"),
        (lambda: Dataset.from_arrays(TRAIN.images, [[0], [0, 1]] * 16), "labels of several lengths"),
        (lambda: Dataset.from_files(None, WORDS), "the images are None"),
        (lambda: Dataset.from_arrays(*TRAIN, 5), "class_names is a int"),
        (lambda: Dataset.from_arrays(*TRAIN, "abc"), "class_names is a str"),
        (lambda: Dataset.from_arrays(*TRAIN, {0: "ant", 1: "bee", 2: "cat"}), "list(names.values())"),
        (lambda: Dataset.from_arrays(*TRAIN, test=TEST.images), "arrays: test is ndarray; expected (images, labels)"),
        (lambda: Dataset.from_arrays([[1, 2], [3]], [0, 1]), "do not form an array"),
        (lambda: Dataset.from_files([b"x"], ["ant"]), "Dataset.from_pairs(zip(pictures, labels))"),
        (lambda: Dataset.from_pairs(3), "int does not yield pairs"),
        (lambda: Dataset.from_pairs([{"img": TRAIN.images[0], "y": 1}]), "((row['img'], row['y']) for row in data)"),
        (lambda: Dataset.from_pairs([(1, 2, 3)]), "item 0 is tuple of 3"),
        (lambda: Dataset.from_pairs(zip(*TRAIN, strict=True), test=[("a.png", 1)]), "some splits have paths"),
        (lambda: Dataset.from_pairs([(b"x", 0), (b"y", 1)] * 3), "image 0 is not an image"),
    ],
)
def test_what_is_no_data_set_is_refused_in_words(make: Callable[[], Dataset], words: str):
    assert_refused(make, words)
