"""Many files read together match `read_image` of each, including damaged ones."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlet.errors import DataError
from convlet.reading import read_image, read_images
from convlet.signature import Form
from tests.reading.drawings import MNIST

SIZE = 28


@pytest.fixture
def files(digits, tmp_path: Path) -> list[Path]:
    """Images in MNIST's form and nearly so, in every kind of PNG and other files, and files that are not images."""
    large = Image.fromarray(digits.train.images[0, ..., 0]).resize((20, 20), Image.Resampling.BICUBIC)
    own = Image.new("L", (SIZE, SIZE))
    own.paste(large, (4, 4))
    plain = np.asarray(own)
    dark = Image.fromarray(255 - plain)
    coloured = Image.fromarray(np.stack([plain, plain // 2, 255 - plain], axis=-1))
    seen_through = own.convert("RGB")
    seen_through.info["transparency"] = (0, 0, 0)
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "a").mkdir()
    own.save(tmp_path / "a/own.png")
    dark.save(tmp_path / "negative.png")
    coloured.save(tmp_path / "coloured.png")
    own.convert("RGB").save(tmp_path / "rgb.png")
    own.convert("P").save(tmp_path / "palette.png")
    own.convert("LA").save(tmp_path / "alpha.png")
    own.convert("1").save(tmp_path / "bits.png")
    seen_through.save(tmp_path / "transparent.png", transparency=(0, 0, 0))
    own.save(tmp_path / "turned.png", exif=exif)
    Image.fromarray(np.roll(plain, 6, axis=1)).save(tmp_path / "moved.png")
    Image.fromarray(plain.astype(np.uint16) * 257).save(tmp_path / "sixteen.png")
    own.save(tmp_path / "other.jpg")
    dark.resize((200, 200)).save(tmp_path / "large.png")
    Image.new("L", (SIZE, SIZE), 90).save(tmp_path / "blank.png")
    content = (tmp_path / "a/own.png").read_bytes()
    (tmp_path / "short.png").write_bytes(content[:-30])
    (tmp_path / "headless.png").write_bytes(content[:40])
    (tmp_path / "flipped.png").write_bytes(content[:60] + bytes([content[60] ^ 1]) + content[61:])
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "folder.png").mkdir()
    return [*sorted(tmp_path.rglob("*.*")), tmp_path / "nowhere.png"]


@pytest.mark.parametrize(
    ("form", "channels"),
    [(MNIST, 1), (MNIST, 3), (Form(kind="ink", light=False, box=20 / 28), 1), (Form(), 1), (Form(), 3)],
)
def test_as_one_by_one(files: list[Path], form: Form, channels: int) -> None:
    shape = (SIZE, SIZE, channels)
    images, errors = read_images([str(file) for file in files], [file.name for file in files], shape, form)
    assert images.shape == (len(files), *shape)
    for file, image, said in zip(files, images, errors, strict=True):
        try:
            expected, error = read_image(file, shape, form), None
        except DataError as damaged:
            expected, error = np.zeros(shape, np.uint8), str(damaged).replace(str(file), file.name)
        np.testing.assert_array_equal(image, expected, err_msg=file.name)
        assert said == error
    assert sum(error is not None for error in errors) >= 5
