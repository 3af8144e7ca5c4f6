"""Signs drawn on paper, as the files that a page sends."""

import io

import numpy as np
from PIL import Image, ImageDraw

from convlet.reading import read_image
from convlet.signature import Form, Signature

SHAPE = (8, 8, 1)
SIGNATURE = Signature(
    input_shape=SHAPE,
    class_names=tuple("0123456789"),
    dataset="digits",
    recipe="fast",
    preprocessing="/255",
    form=Form(kind="ink", light=True),
)
_SIGNS = {
    "cross": [[(30, 30), (90, 90)], [(90, 30), (30, 90)]],
    "box": [[(30, 30), (90, 30), (90, 90), (30, 90), (30, 30)]],
}


def sign(name: str, number: int = 0) -> bytes:
    """A sign as a PNG; each number is another drawing."""
    chance = np.random.default_rng(number)
    sheet = Image.new("L", (120, 120), 255)
    for stroke in _SIGNS[name]:
        points = [(x + chance.normal(0, 3), y + chance.normal(0, 3)) for x, y in stroke]
        ImageDraw.Draw(sheet).line(points, 0, 9, joint="curve")
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()


def seen(content: bytes) -> np.ndarray:
    """What a model of `SIGNATURE` sees of it."""
    return np.asarray(read_image(content, SHAPE, SIGNATURE.form))
