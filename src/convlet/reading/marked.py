"""Draw a page with a box and an answer for each character, and its rows' numbers and texts."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from convlet.system.colors import color
from convlet.system.fonts import length, write

_LEGIBLE = 28.0  # pixels of a character, as the median, from which its label can be read on a phone
_LARGEST = 4_000  # pixels of the longer side to which a picture is enlarged for that
_LABEL, _LEAST = 0.4, 0.2  # of a character's height: its label's, with room above it and without
_CLEAR = 25  # percent of the labels, at most, that reach into the box above
_LINE = 1.15  # of a text's size: the height of its plate
_SMALLEST = 9.0  # pixels: a label's height
_ROW_TEXT = 0.022  # of the picture's longer side: the size of the rows' text, legible on a phone
KNOWN, UNKNOWN = color("paper-teal"), color("paper-red")

PixelBox = tuple[int, int, int, int]  # left, top, right, bottom
Place = tuple[float, float, float, float]  # the same, between pixels


def marked(
    picture: Image.Image,
    boxes: Sequence[PixelBox],
    answers: Sequence[str],
    known: Sequence[bool],
    rows: Sequence[tuple[str, Sequence[PixelBox]]] = (),
) -> Image.Image:
    """Draw each box on the picture with its answer above, red if it is not known.

    Args:
        picture: the upright original. It is drawn larger if its characters are tiny.
        boxes: (left, top, right, bottom) in its pixels.
        answers: a short text for each.
        known: whether the model knows what each is.
        rows: each one's text and boxes. They are numbered, and their texts stand in a column beside the picture.
    """
    height = float(np.median([bottom - top for _, top, _, bottom in boxes])) if boxes else _LEGIBLE
    scale = max(1.0, min(_LEGIBLE / max(height, 1.0), _LARGEST / max(picture.size)))
    sheet = picture.convert("RGB")
    if scale > 1:
        sheet = sheet.resize((round(sheet.width * scale), round(sheet.height * scale)), Image.Resampling.BICUBIC)
    line = max(1, round(max(sheet.size) / 600))
    outer = [_outer(box, scale, 2 * line) for box in boxes]
    numbered = [(text, [_outer(box, scale, 2 * line) for box in its]) for text, its in rows]
    plates = _Plates(sheet, _label_size(outer))
    for place, sure in zip(outer, known, strict=True):
        plates.draw.rectangle(place, outline=KNOWN if sure else UNKNOWN, width=line)
    for place, answer, sure in zip(outer, answers, known, strict=True):
        plates.above(place, answer, KNOWN if sure else UNKNOWN)
    for number, (_, its) in enumerate(numbered, 1):
        plates.before(its[0], str(number), color("paper-ink"))
    return _with_rows(sheet, numbered) if rows else sheet


def _outer(box: PixelBox, scale: float, margin: int) -> Place:
    left, top, right, bottom = (scale * edge for edge in box)
    return left - margin, top - margin, right + margin, bottom + margin


def _label_size(boxes: Sequence[Place]) -> float:
    """Return the height of the labels: so small that most stay clear of the boxes above them."""
    if not boxes:
        return _SMALLEST
    left, top, right, bottom = np.array(boxes).T
    over = (left < right[:, None]) & (right > left[:, None]) & (bottom <= top[:, None])
    gaps = np.where(over, top[:, None] - bottom, np.inf).min(axis=1)
    height = float(np.median(bottom - top))
    room = float(np.percentile(np.minimum(gaps, height), _CLEAR))
    return max(_SMALLEST, _LEAST * height, min(_LABEL * height, room / _LINE))


class _Plates:
    """Short texts on plates of a color, on one picture."""

    def __init__(self, sheet: Image.Image, size: float) -> None:
        self.sheet = sheet
        self.draw = ImageDraw.Draw(sheet)
        self.size = size
        self.height = _LINE * size

    def above(self, box: Place, text: str, ground: str) -> None:
        """Write above the middle of a box; within it at the picture's edge."""
        self._write((box[0] + box[2] - self._width(text)) / 2, box[1] - self.height, text, ground)

    def before(self, box: Place, text: str, ground: str) -> None:
        """Write to the left of the middle of a box."""
        self._write(box[0] - self._width(text), (box[1] + box[3] - self.height) / 2, text, ground)

    def _width(self, text: str) -> float:
        return length(text, self.size) + self.height / 3

    def _write(self, left: float, top: float, text: str, ground: str) -> None:
        width = self._width(text)
        left, top = (
            max(0.0, min(at, whole - own))
            for at, whole, own in zip((left, top), self.sheet.size, (width, self.height), strict=True)
        )
        self.draw.rectangle((left, top, left + width, top + self.height), fill=ground)
        write(self.draw, (left + width / 2, top + self.height / 2), text, "white", self.size, "mm")


def _with_rows(sheet: Image.Image, rows: Sequence[tuple[str, Sequence[Place]]]) -> Image.Image:
    """Add a column with each row's number and text at its height."""
    size = max(12.0, min(_ROW_TEXT * max(sheet.size), sheet.height / (1.2 * len(rows))))
    texts = [f"{number}  {text}" for number, (text, _) in enumerate(rows, 1)]
    gap = round(size / 2)
    longest = max(round(length(text, size)) for text in texts)
    wide = Image.new("RGB", (sheet.width + longest + 2 * gap, sheet.height), "white")
    wide.paste(sheet)
    draw = ImageDraw.Draw(wide)
    lowest = 0.0
    for text, (_, boxes) in zip(texts, rows, strict=True):
        _, top, _, bottom = boxes[-1]
        place = max(lowest, min((top + bottom - size) / 2, sheet.height - size * 1.2))
        write(draw, (sheet.width + gap, place), text, color("paper-ink"), size)
        lowest = place + 1.1 * size
    return wide
