import numpy as np
import pytest
from PIL import Image

from convlet.errors import DataError
from convlet.reading import read_image

PIXELS = np.random.default_rng(2).integers(0, 256, (8, 6), dtype=np.uint8)


def test_an_image_in_the_datas_form_passes_unchanged(tmp_path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "digit.png")
    np.testing.assert_array_equal(read_image(tmp_path / "digit.png", (8, 6, 1)), PIXELS[..., np.newaxis])


def test_grey_for_a_colour_model_is_repeated(tmp_path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "digit.png")
    read = read_image(tmp_path / "digit.png", (8, 6, 3))
    assert read.shape == (8, 6, 3)
    np.testing.assert_array_equal(read[..., 0], read[..., 2])


def test_colour_for_a_grey_model_becomes_grey(tmp_path) -> None:
    Image.fromarray(np.repeat(PIXELS[..., np.newaxis], 3, axis=-1)).save(tmp_path / "digit.png")
    np.testing.assert_array_equal(read_image(tmp_path / "digit.png", (8, 6, 1))[..., 0], PIXELS)


def test_another_size_is_named_with_the_size_wanted(tmp_path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "digit.png")
    with pytest.raises(DataError, match=r"digit\.png is 6x8 pixels; this model takes images of 28x28"):
        read_image(tmp_path / "digit.png", (28, 28, 1))
