"""What the model saw, as pictures: its input beside the original, and a page with a box and an answer around each character."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_HEIGHT = 420  # pixels of both halves of `beside`
_GAP = 12
_PAPER = "white"
KNOWN, UNKNOWN = "#1f6f8b", "#c0392b"


def as_picture(image: NDArray[np.uint8]) -> Image.Image:
    """A model's input, uint8 (height, width, 1 or 3), as a Pillow image of its own size."""
    return Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)


def beside(picture: Image.Image, image: NDArray[np.uint8], answer: str) -> Image.Image:
    """The original on the left and the model's input, its pixels enlarged, on the right, over a line that says what the model answered."""
    shown = picture.convert("RGB")
    shown.thumbnail((2 * _HEIGHT, _HEIGHT), Image.Resampling.LANCZOS)
    if shown.height < _HEIGHT:
        shown = shown.resize((max(1, round(shown.width * _HEIGHT / shown.height)), _HEIGHT), Image.Resampling.NEAREST)
        shown.thumbnail((2 * _HEIGHT, _HEIGHT), Image.Resampling.LANCZOS)
    seen = as_picture(image).convert("RGB")
    seen = seen.resize((max(1, round(seen.width * _HEIGHT / seen.height)), _HEIGHT), Image.Resampling.NEAREST)
    font = ImageFont.load_default(22)
    sheet = Image.new("RGB", (shown.width + seen.width + 3 * _GAP, _HEIGHT + 3 * _GAP + 22), _PAPER)
    sheet.paste(shown, (_GAP, _GAP + (_HEIGHT - shown.height) // 2))
    sheet.paste(seen, (shown.width + 2 * _GAP, _GAP))
    draw = ImageDraw.Draw(sheet)
    for left, each in ((_GAP, shown), (shown.width + 2 * _GAP, seen)):
        top = _GAP + (_HEIGHT - each.height) // 2
        draw.rectangle((left - 1, top - 1, left + each.width, top + each.height), outline="#999")
    draw.text((_GAP, _HEIGHT + _GAP + 6), answer, "#222", font)
    return sheet


def marked(picture: Image.Image, boxes: Sequence[tuple[int, int, int, int]], answers: Sequence[str], known: Sequence[bool]) -> Image.Image:
    """The picture with each box drawn on it and its answer above, red where it is not known.

    Args:
        picture: the upright original.
        boxes: (left, top, right, bottom) in its pixels.
        answers: a short text for each.
        known: whether the model knows what each is.
    """
    sheet = picture.convert("RGB")
    draw = ImageDraw.Draw(sheet)
    usual = float(np.median([bottom - top for _, top, _, bottom in boxes])) if boxes else 0.0
    size = max(10.0, 0.4 * usual)
    font = ImageFont.load_default(size)
    line = max(1, round(max(sheet.size) / 600))
    for (left, top, right, bottom), answer, sure in zip(boxes, answers, known, strict=True):
        colour = KNOWN if sure else UNKNOWN
        draw.rectangle((left - 2 * line, top - 2 * line, right + 2 * line, bottom + 2 * line), outline=colour, width=line)
        place = (left - 2 * line, max(0, top - 3 * line - size))
        draw.rectangle(draw.textbbox(place, answer, font), fill=colour, outline=colour, width=line)
        draw.text(place, answer, "white", font)
    return sheet
