"""The one character in a photograph: looked for in a small copy, cut out of a larger one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.reading.flat import flat_ink, is_solid
from convlet.reading.ground import depth, ink_channel, ink_colour
from convlet.reading.lines import sheet, without_lines
from convlet.reading.paper import paper
from convlet.reading.place import Box, Floats, ink_box
from convlet.reading.strokes import Parts, find_parts, together

DEBUG = False
_SEARCH = 480  # pixels of the longer side of the copy in which ink is looked for
_LEAST = 160  # smaller pictures are enlarged to this
_CLOSER = 110  # a smaller character is read again from the picture itself
_EDGE = 0.35  # of full ink: where the strokes of a drawing end
_FAINT = 0.05  # of the ground's light: less missing is no ink
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
        return (box + np.array([self.left, self.top] * 2)) * self.scale


def character_in(picture: Image.Image) -> Floats | None:
    """The ink of the one character in a picture.

    Args:
        picture: mode RGB, of any size.

    Returns:
        float32 (height, width) around the character, 0 to 1, and 0 where the ink is not the character's; None if there is no ink.
    """
    ink = flat_ink(picture)
    if ink is None or is_solid(ink):
        cut, _ = paper(picture)
        if cut is not picture:
            picture = cut
            ink = flat_ink(picture)
        elif min(picture.size) > 100:
            ink = None
    return _character_ink(picture) if ink is None else _one_character(ink)


def _character_ink(picture: Image.Image) -> Floats | None:
    """The same, on an uneven ground."""
    found = look(picture, _SEARCH)
    if found is None:
        return None
    chosen = together(found.parts, found.parts.likely())
    box = found.parts.around(chosen)
    if max(box[2] - box[0], box[3] - box[1]) < _CLOSER and found.scale > 1.2:
        return _closer(picture, found, chosen)
    return cut_out(found.missing, found.parts, chosen)


def look(picture: Image.Image, longest: int, *, whole_page: bool = False) -> Found | None:
    """Find connected ink in a copy of a picture with at most `longest` pixels on its longer side; None if there is none."""
    side = max(picture.size)
    scale = side / longest if side > longest else side / _LEAST if side < _LEAST else 1.0
    if scale != 1.0:
        size = tuple(max(8, round(side / scale)) for side in picture.size)
        picture = picture.resize(size, Image.Resampling.BOX if scale > 1 else Image.Resampling.BICUBIC)
    colour = ink_colour(picture)
    channel = ink_channel(picture, colour)
    inside = Box(0, 0, *picture.size)
    if scale >= 1:  # there is neither paper nor table to be seen in a thumbnail
        channel, inside = sheet(channel)
        channel = without_lines(channel)
    smooth = _ground_size(channel, whole_page=whole_page)
    if smooth is None:
        return None
    below = depth(channel, smooth)
    parts = find_parts(below.missing, below.steep, max(5 * below.noise, _FAINT), least=6)
    if parts is not None and (wide := _stroke(parts)) > smooth / 2:  # a ground that follows thick strokes leaves them hollow
        smooth = round(2.5 * wide)
        below = depth(channel, smooth)
    over = max(5 * below.noise, _FAINT)
    parts = find_parts(below.missing, below.steep, over, least=6)
    if parts is not None and whole_page:
        # Ink of one pen: what is far fainter only joins characters to each other.
        over = max(over, 0.3 * float(np.average(parts.level, weights=parts.likely() + 1e-9)))
        parts = find_parts(below.missing, below.steep, over, least=6)
    return None if parts is None else Found(below.missing, parts, smooth, scale, inside.left, inside.top, colour)


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
        parts = find_parts(below.missing, below.steep, max(5 * below.noise, _FAINT))
        likely = np.zeros(1) if parts is None else parts.likely()
        scores.append(float(likely.sum() if whole_page else likely.max()))
    if DEBUG:
        print(list(zip(sizes, np.round(scores, 1))))
    if max(scores) == 0:
        return None
    return factor * next(size for size, score in zip(sizes, scores, strict=True) if score >= 0.8 * max(scores))


def _closer(picture: Image.Image, found: Found, chosen: NDArray[np.intp]) -> Floats:
    """A small character's ink, cut from the picture itself where it was found in the copy."""
    from scipy import ndimage

    box = found.parts.around(chosen)
    height, width = found.missing.shape
    margin = found.size + 4
    left, top = np.maximum(box[:2] - margin, 0)
    right, bottom = np.minimum(box[2:] + margin, (width, height))
    times = min(found.scale, 2 * _CLOSER / max(box[2] - box[0], box[3] - box[1]))
    size = round((right - left) * times), round((bottom - top) * times)
    area = tuple(np.minimum(found.on_picture(np.array([left, top, right, bottom])), picture.size * 2).tolist())
    close = picture.resize(size, Image.Resampling.BOX, box=area)
    missing = depth(ink_channel(close, found.colour), round(found.size * times)).missing
    mine = np.isin(found.parts.labels[top:bottom, left:right], chosen + 1)
    near = np.asarray(Image.fromarray(ndimage.binary_dilation(mine)).resize(size, Image.Resampling.NEAREST))
    level = float(np.percentile(found.missing[top:bottom, left:right][mine], 80))
    strong = near & (missing > 0.4 * max(level, float(np.percentile(missing[near], 80))))
    return _brightened(missing, strong)


def cut_out(missing: Floats, parts: Parts, chosen: NDArray[np.intp]) -> Floats:
    """The chosen parts alone, in the box around them with a margin: float32, the strongest ink at 1."""
    box = parts.around(chosen)
    height, width = missing.shape
    left, top = np.maximum(box[:2] - 3, 0)
    right, bottom = np.minimum(box[2:] + 3, (width, height))
    missing = missing[top:bottom, left:right]
    mine = np.isin(parts.labels[top:bottom, left:right], chosen + 1)
    return _brightened(missing, mine & (missing > 0.4 * float(np.percentile(missing[mine], 80))))


def _brightened(missing: Floats, strong: NDArray[np.bool_]) -> Floats:
    """The strong pixels and the grey edges around them, with the usual ink at 1."""
    from scipy import ndimage

    if not strong.any():
        return np.zeros_like(missing)
    full = 0.9 * float(np.percentile(missing[strong], 75))
    near = ndimage.binary_dilation(strong, iterations=2)
    ink: Floats = np.where(near, np.clip(missing / full, 0, 1), 0).astype(np.float32)
    return ink


def _one_character(ink: Floats) -> Floats | None:
    """The one character in a clean drawing, without specks and frames; None if there is no ink."""
    over = ink > _EDGE
    box = ink_box(over)
    if box is None:
        return None
    inside = over[box.top : box.bottom, box.left : box.right]
    rows, columns = inside.any(axis=1), inside.any(axis=0)
    framed = inside[0].mean() > 0.8 and inside[-1].mean() > 0.8
    if rows.all() and columns.all() and not framed:
        return ink  # all of it hangs together, as far as rows and columns tell; nothing to look up
    steep = np.zeros_like(ink)
    steep[1:-1, 1:-1] = np.hypot(ink[2:, 1:-1] - ink[:-2, 1:-1], ink[1:-1, 2:] - ink[1:-1, :-2]) / 2
    parts = find_parts(ink, steep, _EDGE, least=2)
    return None if parts is None else cut_out(ink, parts, together(parts, parts.likely()))
