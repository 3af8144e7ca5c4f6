"""Find connected ink: the character, or specks, borders and shadows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convlet.reading.arrays import border
from convlet.reading.filters.areas import areas, boxes
from convlet.reading.filters.extremes import highest
from convlet.reading.place import Box, Floats, Mask

_STANDS_OFF = 0.25  # of the character's size: the most between it and a bar that does not touch
_BROKEN = 0.13  # of the size: the most between pieces of one stroke
_LINE = 0.012  # of its length: thinner than any pen: the remainder of a printed line
_FILLS, _IN_PLACES = 0.6, 0.9  # of the picture's sides; of a part's longer side along the border


@dataclass(frozen=True)
class Parts:
    """Connected parts of ink; number i is labeled i + 1.

    Attributes:
        labels: int32 (height, width), 0 without ink.
        boxes: (n, 4), left, top, right, bottom, the last two exclusive.
        area: (n,), pixels.
        level: (n,), the strength of its ink.
        sharp: (n,), 0 to 1, the steep share of its outline: shadows have soft edges.
        thick: (n,), stroke width over longer side: 0.5 for a disc.
        touch: (n,), its length on the picture's border over its longer side.
    """

    labels: NDArray[np.int32]
    boxes: NDArray[np.int64]
    area: NDArray[np.float64]
    level: NDArray[np.float64]
    sharp: NDArray[np.float64]
    thick: NDArray[np.float64]
    touch: NDArray[np.float64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """(n, 2), the width and height of each box."""
        return self.boxes[:, 2:] - self.boxes[:, :2]

    @property
    def longer(self) -> NDArray[np.int64]:
        """(n,), the longer side of each box."""
        longer: NDArray[np.int64] = self.sizes.max(axis=1)
        return longer

    def around(self, chosen: NDArray[np.intp], margin: int = 0) -> Box:
        """Return the box around the chosen parts, with a margin as far as the picture goes."""
        start = np.maximum(self.boxes[chosen, :2].min(axis=0) - margin, 0)
        end = np.minimum(self.boxes[chosen, 2:].max(axis=0) + margin, self.labels.shape[::-1])
        return Box(*start.tolist(), *end.tolist())

    def mask(self, chosen: NDArray[np.intp], box: Box) -> Mask:
        """Return which pixels of a box belong to the chosen parts."""
        return np.isin(box.cut(self.labels), chosen + 1)

    def _is_frame(self, part: np.intp) -> bool:
        """Return whether it runs along the sides of its box and leaves the middle empty."""
        mine = Box(*self.boxes[part]).cut(self.labels) == part + 1
        height, width = mine.shape
        rim = max(1, round(0.08 * min(height, width)))
        if min(height, width) < 8 or mine[2 * rim : -2 * rim, 2 * rim : -2 * rim].any():
            return False
        sides = (mine[:rim].any(axis=0), mine[-rim:].any(axis=0), mine[:, :rim].any(axis=1), mine[:, -rim:].any(axis=1))
        return sum(float(side.mean()) > 0.9 for side in sides) >= 3

    def spanning(self) -> Mask:
        """Return which reach from one side of the picture to the other, (n,): lines, and edges of sheets."""
        picture = np.array(self.labels.shape[::-1])
        spanning: Mask = (self.sizes > 0.97 * picture).any(axis=1) & (self.touch > 0)
        return spanning

    def likely(self) -> NDArray[np.float64]:
        """Return how much each looks like handwriting, (n,): much ink in long thin sharp strokes off the border."""
        sizes, longer, picture = self.sizes, self.longer, self.labels.shape[::-1]
        thin = 1 / (1 + (self.thick / 0.25) ** 2)
        inside = 1 / (1 + 10 * self.touch**2)
        # A line or a sheet's edge; but a part that fills the picture both ways, partly on its border, was cut tightly.
        cut_tightly = ((sizes / picture).min(axis=1) > _FILLS) & (self.touch < _IN_PLACES)
        across = np.where(self.spanning() & ~cut_tightly, 0.03, 1.0)
        large = np.flatnonzero(longer > 0.4 * min(picture))
        across[[part for part in large if self._is_frame(part)]] = 1e-4
        across[(self.thick < _LINE) & (longer > 0.7 * min(picture))] = 0.03
        return self.level**1.5 * np.sqrt(self.area) * longer * self.sharp**4 * thin * inside * across


def find_parts(ink: Floats, steep: Floats, over: float, least: int = 4) -> Parts | None:
    """Find connected parts of ink over a threshold, of at least `least` pixels; None if there are none.

    `ink` is its strength, (height, width), `steep` the gradient of the light in the same unit.
    """
    labels, count = areas(ink > over, corners=True)
    area = np.bincount(labels.ravel(), minlength=count + 1)
    keep = area >= least
    keep[0] = False
    if not keep.any():
        return None
    labels = (np.cumsum(keep) * keep)[labels].astype(np.int32)
    area = area[keep]
    count = len(area)
    around = boxes(labels, count)
    flat = labels.ravel()
    steep = highest(highest(steep, 3, 0), 3, 1)
    padded = np.pad(labels, 1)
    middle = padded[1:-1, 1:-1]
    beside = [padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]]
    steps = sum((middle != other).astype(np.int64) for other in beside)
    outline = np.pi / 4 * np.bincount(flat, steps.ravel(), count + 1)[1:]
    rim = (steps > 0).ravel()
    # Pixels count by their strength: the middle of a shadow is dark, its rim is not.
    level = np.bincount(flat, ink.ravel() ** 2, count + 1) / np.maximum(np.bincount(flat, ink.ravel(), count + 1), 1e-6)
    edge = flat[rim]
    steep_edge = np.bincount(edge, steep.ravel()[rim] > 0.2 * level[edge], count + 1)
    longer = (around[:, 2:] - around[:, :2]).max(axis=1)
    return Parts(
        labels=labels,
        boxes=around,
        area=area.astype(np.float64),
        level=level[1:],
        sharp=steep_edge[1:] / np.maximum(np.bincount(edge, minlength=count + 1)[1:], 1),
        thick=2 * area / np.maximum(outline, 1) / longer,
        touch=np.bincount(border(labels), minlength=count + 1)[1:] / longer,
    )


def together(parts: Parts) -> NDArray[np.intp]:
    """Return the likeliest part and the strokes and broken pieces close enough to belong to the same character."""
    likely = parts.likely()
    main = int(likely.argmax())
    chosen = np.array([main])
    box = parts.around(chosen)
    size, height, longer = box.longer, box.height, parts.longer
    alike = (
        (parts.level > 0.4 * parts.level[main])
        & (likely > 0.002 * likely[main])
        & (parts.sharp > 0.5)
        & (longer > 0.08 * size)
        & (parts.touch < max(0.6, 1.5 * parts.touch[main]))
        & ~parts.spanning()
    )
    while True:
        gaps = np.maximum(parts.boxes[:, :2] - box[2:], box[:2] - parts.boxes[:, 2:])
        # A stroke of the same character may be detached; an equally tall one next to it is another character.
        stroke = (longer > 0.25 * size) & ((gaps[:, 0] <= 0) | (parts.sizes[:, 1] < 0.6 * height))
        near = alike & (gaps.max(axis=1) < np.where(stroke, _STANDS_OFF, _BROKEN) * size + 1)
        near[chosen] = False
        if not near.any():
            return chosen
        chosen = np.concatenate([chosen, np.flatnonzero(near)])
        box = parts.around(chosen)
