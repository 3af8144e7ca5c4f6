"""Search for ink in a small copy of a picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.reading.edges import sheet
from convlet.reading.ground import Depth, depth, ink_channel, ink_colours
from convlet.reading.lines import without_lines
from convlet.reading.place import Box, Floats
from convlet.reading.strokes import Parts, find_parts

_LEAST = 160  # pixels of the longer side; smaller pictures are enlarged
_FAINT = 0.05  # of the background's light: the least missing in ink
_FAINTER = 0.3  # of the found ink's strength: fainter pixels would only join characters to each other and the border
_INK = 12  # of `Parts.likely`: noise, paper and shadows have less, a faint digit of a tenth of the sheet more
_SURE = 60  # of the same, for ink of the less probable polarity
_LARGE = 0.4  # of a page's shorter side: what encloses its characters, seen in the wrong colors
_EVEN = 0.02  # stroke width over longer side, from which on finer strokes look no likelier
_SOFT_LEAST = 50  # pixels of the shorter side that a soft picture is reduced to
_EDGES = 0.1  # percent of the pixels, the steepest: the edges of ink have at least that share
_SOFTER = 1.35  # times as steep, of at most 2, is the half-size picture
_TRIAL = 240  # pixels of the longer side of the copy for trying backgrounds
_SCALES = (0.025, 0.045, 0.08, 0.13, 0.21, 0.33, 0.5)  # of the shorter side, over which the background is smooth


@dataclass(frozen=True)
class Found:
    """Connected ink in a copy of a picture.

    Attributes:
        missing: see `Depth`, for the copy.
        parts: the connected parts of ink in it.
        size: pixels of the copy over which the background was smoothed.
        scale: pixels of the picture for one of the copy.
        inside: what remains of the copy, in its own pixels, without the other sheets around it.
        colour: see `Colours`.
    """

    missing: Floats
    parts: Parts
    size: int
    scale: float
    inside: Box
    colour: Floats

    def on_picture(self, box: Box | NDArray[np.int64]) -> NDArray[np.float64]:
        """Return a box of the copy in pixels of the picture: left, top, right, bottom."""
        on: NDArray[np.float64] = np.add(box, self.inside[:2] * 2) * self.scale
        return on


def look(picture: Image.Image, longest: int, *, whole_page: bool = False) -> Found | None:
    """Find connected ink in a copy of a picture, mode RGB, with at most `longest` pixels a side; None without any.

    A `whole_page` has many characters, not one.
    """
    side = max(picture.size)
    scale = side / longest if side > longest else side / _LEAST if side < _LEAST else 1.0
    if scale != 1.0:
        size = max(8, round(picture.width / scale)), max(8, round(picture.height / scale))
        picture = picture.resize(size, Image.Resampling.BOX if scale > 1 else Image.Resampling.BICUBIC)
    while not whole_page and min(picture.size) >= 2 * _SOFT_LEAST and _is_soft(picture):
        picture, scale = picture.reduce(2), scale * 2
    colours = ink_colours(picture)
    found = _look(picture, colours.likely, scale, whole_page=whole_page)
    if found is None or colours.open:
        other = _look(picture, colours.other, scale, whole_page=whole_page)
        if other is None or other.parts.likely().max() <= _SURE:
            return found
        if found is None or _score(other, whole_page=whole_page) > _score(found, whole_page=whole_page):
            return other
    return found


def _score(found: Found, *, whole_page: bool) -> float:
    """Return how much looks like strokes: in the wrong colors the spaces between them do, which are thicker.

    On a page all of it counts, but what is larger than any character there.
    """
    score = found.parts.likely() / (found.parts.thick + _EVEN)
    if not whole_page:
        return float(score.max())
    return float(score[found.parts.longer < _LARGE * min(found.parts.labels.shape)].sum())


def _is_soft(picture: Image.Image) -> bool:
    """Return whether its sharpest edges are soft (out of focus or enlarged): at half size they are twice as steep."""
    grey = picture.convert("L")
    # The length of edges scales with the width: at half size they are twice the share.
    steepest = [
        float(np.percentile(np.hypot(*np.gradient(np.asarray(one, np.float32))), 100 - share))
        for one, share in ((grey, _EDGES), (grey.reduce(2), 2 * _EDGES))
    ]
    return steepest[1] > _SOFTER * steepest[0]


def _look(picture: Image.Image, colour: Floats, scale: float, *, whole_page: bool) -> Found | None:
    channel = ink_channel(picture, colour)
    inside = Box(0, 0, *picture.size)
    if scale >= 1:  # a thumbnail shows neither paper nor table
        channel, inside = sheet(channel)
        channel = without_lines(channel)
    found = ink_in(channel, whole_page=whole_page)
    if found is None:
        return None
    missing, parts, smooth = found
    return Found(missing, parts, smooth, scale, inside, colour)


def ink_in(channel: Floats, *, whole_page: bool, smooth: int | None = None) -> tuple[Floats, Parts, int] | None:
    """Find ink in (height, width), 0 to 1, where it is dark; None without any.

    The background is `smooth` over so many pixels; by default over as few as show the ink.

    Returns:
        See `Found`: missing, parts and size.
    """
    smooth = smooth or _ground_size(channel, whole_page=whole_page)
    if smooth is None:
        return None
    below = depth(channel, smooth)
    parts = _parts(below)
    if parts is not None:
        wide = float(np.average(parts.thick * parts.longer, weights=parts.likely() + 1e-9))
        if wide > smooth / 2:  # the background would follow and hollow out thick strokes
            smooth = round(2.5 * wide)
            below = depth(channel, smooth)
            parts = _parts(below)
    if parts is not None:
        likely = parts.likely()
        level = np.average(parts.level, weights=likely + 1e-9) if whole_page else parts.level[likely.argmax()]
        parts = _parts(below, over=_FAINTER * float(level))
    if parts is None or parts.likely().max() < _INK:
        return None
    return below.missing, parts, smooth


def _parts(below: Depth, least: int = 6, over: float = 0.0) -> Parts | None:
    return find_parts(below.missing, below.steep, max(5 * below.noise, over, _FAINT), least)


def _ground_size(channel: Floats, *, whole_page: bool) -> int | None:
    """Return the pixels over which the background is smooth: the fewest with which the likeliest ink stands out."""
    factor = max(1, max(channel.shape) // _TRIAL)
    small = np.asarray(Image.fromarray(channel).reduce(factor))
    sizes = [max(5, round(min(small.shape) * share)) | 1 for share in _SCALES]
    scores = []
    for size in sizes:
        parts = _parts(depth(small, size), least=4)
        likely = np.zeros(1) if parts is None else parts.likely()
        scores.append(float(likely.sum() if whole_page else likely.max()))
    if max(scores) == 0:
        return None
    return int(factor * next(size for size, score in zip(sizes, scores, strict=True) if score >= 0.8 * max(scores)))
