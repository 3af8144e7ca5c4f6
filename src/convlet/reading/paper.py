"""Find a whole sheet, screen or canvas in the picture, with something else around it."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.reading.arrays import border
from convlet.reading.filters.areas import areas, filled, nearest
from convlet.reading.filters.extremes import worn
from convlet.reading.filters.means import median_tones
from convlet.reading.filters.threshold import otsu
from convlet.reading.place import Box, Mask, ink_box

_SMALL = 120  # pixels of the longer side of the copy that is searched
_AREA = (0.05, 0.97)  # of the picture
_SOLID = 0.55  # of its inside has the sheet's tone; the rest is ink
_RECTANGLE = 0.83  # of the smallest rectangle around it, at any angle; an ellipse fills 0.79
_LONGEST = 3.0  # times as long as wide; a "1" is longer
_OPEN = 0.12  # of its outline is on the picture's border; shadows have more there
_RIM = 0.03  # of its shorter side is cropped, with the edge and its shadow


def paper(picture: Image.Image) -> tuple[Image.Image, Box]:
    """Cut out the sheet written on, if there is something else around it, from a picture of mode RGB.

    Returns:
        The sheet, everything else painted over in its colors, and its place; the whole picture if there is none.
    """
    factor = max(1, -(-max(picture.size) // _SMALL))
    small = picture.reduce(factor)
    grey = np.asarray(small.convert("L"))
    sheet = _sheet(grey)
    whole = Box(0, 0, *picture.size)
    if sheet is None:
        return picture, whole

    inner = worn(sheet, max(1, round(_RIM * min(sheet.shape))), at_border=False)
    box = ink_box(inner)
    if box is None or min(box.width, box.height) < 8:
        return picture, whole
    right, bottom = np.minimum(np.multiply(box[2:], factor), picture.size).tolist()
    place = Box(box.left * factor, box.top * factor, right, bottom)
    cut = picture.crop(place)
    inner = box.cut(inner)
    if inner.all():
        return cut, place
    tones = box.cut(np.asarray(small))
    ground, mask = (
        image.resize(cut.size, Image.Resampling.BILINEAR)
        for image in (
            Image.fromarray(median_tones(tones[nearest(inner)], 7)),
            Image.fromarray(inner).convert("L"),
        )
    )
    return Image.composite(cut, ground, mask), place


def _sheet(grey: NDArray[np.uint8]) -> Mask | None:
    """Return the mask of the sheet in a small gray picture, ink included; None if there is none."""
    if grey.min() == grey.max():
        return None
    light = grey > otsu(grey)
    for tone in (light, ~light):
        labels, _ = areas(tone)
        largest = labels == 1 + int(np.bincount(labels.ravel())[1:].argmax())
        whole = filled(largest)
        if _AREA[0] < whole.mean() < _AREA[1] and largest.sum() > _SOLID * whole.sum() and _is_rectangle(whole):
            return whole
    return None


def _is_rectangle(shape: Mask) -> bool:
    outline = shape & ~worn(shape, at_border=True)
    if border(shape).sum() > _OPEN * outline.sum():
        return False
    y, x = np.nonzero(outline)
    angles = np.deg2rad(np.arange(0, 90, 3))[:, np.newaxis]
    across = np.ptp(x * np.cos(angles) + y * np.sin(angles), axis=1) + 1
    down = np.ptp(y * np.cos(angles) - x * np.sin(angles), axis=1) + 1
    best = int((across * down).argmin())
    sides = sorted((float(across[best]), float(down[best])))
    return bool(shape.sum() > _RECTANGLE * sides[0] * sides[1] and sides[1] < _LONGEST * sides[0])
