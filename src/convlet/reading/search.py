"""Ink looked for in a small copy of a picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.reading.edges import sheet
from convlet.reading.ground import Depth, depth, ink_channel, ink_colour
from convlet.reading.lines import without_lines
from convlet.reading.place import Box, Floats
from convlet.reading.strokes import Parts, find_parts

_LEAST = 160  # pixels of the longer side; smaller pictures are enlarged to this
_FAINT = 0.05  # of the ground's light: less missing is no ink
_FAINTER = (
    0.3  # of the strength of the ink found: what is fainter only joins characters to each other and to the border
)
_INK = 12  # of `Parts.likely`: noise, paper and shadows come to less, a faint digit of a tenth of the sheet to more
_SURE = 60  # of the same, for ink of the less probable polarity where there is none of the other
_SOFT_LEAST = 50  # pixels of the shorter side that a soft picture is made smaller to
_EDGES = 0.1  # percent of the pixels, the steepest: the least that the edges of ink are
_SOFTER = 1.35  # times as steep is half the picture, of 2 times at most
_TRIAL = 240  # pixels of the longer side of the copy in which grounds are tried
_SCALES = (0.025, 0.045, 0.08, 0.13, 0.21, 0.33, 0.5)  # of the shorter side: grounds smooth over so much


@dataclass(frozen=True)
class Found:
    """Connected ink in a copy of a picture.

    Attributes:
        missing: how much of the ground's light is missing at each pixel of the copy, float32 (height, width).
        parts: the connected parts of ink in it.
        size: pixels of the copy over which the ground was smoothed.
        scale: how many pixels of the picture one of the copy is.
        left, top: where the copy begins, in its own pixels: what lies before belongs to another sheet.
        colour: see `ink_colour`.
    """

    missing: Floats
    parts: Parts
    size: int
    scale: float
    left: int
    top: int
    colour: Floats

    def on_picture(self, box: NDArray[np.int64]) -> NDArray[np.float64]:
        """Where in the picture a box of the copy lies: left, top, right, bottom."""
        on: NDArray[np.float64] = (box + np.array([self.left, self.top] * 2)) * self.scale
        return on


def look(picture: Image.Image, longest: int, *, whole_page: bool = False) -> Found | None:
    """Find connected ink in a copy of a picture with at most `longest` pixels on its longer side; None if there is none.

    Args:
        picture: mode RGB.
        longest: pixels.
        whole_page: whether the picture shows many characters, and not one that is likelier than everything else.
    """
    side = max(picture.size)
    scale = side / longest if side > longest else side / _LEAST if side < _LEAST else 1.0
    if scale != 1.0:
        size = max(8, round(picture.width / scale)), max(8, round(picture.height / scale))
        picture = picture.resize(size, Image.Resampling.BOX if scale > 1 else Image.Resampling.BICUBIC)
    while not whole_page and min(picture.size) >= 2 * _SOFT_LEAST and _is_soft(picture):
        picture, scale = picture.reduce(2), scale * 2
    colour = ink_colour(picture)
    found = _look(picture, colour, scale, whole_page=whole_page)
    if found is None:
        other = _look(picture, -colour, scale, whole_page=whole_page)
        if other is not None and other.parts.likely().max() > _SURE:
            return other
    return found


def _is_soft(picture: Image.Image) -> bool:
    """Whether even its sharpest edges are wider than pixels need to be: out of focus, or enlarged. Half as large it shows the same, twice as steep."""
    grey = picture.convert("L")
    # Edges are as many pixels long as the picture is wide: twice the share of half the picture.
    steepest = [
        float(np.percentile(np.hypot(*np.gradient(np.asarray(one, np.float32))), 100 - share))
        for one, share in ((grey, _EDGES), (grey.reduce(2), 2 * _EDGES))
    ]
    return steepest[1] > _SOFTER * steepest[0]


def _look(picture: Image.Image, colour: Floats, scale: float, *, whole_page: bool) -> Found | None:
    channel = ink_channel(picture, colour)
    inside = Box(0, 0, *picture.size)
    if scale >= 1:  # there is neither paper nor table to be seen in a thumbnail
        channel, inside = sheet(channel)
        channel = without_lines(channel)
    smooth = _ground_size(channel, whole_page=whole_page)
    if smooth is None:
        return None
    below = depth(channel, smooth)
    parts = _parts(below, least=6)
    if (
        parts is not None and (wide := _stroke(parts)) > smooth / 2
    ):  # a ground that follows thick strokes leaves them hollow
        smooth = round(2.5 * wide)
        below = depth(channel, smooth)
        parts = _parts(below, least=6)
    if parts is not None:
        likely = parts.likely()
        level = np.average(parts.level, weights=likely + 1e-9) if whole_page else parts.level[likely.argmax()]
        parts = _parts(below, least=6, over=_FAINTER * float(level))
    if parts is None or parts.likely().max() < _INK:
        return None
    return Found(below.missing, parts, smooth, scale, inside.left, inside.top, colour)


def _parts(below: Depth, least: int, over: float = _FAINT) -> Parts | None:
    return find_parts(below.missing, below.steep, max(5 * below.noise, over, _FAINT), least)


def _stroke(parts: Parts) -> float:
    """The width of the likely parts' strokes, in pixels."""
    return float(np.average(parts.thick * parts.longer, weights=parts.likely() + 1e-9))


def _ground_size(channel: Floats, *, whole_page: bool) -> int | None:
    """The pixels over which the ground has to be smooth for the likeliest ink to stand out: no fewer than its strokes are wide, and no more than needed."""
    factor = max(1, max(channel.shape) // _TRIAL)
    small = np.asarray(Image.fromarray(channel).reduce(factor)) if factor > 1 else channel
    sizes = [max(5, round(min(small.shape) * share)) | 1 for share in _SCALES]
    scores = []
    for size in sizes:
        below = depth(small, size)
        parts = _parts(below, least=4)
        likely = np.zeros(1) if parts is None else parts.likely()
        scores.append(float(likely.sum() if whole_page else likely.max()))
    if max(scores) == 0:
        return None
    return int(factor * next(size for size, score in zip(sizes, scores, strict=True) if score >= 0.8 * max(scores)))
