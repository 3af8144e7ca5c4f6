"""Draw what the model saw: its input next to the original, and a page with a box and an answer per character."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from convlet.system.colors import color

_HEIGHT = 420  # pixels of both halves of `beside`
LONGEST = 2 * _HEIGHT  # pixels of the longer side of an original that `beside` needs
_GAP = 12
_PAPER = "white"
_ROW_TEXT = 0.022  # of the picture's longer side: the size of the rows' text, legible on a phone
KNOWN, UNKNOWN = color("paper-teal"), color("paper-red")

PixelBox = tuple[int, int, int, int]  # left, top, right, bottom


def as_picture(image: NDArray[np.uint8]) -> Image.Image:
    """Return a model's input, uint8 (height, width, 1 or 3), as a Pillow image."""
    return Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)


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
    draw.text((_GAP, _HEIGHT + _GAP + 6), answer, color("paper-ink"), ImageFont.load_default(22))
    return sheet


def _enlarged(picture: Image.Image) -> Image.Image:
    return picture.resize((max(1, round(picture.width * _HEIGHT / picture.height)), _HEIGHT), Image.Resampling.NEAREST)


def marked(
    picture: Image.Image,
    boxes: Sequence[PixelBox],
    answers: Sequence[str],
    known: Sequence[bool],
    rows: Sequence[tuple[str, Sequence[PixelBox]]] = (),
) -> Image.Image:
    """Draw each box on the picture with its answer above, red if it is not known.

    Args:
        picture: the upright original.
        boxes: (left, top, right, bottom) in its pixels.
        answers: a short text for each.
        known: whether the model knows what each is.
        rows: each one's text and boxes. They are numbered, and their texts stand in a column beside the picture.
    """
    sheet = picture.convert("RGB")
    width = sheet.width
    draw = ImageDraw.Draw(sheet)
    size = max(10.0, 0.4 * float(np.median([bottom - top for _, top, _, bottom in boxes]))) if boxes else 10.0
    font = ImageFont.load_default(size)
    line = max(1, round(max(sheet.size) / 600))
    for (left, top, right, bottom), answer, sure in zip(boxes, answers, known, strict=True):
        colour = KNOWN if sure else UNKNOWN
        outer = left - 2 * line, top - 2 * line, right + 2 * line, bottom + 2 * line
        draw.rectangle(outer, outline=colour, width=line)
        place = (outer[0], max(0, top - 3 * line - size))
        draw.rectangle(draw.textbbox(place, answer, font), fill=colour, outline=colour, width=line)
        draw.text(place, answer, "white", font)
    return _with_rows(sheet, width, rows) if rows else sheet


def _with_rows(sheet: Image.Image, width: int, rows: Sequence[tuple[str, Sequence[PixelBox]]]) -> Image.Image:
    """Add a column with each row's number and text at its height, and the number before its first character."""
    size = max(12.0, min(_ROW_TEXT * max(sheet.size), sheet.height / (1.2 * len(rows))))
    font = ImageFont.load_default(size)
    texts = [f"{number}  {text}" for number, (text, _) in enumerate(rows, 1)]
    gap = round(size / 2)
    longest = max(round(font.getlength(text)) for text in texts)
    wide = Image.new("RGB", (width + longest + 2 * gap, sheet.height), _PAPER)
    wide.paste(sheet)
    draw = ImageDraw.Draw(wide)
    lowest = 0.0
    for number, (text, (_, boxes)) in enumerate(zip(texts, rows, strict=True), 1):
        left, top = boxes[0][:2]
        draw.text((max(0, left - 2 * gap - font.getlength(str(number))), top), str(number), color("paper-ink"), font)
        _, top, _, bottom = boxes[-1]
        place = max(lowest, min((top + bottom - size) / 2, sheet.height - size * 1.2))
        draw.text((width + gap, place), text, color("paper-ink"), font)
        lowest = place + 1.1 * size
    return wide
