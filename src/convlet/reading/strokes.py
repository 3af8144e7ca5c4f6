"""Connected ink: the character, or specks, borders and shadows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convlet.reading.place import Floats

Labels = NDArray[np.int32]
_STANDS_OFF = 0.25  # of the character's size: the most between it and a bar that does not touch
_BROKEN = 0.13  # of the size: the most between pieces of one stroke
_LINE = 0.012  # of its length: thinner than any pen, the rest of a printed line
_FILLS, _IN_PLACES = 0.6, 0.9  # of the picture's sides; of a part's longer side along the border
_ALL_SIDES = np.ones((3, 3), bool)


@dataclass(frozen=True)
class Parts:
    """Connected parts of ink, number i of them labelled i + 1.

    Attributes:
        labels: int32 (height, width), 0 without ink.
        boxes: (n, 4), left, top, right, bottom, the last two exclusive.
        area: (n,), pixels.
        level: (n,), the strength of its ink.
        sharp: (n,), 0 to 1, the steep share of its outline: shadows have soft edges.
        thick: (n,), stroke width over longer side: 0.5 for a disc.
        touch: (n,), its length on the picture's border over its longer side.
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

    def _is_frame(self, part: int) -> bool:
        """Return whether it runs along the sides of its box and leaves the middle free."""
        left, top, right, bottom = self.boxes[part]
        mine = self.labels[top:bottom, left:right] == part + 1
        height, width = mine.shape
        rim = max(1, round(0.08 * min(height, width)))
        if min(height, width) < 8 or mine[2 * rim : -2 * rim, 2 * rim : -2 * rim].any():
            return False
        sides = (mine[:rim].any(axis=0), mine[-rim:].any(axis=0), mine[:, :rim].any(axis=1), mine[:, -rim:].any(axis=1))
        return sum(float(side.mean()) > 0.9 for side in sides) >= 3

    def likely(self) -> NDArray[np.float64]:
        """Return how much each is like handwriting, (n,): much ink in long thin sharp strokes away from the border."""
        height, width = self.labels.shape
        thin = 1 / (1 + (self.thick / 0.25) ** 2)
        inside = 1 / (1 + 10 * self.touch**2)
        spanning = ((self.boxes[:, 2] - self.boxes[:, 0]) > 0.97 * width) | (
            (self.boxes[:, 3] - self.boxes[:, 1]) > 0.97 * height
        )
        # A line or a sheet's edge; but a part that fills the picture both ways, partly on its border, was cut tightly.
        wide, tall = (self.boxes[:, 2] - self.boxes[:, 0]) / width, (self.boxes[:, 3] - self.boxes[:, 1]) / height
        cut_tightly = (np.minimum(wide, tall) > _FILLS) & (self.touch < _IN_PLACES)
        across = np.where(spanning & (self.touch > 0) & ~cut_tightly, 0.03, 1.0)
        across[
            [part for part in np.flatnonzero(self.longer > 0.4 * min(height, width)) if self._is_frame(int(part))]
        ] = 1e-4
        across[(self.thick < _LINE) & (self.longer > 0.7 * min(height, width))] = 0.03
        return self.level**1.5 * np.sqrt(self.area) * self.longer * self.sharp**4 * thin * inside * across


def find_parts(ink: Floats, steep: Floats, over: float, least: int = 4) -> Parts | None:
    """Find connected parts over a threshold, of at least `least` pixels; None if there are none.

    Args:
        ink: its strength, (height, width).
        steep: the gradient of the light, in the same unit.
        over: the threshold.
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
    area = area[keep]
    boxes = np.array([[s[1].start, s[0].start, s[1].stop, s[0].stop] for s in ndimage.find_objects(labels)])
    flat = labels.ravel()
    steep = ndimage.maximum_filter(steep, 3)
    padded = np.pad(labels, 1)
    middle = padded[1:-1, 1:-1]
    beside = [padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]]
    steps = sum((middle != other).astype(np.int64) for other in beside)
    outline = np.pi / 4 * np.bincount(flat, steps.ravel(), count + 1)[1:]
    rim = (steps > 0).ravel()
    # Pixels count by their strength: the middle of a shadow is dark, its rim is not.
    level = np.bincount(flat, ink.ravel() ** 2, count + 1) / np.maximum(np.bincount(flat, ink.ravel(), count + 1), 1e-6)
    sharp = steep.ravel()[rim] > 0.2 * level[flat[rim]]
    sharp = np.bincount(flat[rim], sharp, count + 1)[1:] / np.maximum(
        np.bincount(flat[rim], minlength=count + 1)[1:], 1
    )
    longer = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return Parts(
        labels=labels,
        boxes=boxes,
        area=area.astype(np.float64),
        level=level[1:],
        sharp=sharp,
        thick=2 * area / np.maximum(outline, 1) / longer,
        touch=np.bincount(border, minlength=count + 1)[1:] / longer,
    )


def together(parts: Parts, likely: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the likeliest part and the strokes and broken pieces near enough to be of the same character.

    `likely`: (n,), see `Parts.likely`.
    """
    main = int(likely.argmax())
    chosen = np.array([main])
    box = parts.boxes[main]
    size, height = parts.longer[main], box[3] - box[1]
    alike = (
        (parts.level > 0.4 * parts.level[main])
        & (likely > 0.002 * likely[main])
        & (parts.sharp > 0.5)
        & (parts.longer > 0.08 * size)
    )
    alike &= parts.touch < max(0.6, 1.5 * parts.touch[main])
    while True:
        aside = np.maximum(parts.boxes[:, 0] - box[2], box[0] - parts.boxes[:, 2])
        apart = np.maximum(aside, np.maximum(parts.boxes[:, 1] - box[3], box[1] - parts.boxes[:, 3]))
        # A stroke of the same character may be apart; as tall and beside it is another character.
        stroke = (parts.longer > 0.25 * size) & ((aside <= 0) | (parts.boxes[:, 3] - parts.boxes[:, 1] < 0.6 * height))
        near = alike & (apart < np.where(stroke, _STANDS_OFF, _BROKEN) * size + 1)
        near[chosen] = False
        if not near.any():
            return chosen
        chosen = np.concatenate([chosen, np.flatnonzero(near)])
        box = parts.around(chosen)
