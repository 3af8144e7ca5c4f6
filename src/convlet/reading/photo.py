"""Find the single character in a photograph in a small copy, and cut it out of a larger one."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.reading.arrays import border
from convlet.reading.broad import filling_ink
from convlet.reading.filters.extremes import beside
from convlet.reading.flat import THUMBNAIL, flat_ink, is_broad, is_solid
from convlet.reading.ground import depth, ink_channel
from convlet.reading.paper import paper
from convlet.reading.place import EDGE, Floats, Mask, ink_box
from convlet.reading.search import Found, look
from convlet.reading.strokes import Parts, find_parts, together

_SEARCH = 480  # pixels of the longer side of the copy that is searched
_CLOSER = 110  # pixels; a smaller character is read again from the picture itself
_ALONG = 0.9  # of its longer side is on the border: what lies beside the paper
_TIGHT = 0.05  # of the border is ink: a drawing cut tightly; a window's edge covers a whole side


def character_in(picture: Image.Image) -> Floats | None:
    """Return the ink of the single character in a picture of mode RGB.

    Returns:
        float32 (height, width) around the character, 0 to 1, without other ink; None if there is no ink.
    """
    ink = flat_ink(picture)
    if ink is None or is_solid(ink):
        cut, _ = paper(picture)
        if cut is not picture:
            picture = cut
            ink = flat_ink(picture)
        elif ink is not None and is_broad(ink):
            ink = None
    if ink is None:
        ink = filling_ink(picture)
    if ink is not None:
        return _one_character(ink)
    found = look(picture, _SEARCH)
    if found is None:
        return None
    chosen = together(found.parts)
    if found.parts.around(chosen).longer < _CLOSER and found.scale > 1.2:
        return _closer(picture, found, chosen)
    return cut_out(found.missing, found.parts, chosen)


def _closer(picture: Image.Image, found: Found, chosen: NDArray[np.intp]) -> Floats:
    """Cut a small character from the picture itself, at its place in the copy."""
    parts = found.parts
    box = parts.around(chosen, found.size + 4)
    times = min(found.scale, 2 * _CLOSER / parts.around(chosen).longer)
    size = round(box.width * times), round(box.height * times)
    area = tuple(np.minimum(found.on_picture(box), picture.size * 2).tolist())
    close = picture.resize(size, Image.Resampling.BOX, box=area)
    missing = depth(ink_channel(close, found.colour), round(found.size * times)).missing
    mine = parts.mask(chosen, box)
    near = np.asarray(Image.fromarray(beside(mine)).resize(size, Image.Resampling.NEAREST))
    level = float(np.percentile(box.cut(found.missing)[mine], 80))
    strong = near & (missing > 0.4 * max(level, float(np.percentile(missing[near], 80))))
    return _brightened(missing, strong)


def cut_out(missing: Floats, parts: Parts, chosen: NDArray[np.intp]) -> Floats:
    """Cut out only the chosen parts, with a margin: float32, the strongest ink at 1."""
    box = parts.around(chosen, 3)
    missing, mine = box.cut(missing), parts.mask(chosen, box)
    return _brightened(missing, mine & (missing > 0.4 * float(np.percentile(missing[mine], 80))))


def drawn_parts(ink: Floats, least: int) -> Parts | None:
    """Find the parts of a clean drawing, which has no shadows with soft edges."""
    parts = find_parts(ink, ink, EDGE, least)
    return parts and replace(parts, sharp=np.ones_like(parts.sharp))


def _brightened(missing: Floats, strong: Mask) -> Floats:
    """Return the strong pixels and the gray edges around them, usual ink at 1."""
    if not strong.any():
        return np.zeros_like(missing)
    full = 0.9 * float(np.percentile(missing[strong], 75))
    near = beside(strong, 2)
    return np.where(near, np.clip(missing / full, 0, 1), 0).astype(np.float32)


def _one_character(ink: Floats) -> Floats | None:
    """Return the single character in a clean drawing, without specks and frames; None without ink."""
    over = ink > EDGE
    box = ink_box(over)
    if box is None:
        return None
    inside = box.cut(over)
    framed = inside[0].mean() > 0.8 and inside[-1].mean() > 0.8
    if inside.any(axis=1).all() and inside.any(axis=0).all() and not framed:
        return ink  # no gaps in rows or columns: one part
    parts = drawn_parts(ink, least=2)
    if parts is None:
        return None
    if min(ink.shape) <= THUMBNAIL or border(over).mean() > _TIGHT:
        beside = parts.spanning() & (parts.touch > _ALONG)
        if beside.all() or parts.touch[~beside].any():  # in a tight crop, strokes reach the border
            beside = np.zeros_like(beside)
        parts = replace(parts, touch=np.where(beside, parts.touch, 0))
    return cut_out(ink, parts, together(parts))
