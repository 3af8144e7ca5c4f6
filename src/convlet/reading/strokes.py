"""Connected ink: what of it is the character, and what is specks, borders and shadows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convlet.reading.place import Floats

Labels = NDArray[np.int32]
_ALL_SIDES = np.ones((3, 3), bool)


@dataclass(frozen=True)
class Parts:
    """Connected parts of ink, number i of them labelled i + 1.

    Attributes:
        labels: int32 (height, width), 0 where no ink is.
        boxes: (n, 4), left, top, right, bottom, the last two exclusive.
        area: (n,), pixels.
        level: (n,), the strength of its ink.
        sharp: (n,), 0 to 1, how much of its outline is steep: shadows have soft edges.
        thick: (n,), the width of its strokes as a part of its longer side: 0.5 for a disc.
        touch: (n,), how much of the picture's border it covers, as a part of its longer side.
    """

    labels: Labels
    boxes: NDArray[np.int64]
    area: NDArray[np.float64]
    level: NDArray[np.float64]
    sharp: NDArray[np.float64]
    thick: NDArray[np.float64]
    touch: NDArray[np.float64]

    @property
    def longer(self) -> NDArray[np.int64]:
        """(n,), the longer side of each box."""
        longer: NDArray[np.int64] = np.maximum(self.boxes[:, 2] - self.boxes[:, 0], self.boxes[:, 3] - self.boxes[:, 1])
        return longer

    def around(self, chosen: NDArray[np.intp]) -> NDArray[np.int64]:
        """(4,), the box around the chosen parts."""
        return np.concatenate([self.boxes[chosen, :2].min(axis=0), self.boxes[chosen, 2:].max(axis=0)])

    def likely(self) -> NDArray[np.float64]:
        """(n,), how much each looks like handwriting: much ink, long thin strokes with sharp edges, away from the border."""
        height, width = self.labels.shape
        thin = 1 / (1 + (self.thick / 0.25) ** 2)
        inside = 1 / (1 + 10 * self.touch**2)
        spanning = ((self.boxes[:, 2] - self.boxes[:, 0]) > 0.97 * width) | ((self.boxes[:, 3] - self.boxes[:, 1]) > 0.97 * height)
        across = np.where(spanning & (self.touch > 0), 0.03, 1.0)  # a line, or the edge of a sheet
        likely: NDArray[np.float64] = self.level**1.5 * np.sqrt(self.area) * self.longer * self.sharp**4 * thin * inside * across
        return likely


def find_parts(ink: Floats, steep: Floats, over: float, least: int = 4) -> Parts | None:
    """Connected parts of what is over a threshold; those of fewer pixels than `least` are left out. None where nothing is.

    Args:
        ink: its strength, (height, width).
        steep: how much the picture's light changes from pixel to pixel, in the same unit.
        over: the threshold.
        least: pixels.
    """
    from scipy import ndimage

    labels, count = ndimage.label(ink > over, _ALL_SIDES)
    if not count:
        return None
    area = np.bincount(labels.ravel(), minlength=count + 1)
    keep = area >= least
    keep[0] = False
    if not keep.any():
        return None
    number = np.cumsum(keep) * keep
    labels = number[labels].astype(np.int32)
    count = int(keep.sum())
    area = area[keep].astype(np.float64)
    boxes = np.array([[s[1].start, s[0].start, s[1].stop, s[0].stop] for s in ndimage.find_objects(labels)])
    flat = labels.ravel()
    steep = ndimage.maximum_filter(steep, 3)
    padded = np.pad(labels, 1)
    middle = padded[1:-1, 1:-1]
    beside = [padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]]
    steps = sum((middle != other).astype(np.int64) for other in beside)
    outline = np.pi / 4 * np.bincount(flat, steps.ravel(), count + 1)[1:]
    rim = (steps > 0).ravel()
    # Strong pixels count by their strength: the middle of a shadow's strip is dark, its rim is not.
    level = np.bincount(flat, ink.ravel() ** 2, count + 1) / np.maximum(np.bincount(flat, ink.ravel(), count + 1), 1e-6)
    sharp = steep.ravel()[rim] > 0.2 * level[flat[rim]]
    sharp = np.bincount(flat[rim], sharp, count + 1)[1:] / np.maximum(np.bincount(flat[rim], minlength=count + 1)[1:], 1)
    longer = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return Parts(
        labels=labels,
        boxes=boxes,
        area=area,
        level=level[1:],
        sharp=sharp,
        thick=2 * area / np.maximum(outline, 1) / longer,
        touch=np.bincount(border, minlength=count + 1)[1:] / longer,
    )


def together(parts: Parts, likely: NDArray[np.float64]) -> NDArray[np.intp]:
    """The parts of the likeliest character: its likeliest part, and what lies near enough to it and is large enough to be a stroke of it."""
    main = int(likely.argmax())
    chosen = [main]
    box = parts.boxes[main].copy()
    size = int(parts.longer[main])
    for other in np.argsort(-likely):
        left, top, right, bottom = parts.boxes[other]
        gap = max(left - box[2], box[0] - right, top - box[3], box[1] - bottom, 0)
        if other != main and likely[other] > 0.03 * likely[main] and gap < 0.15 * size and parts.longer[other] > 0.1 * size:
            chosen.append(int(other))
            box[:2], box[2:] = np.minimum(box[:2], (left, top)), np.maximum(box[2:], (right, bottom))
    return np.array(chosen)
