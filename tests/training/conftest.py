import numpy as np
import pytest


@pytest.fixture
def strokes() -> np.ndarray:
    """300 images of an upright stroke: uint8 (300, 28, 28, 1), light on black."""
    random = np.random.default_rng(0)
    images = np.zeros((300, 28, 28, 1), np.uint8)
    for image in images:
        column = random.integers(8, 18)
        image[4:24, column : column + 3] = 255
    return images
