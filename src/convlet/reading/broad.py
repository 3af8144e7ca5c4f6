"""Read ink so broad that it fills the picture: a felt pen cropped tightly, a cross whose arms reach the border."""

import numpy as np
from PIL import Image

from convlet.reading.arrays import border
from convlet.reading.filters.areas import areas
from convlet.reading.filters.extremes import beside, is_thicker
from convlet.reading.filters.threshold import otsu
from convlet.reading.flat import is_shaded
from convlet.reading.ground import ink_channel, ink_colours
from convlet.reading.place import EDGE, Floats, Mask, ink_box

_SHARE = (0.1, 0.55)  # of the picture is ink
_APART = 3.0  # times the spread within ink and ground: how far their tones are apart
_FILLS = 0.6  # of both sides of the picture: how far the largest piece of ink reaches
_MOST = 0.95  # of the ink is in that piece
_BORDER = 0.4  # of the border is ink; a table around a sheet has all of it
_SIDE = 0.9  # of one side; a table beside a sheet has all of one
_HOLES = 6  # areas at most that are neither the ink nor the paper around it; an 8 has two
_GAP = (12, 1e-4)  # pixels, and of the picture: smaller areas do not count
_THICK = 0.25  # of the shorter side of the picture: half a stroke is thinner, an area of two tones is not


def filling_ink(picture: Image.Image) -> Floats | None:
    """Return the ink of a single character that fills a picture of mode RGB: (height, width), 0 to 1; else None."""
    colours = ink_colours(picture)
    for weights in (colours.likely, colours.other):
        channel = ink_channel(picture, weights)
        if np.ptp(channel) == 0:
            return None
        over = channel < otsu(channel)
        if not _SHARE[0] < over.mean() < _SHARE[1]:
            continue
        dark, light = float(np.median(channel[over])), float(np.median(channel[~over]))
        spread = max(float(np.std(channel[over])), float(np.std(channel[~over])))
        if light - dark < _APART * spread:
            continue
        labels, _ = areas(over, corners=True)
        largest = labels == 1 + int(np.bincount(labels.ravel())[1:].argmax())
        box = ink_box(largest)
        sides = (over[0], over[-1], over[:, 0], over[:, -1])
        if (
            box is not None
            and min(box.width / over.shape[1], box.height / over.shape[0]) > _FILLS
            and largest.sum() > _MOST * over.sum()
            and border(over).mean() < _BORDER
            and max(float(side.mean()) for side in sides) < _SIDE
            and not is_thicker(largest, _THICK * min(over.shape))
            and _areas(~largest, within=True) + _areas(over & ~largest) <= _HOLES
        ):
            ink = np.clip((light - channel) / (light - dark), 0, 1)
            if is_shaded(ink):
                continue
            near = beside(largest, 2)
            found: Floats = np.where(near & (ink > EDGE / 2), ink, 0).astype(np.float32)
            return found
    return None


def _areas(mask: Mask, *, within: bool = False) -> int:
    """Return how many connected areas it has, without specks and, if `within`, without those at the border."""
    labels, count = areas(mask)
    large = np.bincount(labels.ravel(), minlength=count + 1) > max(_GAP[0], _GAP[1] * mask.size)
    large[0] = False
    if within:
        large[border(labels)] = False
    return int(large.sum())
