"""Image files in memory, for the tests of every room."""

import io

import numpy as np
from PIL import Image


def encoded(image: np.ndarray | Image.Image, kind: str = "png", **options: object) -> bytes:
    """An image as a file of that kind: Pillow's, or uint8 pixels (height, width) or (height, width, 1 or 3)."""
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image[..., 0] if image.shape[2:] == (1,) else image)
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
