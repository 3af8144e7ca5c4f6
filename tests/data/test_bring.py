"""Images of a loaded data set at another size are what the reader would have made of their files."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import convlet
from convlet.data import brought_to
from convlet.data.bring import as_read
from convlet.data.sizing import Wanted
from convlet.reading import read_image
from convlet.signature import Form
from convlet.system.watch import Watch
from tests.data.datafiles import save, write_photographs


@pytest.mark.parametrize("fit", ["pad", "crop", "stretch"])
@pytest.mark.parametrize("size", [40, "48x32"])
def test_files_are_read_as_for_prediction(tmp_path: Path, fit: str, size: int | str) -> None:
    folder = write_photographs(tmp_path / "set", [(90, 60), (60, 90), (50, 50), (33, 120), (64, 64)])
    data = convlet.load(folder, image_size=size, fit=fit)
    for split in (data.train, data.test):
        for file, image in zip(split.files, split.images, strict=True):
            assert np.array_equal(image, read_image(folder / file, data.image_shape, Form(fit=fit)))


def test_files_are_read_again_for_another_size(tmp_path: Path) -> None:
    folder = write_photographs(tmp_path / "set", [(90, 60), (60, 90), (50, 50), (33, 120), (64, 64)])
    once = brought_to(convlet.load(folder), Wanted.of(32, "crop"), Watch())
    assert np.array_equal(once.train.images, convlet.load(folder, image_size=32, fit="crop").train.images)


def test_a_chosen_size_has_its_reason(tmp_path: Path) -> None:
    folder = write_photographs(tmp_path / "set", [(90, 60), (60, 90), (50, 50), (33, 120), (64, 64)])
    assert convlet.load(folder).about["size"] == "chosen as they have 50x50 to 90x60 pixels"
    assert "size" not in convlet.load(folder, image_size=32).about
    pixels = np.random.default_rng(3).integers(0, 256, (6, 80, 80, 3), dtype=np.uint8)
    split = convlet.Split(pixels, np.arange(6) % 2)
    data = convlet.Dataset("mine", "mine", split, ("a", "b"), lambda: split)
    assert brought_to(data, Wanted.of("auto"), Watch()).about["size"] == "chosen as all have 80x80 pixels"


def test_arrays_are_brought_like_pictures() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (6, 20, 30, 3), dtype=np.uint8)
    split = convlet.Split(pixels, np.arange(6) % 2)
    data = convlet.Dataset("mine", "mine", split, ("a", "b"), lambda: split)
    found = brought_to(data, Wanted.of("40x16", "crop"), Watch())
    assert found.image_shape == (16, 40, 3)
    for images in (found.train.images, found.test.images):
        for given, image in zip(pixels, images, strict=True):
            assert np.array_equal(image, read_image(given, (16, 40, 3), Form(fit="crop")))


def test_auto_leaves_images_of_one_small_size(tmp_path: Path) -> None:
    folder = write_photographs(tmp_path / "set", [(40, 30)] * 3)
    data = convlet.load(folder, image_size="auto")
    assert data.image_shape == (30, 40, 3)
    assert data.form is None
    assert brought_to(data, Wanted.of("auto"), Watch()) is data


def test_auto_brings_large_images_of_one_size_down(tmp_path: Path) -> None:
    folder = write_photographs(tmp_path / "set", [(200, 100)] * 3)
    assert convlet.load(folder).image_shape == (100, 200, 3)  # None keeps what has one size
    brought = convlet.load(folder, image_size="auto")
    assert brought.image_shape == (44, 92, 3)
    assert brought.about["size"] == "chosen as all have 200x100 pixels"


def test_images_too_large_for_any_net_are_brought_down_unasked(tmp_path: Path) -> None:
    folder = write_photographs(tmp_path / "set", [(1100, 550)] * 3)
    assert convlet.load(folder).image_shape == (44, 92, 3)
    assert convlet.load(folder, image_size=(550, 1000)).image_shape == (550, 1000, 3)


def test_files_of_images_that_look_black_are_told_so(tmp_path: Path) -> None:
    pixels = np.random.default_rng(4).integers(0, 17, (8, 12, 12), dtype=np.uint8)
    for number, image in enumerate(pixels):
        save(Image.fromarray(image), tmp_path / f"{'ab'[number % 2]}/{number}.png")
    notes: list[str] = []
    data = convlet.load(tmp_path, watch=Watch(on_note=notes.append))
    assert [note for note in notes if "no pixel exceeds 16 of 255" in note]
    assert data.train.value_range[1] == 16  # as a prediction of the same files sees them


@pytest.mark.parametrize("dark", [True, False])
def test_drawings_are_cut_out_and_placed_as_for_prediction(tmp_path: Path, dark: bool) -> None:
    random = np.random.default_rng(5)
    for name in ("0", "1"):
        (tmp_path / "set" / name).mkdir(parents=True)
        for number in range(6):
            picture = Image.new("L", (280, 280), 255 if dark else 0)
            left, top = random.integers(20, 120, 2).tolist()
            box = (left, top, left + 110, top + 130)
            pen = {"fill" if name == "1" else "outline": 0 if dark else 255, "width": 16}
            draw = ImageDraw.Draw(picture)
            draw.line((left, top, left, top + 130), **pen) if name == "1" else draw.ellipse(box, **pen)
            picture.save(tmp_path / "set" / name / f"{number}.png")
    data = convlet.load(tmp_path / "set", image_size="auto")
    assert data.image_shape == (28, 28, 1)
    assert data.form is not None
    assert data.form.kind == "ink"
    for file, image in zip(data.train.files, data.train.images, strict=True):
        assert np.array_equal(image, read_image(tmp_path / "set" / file, (28, 28, 1), data.form))
    assert convlet.load(tmp_path / "set", image_size="auto", kind="picture").image_shape == (64, 64, 1)


def drawings(folder: Path, side: int) -> Path:
    """Dark strokes on white, in a corner of the sheet; one in color."""
    random = np.random.default_rng(11)
    for name in ("one", "two"):
        (folder / name).mkdir(parents=True)
        for number in range(4):
            sheet = Image.new("RGB" if number == 0 else "L", (side, side), "white")
            points = [tuple(point) for point in random.uniform(0.1, 0.6, (3, 2)) * side]
            ImageDraw.Draw(sheet).line(points, fill="navy" if number == 0 else 0, width=max(2, side // 12))
            sheet.save(folder / name / f"{number}.png")
    return folder


@pytest.mark.parametrize("side", [48, 200])
def test_drawings_of_any_size_and_place_are_cut_out_in_files_and_in_arrays(tmp_path: Path, side: int) -> None:
    files = convlet.load(drawings(tmp_path / "set", side), image_size="auto")
    assert files.image_shape == (28, 28, 1)
    whole = convlet.load(tmp_path / "set", kind="picture")
    assert whole.image_shape == (side, side, 3)
    split = whole.train
    np.savez(tmp_path / "set.npz", X=split.images, y=split.labels)
    arrays = replace(whole, reread=None, kind="auto")
    assert np.array_equal(brought_to(arrays, Wanted.of("auto"), Watch()).train.images, files.train.images)
    assert convlet.load(tmp_path / "set.npz", image_size="auto").form == files.form
    assert brought_to(arrays, Wanted.of("auto", kind="picture"), Watch()).image_shape == (min(side, 64),) * 2 + (3,)
    recorded = Wanted.of((28, 28), kind="ink")
    assert np.array_equal(brought_to(arrays, recorded, Watch()).train.images, files.train.images)


def test_what_was_loaded_as_pictures_stays_pictures(tmp_path: Path) -> None:
    drawings(tmp_path / "set", 48)
    for size in (None, "auto"):
        loaded = convlet.load(tmp_path / "set", kind="picture", image_size=size)
        for data in (loaded, replace(loaded, reread=None)):
            assert brought_to(data, Wanted.of("auto"), Watch()).image_shape == (48, 48, 3)
    files = sorted((tmp_path / "set").glob("*/*.png"))
    made = convlet.Dataset.from_files(files, [file.parent.name for file in files], kind="picture")
    assert brought_to(made, Wanted.of("auto"), Watch()).image_shape == (48, 48, 3)


def test_drawings_placed_alike_keep_a_small_size() -> None:
    random = np.random.default_rng(13)
    images = np.zeros((40, 48, 48), np.uint8)
    for image in images:
        left = random.integers(20, 26)
        image[6:42, left : left + 3] = 255
        image[6:9, 8:40] = 255
    data = convlet.Dataset.from_arrays(images, [0, 1] * 20)
    assert brought_to(data, Wanted.of("auto"), Watch()) is data


def test_arrays_too_large_for_any_net_are_brought_down_unasked(tmp_path: Path) -> None:
    pixels = np.random.default_rng(14).integers(0, 256, (10, 550, 1100, 1), dtype=np.uint8)
    np.savez(tmp_path / "set.npz", X=pixels, y=[0, 1] * 5)
    assert convlet.load(tmp_path / "set.npz").image_shape == (44, 92, 1)


@pytest.mark.parametrize("form", [Form(fit="crop"), Form(kind="ink", light=False, centre="box")], ids=str)
@pytest.mark.parametrize("channels", [1, 3])
def test_files_to_judge_a_model_by_are_read_as_it_reads_them(tmp_path: Path, channels: int, form: Form) -> None:
    shape = (28, 28, channels)
    if form.kind == "ink":
        sheets, small = drawings(tmp_path / "sheets", 200), drawings(tmp_path / "small", 28)
        loaded = [convlet.load(sheets, image_size="auto"), convlet.load(small)]
    else:
        mixed = write_photographs(tmp_path / "mixed", [(90, 60), (60, 90), (28, 28), (33, 120), (64, 64)])
        loaded = [convlet.load(mixed), convlet.load(mixed, image_size=28)]
    for data in loaded:
        split = as_read(data, "test", shape, form)
        assert len(split) == 2
        for file, image in zip(split.files, split.images, strict=True):
            expected = read_image(Path(data.source) / file, shape, form)
            np.testing.assert_array_equal(image, expected, err_msg=f"{data.name} {file}")


def test_a_cut_is_the_same_when_files_are_read_again(tmp_path: Path) -> None:
    folder = write_photographs(tmp_path / "set", [(90, 60), (60, 90)] * 6)
    data = convlet.load(folder, image_size=28, fit="crop").with_validation(0.25)
    for name in ("train", "validation"):
        split = as_read(data, name, (28, 28, 3), Form())
        assert list(split.files) == list(data.split(name).files)
        assert not np.array_equal(split.images, data.split(name).images)


def test_arrays_to_judge_a_model_by_stay() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (6, 28, 28, 1), dtype=np.uint8)
    split = convlet.Split(pixels, np.arange(6) % 2)
    data = convlet.Dataset("mine", "mine", split, ("a", "b"), lambda: split)
    assert as_read(data, "test", (28, 28, 1), Form(kind="ink")) is split
