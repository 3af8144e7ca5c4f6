"""Draw what the model saw: its input next to the original."""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from convlet.system.colors import color
from convlet.system.fonts import write

_HEIGHT = 420  # pixels of both halves of `beside`
LONGEST = 2 * _HEIGHT  # pixels of the longer side of an original that `beside` needs
_GAP = 12
_PAPER = "white"


def as_picture(image: NDArray[np.uint8]) -> Image.Image:
    """Return a model's input, uint8 (height, width, 1 or 3), as a Pillow image."""
    return Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)


def data_url(picture: Image.Image) -> str:
    """Return a picture as a PNG in a data URL."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def beside(picture: Image.Image, image: NDArray[np.uint8], answer: str, *others: Image.Image) -> Image.Image:
    """Draw the original, the model's input and other pictures of it side by side, with the model's answer below.

    Args:
        picture: the original.
        image: the model's input, uint8 (height, width, 1 or 3).
        answer: one line.
        others: pictures of the input, in mode RGB.
    """
    shown = picture.convert("RGB")
    shown.thumbnail((2 * _HEIGHT, _HEIGHT), Image.Resampling.LANCZOS)
    if shown.height < _HEIGHT:
        shown = _enlarged(shown)
        shown.thumbnail((2 * _HEIGHT, _HEIGHT), Image.Resampling.LANCZOS)
    # Pixels stay visible: they are what the model saw.
    pictures = [shown, *(_enlarged(one) for one in (as_picture(image).convert("RGB"), *others))]
    width = sum(one.width for one in pictures) + (len(pictures) + 1) * _GAP
    sheet = Image.new("RGB", (width, _HEIGHT + 3 * _GAP + 22), _PAPER)
    draw = ImageDraw.Draw(sheet)
    left = _GAP
    for one in pictures:
        top = _GAP + (_HEIGHT - one.height) // 2
        sheet.paste(one, (left, top))
        draw.rectangle((left - 1, top - 1, left + one.width, top + one.height), outline=color("paper-line"))
        left += one.width + _GAP
    write(draw, (_GAP, _HEIGHT + _GAP + 6), answer, color("paper-ink"), 22)
    return sheet


def _enlarged(picture: Image.Image) -> Image.Image:
    return picture.resize((max(1, round(picture.width * _HEIGHT / picture.height)), _HEIGHT), Image.Resampling.NEAREST)
