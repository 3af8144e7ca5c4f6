"""Draw one character's ink in the size, stroke width and place of the training images."""

from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from convlet.reading.arrays import Pixels
from convlet.signature import Form

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
_Pixel = TypeVar("_Pixel", bound=np.generic)

_FINE = 4  # pixels of the board for one of the result
EDGE = 0.35  # of full ink: where a stroke ends
_THIN, _THICK = 2.0, 3.2  # pixels in a box of 20: nearly all of MNIST's strokes are in between
_PEN = 2.3  # the new width of strokes that were thinner
_PENS_SHOW = 14  # pixels of the box: in smaller ones pixels set the width, in 8x8 a quarter of the box
_UNIT = 20  # pixels of the box that stroke widths refer to


class Box(NamedTuple):
    """A rectangle of pixels; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """In pixels."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """In pixels."""
        return self.bottom - self.top

    @property
    def longer(self) -> int:
        """In pixels."""
        return max(self.width, self.height)

    def cut(self, pixels: NDArray[_Pixel]) -> NDArray[_Pixel]:
        """Return the content of the box, from (height, width, ...)."""
        return pixels[self.top : self.bottom, self.left : self.right]


def ink_box(ink: Mask) -> Box | None:
    """Return the smallest rectangle around the True pixels in (height, width); None without any."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1) if len(rows) else None


def blank(input_shape: tuple[int, int, int], form: Form) -> Pixels:
    """Return an image without ink: uint8, of `input_shape`, 0 if ink is light, else 255."""
    return np.full(input_shape, 0 if form.light else 255, np.uint8)


def placed(ink: Floats, input_shape: tuple[int, int, int], form: Form) -> Pixels:
    """Draw one character the way the training images were made.

    Args:
        ink: the strokes of one character and nothing else, (height, width), 0 to 1.
        input_shape: (height, width, channels) of the model's input.
        form: how its training images look.

    Returns:
        uint8, of `input_shape`: the ink's box in the size given by `form`, strokes of usual width, ink up to 255.
    """
    box = ink_box(ink > EDGE)
    if box is None:
        return blank(input_shape, form)
    height, width, channels = input_shape
    side = form.box * min(height, width)
    board = _on_board(ink, box, side)
    if side >= _PENS_SHOW:
        board = _with_usual_pen(board, side * _FINE / _UNIT)
    drawn = _in_place(board, height, width, side, form.centre)
    pixels = np.clip(drawn * (255 / max(float(drawn.max()), 0.3)), 0, 255).round().astype(np.uint8)[..., np.newaxis]
    return np.repeat(pixels if form.light else 255 - pixels, channels, axis=-1)


def _on_board(ink: Floats, box: Box, side: float) -> Floats:
    """Draw the character `_FINE` times as large as in the result, with room around it."""
    scale = side * _FINE / box.longer
    room = round(side * _FINE / 4)  # for thicker strokes
    # Whole source pixels around the box keep its gray edges.
    around = int(np.ceil(room / scale))
    cut = np.pad(ink, around)[box.top : box.bottom + 2 * around, box.left : box.right + 2 * around]
    size = round(cut.shape[1] * scale), round(cut.shape[0] * scale)
    how = Image.Resampling.BICUBIC if scale > 1 else Image.Resampling.BOX if scale < 0.5 else Image.Resampling.BILINEAR
    board: Floats = np.clip(np.asarray(Image.fromarray(cut).resize(size, how)), 0, 1)
    grey, full = (cut > 0.1) & (cut < 0.9), cut >= 0.9
    if scale > 1.5 and grey.sum() < 0.1 * full.sum():  # black and white: the corners come from the pixels, not the pen
        smooth = Image.fromarray((board * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.4 * scale))
        board = (np.asarray(smooth) / 255).astype(np.float32)
    return board


def pen_width(ink: Floats) -> float:
    """Return the width of the strokes in pixels: twice the ink over its outline, both measured in gray; 0 without."""
    down, across = np.diff(ink, axis=0)[:, 1:], np.diff(ink, axis=1)[1:]
    outline = float(np.hypot(down, across).sum())
    return 2 * float(ink.sum()) / outline if outline else 0.0


def _with_usual_pen(board: Floats, unit: float) -> Floats:
    """Correct strokes far thinner or thicker than in training; `unit` is the board's pixels for one of width."""
    wide = pen_width(board) / unit
    if wide < _THIN:
        return _grown(board, (_PEN - wide) / 2 * unit, np.maximum)
    return _grown(board, (wide - _THICK) / 2 * unit, np.minimum) if wide > _THICK else board


def _grown(board: Floats, steps: float, extreme: np.ufunc) -> Floats:
    """Grow (np.maximum) or shrink (np.minimum) strokes by an octagon of radius `steps`; a partial step is blended."""
    padded = np.pad(board, 1)
    inside, before = padded[1:-1, 1:-1], board  # the border of `padded` stays empty
    for step in range(int(np.ceil(steps))):
        before = inside.copy()
        rows = extreme(extreme(padded[:-2], padded[2:]), padded[1:-1])
        if step % 2:  # a square
            inside[...] = extreme(extreme(rows[:, :-2], rows[:, 2:]), rows[:, 1:-1])
        else:  # a cross
            inside[...] = extreme(extreme(rows[:, 1:-1], padded[1:-1, :-2]), padded[1:-1, 2:])
    board = inside.copy()
    part = steps - np.floor(steps)
    return board if part == 0 else before + np.float32(part) * (board - before)


def _in_place(board: Floats, height: int, width: int, side: float, centre: str) -> Floats:
    """Scale the board to the result, with what is centered in the training images in the middle."""
    box = ink_box(board > EDGE)
    if box is None:
        return np.zeros((height, width), np.float32)
    scale = box.longer / side
    if centre == "mass":
        total = board.sum()
        x = float(board.sum(axis=0) @ np.arange(board.shape[1])) / total + 0.5
        y = float(board.sum(axis=1) @ np.arange(board.shape[0])) / total + 0.5
        middle = width // 2 + 0.5, height // 2 + 0.5  # the middle of a pixel: the mean of MNIST's digits is 14.5
    else:
        x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
        middle = width / 2, height / 2
    left, top = x - middle[0] * scale, y - middle[1] * scale
    right, bottom = left + width * scale, top + height * scale
    before = max(0, int(np.ceil(-top))), max(0, int(np.ceil(-left)))
    after = max(0, int(np.ceil(bottom)) - board.shape[0]), max(0, int(np.ceil(right)) - board.shape[1])
    padded = Image.fromarray(np.pad(board, tuple(zip(before, after, strict=True))))
    area = left + before[1], top + before[0], right + before[1], bottom + before[0]
    return np.asarray(padded.resize((width, height), Image.Resampling.BILINEAR, box=area))
