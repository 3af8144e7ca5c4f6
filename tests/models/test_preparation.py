"""The first layers."""

import numpy as np

import convlet
from convlet.models import Pixels, build_model


def test_scales_pixels_itself() -> None:
    pixels = np.array([[[[0], [255]]]], np.uint8)
    unit = build_model(convlet.recipe("tutorial"), (8, 8, 1), 3).get_layer("scale")
    assert np.asarray(unit(pixels)).ravel().tolist() == [0.0, 1.0]
    standard = build_model(convlet.recipe("fast"), (8, 8, 1), 3, pixels=Pixels(mean=51.0, deviation=102.0)).get_layer(
        "scale"
    )
    np.testing.assert_allclose(np.asarray(standard(pixels)).ravel(), [-0.5, 2.0], rtol=1e-6)


def test_crops_what_is_large_enough() -> None:
    assert build_model(convlet.recipe("fast"), (28, 28, 1), 10).get_layer("crop").output.shape == (None, 24, 24, 1)
    assert "crop" not in [layer.name for layer in build_model(convlet.recipe("fast"), (8, 8, 1), 10).layers]
