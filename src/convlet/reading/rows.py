"""Put the characters of a page into rows, along the curve that the page's rows follow."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.reading.boxes import Boxes
from convlet.reading.filters.links import joined

# All in heights of a usual character.
_NEAR, _FAR = 3.0, 4.0  # the most between neighbors in a row, while the curve is sought and afterwards
_OFF = 0.6  # the most that neighbors differ in height above the curve
_RAISED = 1.3  # the same for a group that stands higher or lower than the rest of its row
_STEEP = 0.9  # of the way across: neighbors may rise or fall by that much, 42 degrees
_LEAST, _LONG = 12, 8.0  # neighbors, and the width of a page, from which on a bend can be told
_STEPS = 4  # of the fit; each follows the curve of the one before
_CHAINS = 150  # more are a texture, not rows
_ENDS = 3  # characters at a row's end that tell how high it is there

Floats = NDArray[np.float64]


class Rows(NamedTuple):
    """The rows of a page.

    Attributes:
        members: numbers of boxes, from the top row down, each row from left to right.
        slope: how much the rows fall from left to right, in pixels for one across, in the middle of the page.
    """

    members: list[list[int]]
    slope: float


def in_rows(boxes: Boxes, usual: float) -> Rows:
    """Group boxes, (n, 4), into rows that may rise, fall or bend together.

    Neighbors tell the direction of the rows; a curve of second degree is fitted to it. Characters at the same distance
    from that curve form a row. A part of a row may stand higher or lower if it is alone there.
    """
    if not len(boxes):
        return Rows([], 0.0)
    page = _Page(boxes, usual)
    slope, bend = page.curve()
    off = page.height_off(slope, bend)
    rows = _merged(page, off, page.chains(off))
    rows.sort(key=lambda row: float(np.median(off[row])))
    return Rows([row[np.argsort(page.x[row], kind="stable")].tolist() for row in rows], slope)


class _Page:
    """Where the characters are: the middle of each box, and the way from each to each other."""

    def __init__(self, boxes: Boxes, usual: float) -> None:
        self.usual = usual
        self.left, top, self.right, bottom = boxes.T.astype(np.float64)
        self.x, self.y = (self.left + self.right) / 2, (top + bottom) / 2
        self.x = self.x - np.median(self.x)
        self.across, self.down = self.x - self.x[:, np.newaxis], self.y - self.y[:, np.newaxis]
        self.gap = self.left - self.right[:, np.newaxis]

    def height_off(self, slope: float, bend: float) -> Floats:
        """Return how far below the curve through the middle each character is."""
        off: Floats = self.y - slope * self.x - bend * self.x**2 / 2
        return off

    def curve(self) -> tuple[float, float]:
        """Return slope and bend of the rows."""
        steep = np.abs(self.down) < _STEEP * self.across + 0.2 * self.usual
        one, other = self._next(np.hypot(self.across, self.down), steep, _NEAR)
        if not len(one):
            return 0.0, 0.0
        slope, bend = _weighted_median(self.down[one, other] / self.across[one, other], self.across[one, other]), 0.0
        for _ in range(_STEPS):
            off = self.height_off(slope, bend)
            chains = [chain for chain in self.chains(off) if len(chain) >= _ENDS]
            if not chains:
                break
            # Each row has a height of its own: only what differs within it tells the curve.
            ways, down, heights = (
                np.concatenate([(values[chain] - values[chain].mean(axis=0)) for chain in chains])
                for values in (np.stack([self.x, self.x**2 / 2], axis=1), self.y, off)
            )
            if len(ways) < _LEAST or np.ptp(self.x) < _LONG * self.usual:
                ways = ways[:, :1]
            # A comma or a raised digit should not turn the page.
            weight = 1 / np.sqrt(np.maximum(np.abs(heights), 0.1 * self.usual))[:, np.newaxis]
            found = np.linalg.lstsq(ways * weight, down * weight[:, 0], rcond=None)[0]
            slope, bend = float(found[0]), float(found[1]) if len(found) > 1 else 0.0
        return slope, bend

    def chains(self, off: Floats) -> list[NDArray[np.intp]]:
        """Return groups of characters that neighbors connect."""
        one, other = self._beside(off, _FAR, _OFF)
        two, before = self._beside(off, _FAR, _OFF, backwards=True)
        group = joined(len(self.x), np.concatenate([one, before]), np.concatenate([other, two]))
        return [np.flatnonzero(group == each) for each in range(int(group.max(initial=-1)) + 1)]

    def overlap(self) -> NDArray[np.bool_]:
        """Return which characters are above or below which, (n, n)."""
        shared = np.minimum(self.right[:, np.newaxis], self.right) - np.maximum(self.left[:, np.newaxis], self.left)
        wide = self.right - self.left
        above: NDArray[np.bool_] = shared > 0.5 * np.minimum(wide[:, np.newaxis], wide)
        return above

    def _beside(
        self, off: Floats, far: float, most: float, *, backwards: bool = False
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        apart = np.abs(off - off[:, np.newaxis])
        cost = np.maximum(self.gap, 0) + 1.5 * apart + 0.2 * self.across
        return self._next(cost, apart < most * self.usual, far, backwards=backwards)

    def _next(
        self, cost: Floats, allowed: NDArray[np.bool_], far: float, *, backwards: bool = False
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the characters that have a neighbor to the right (or left), and that neighbor."""
        allowed &= (self.across > 0.15 * self.usual) & (self.gap > -0.5 * self.usual) & (self.gap < far * self.usual)
        cost = np.where(allowed, cost, np.inf)
        if backwards:
            cost = cost.T
        best = cost.argmin(axis=1)
        has = np.flatnonzero(np.isfinite(cost.min(axis=1)))
        return has, best[has]


def _weighted_median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    sums = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(sums, sums[-1] / 2)])


def _merged(page: _Page, off: Floats, chains: list[NDArray[np.intp]]) -> list[NDArray[np.intp]]:
    """Merge chains that are parts of one row: none above the other, and at one height, or with no other as close."""
    if len(chains) > _CHAINS:
        return chains
    member = np.zeros((len(chains), len(off)), np.float32)
    for number, chain in enumerate(chains):
        member[number, chain] = 1
    overlap = member @ page.overlap().astype(np.float32) @ member.T > 0
    for limit, raised in ((_OFF, False), (_RAISED, True)):
        while len(chains) > 1:
            chains = [chain[np.argsort(page.x[chain])] for chain in chains]
            apart = np.where(overlap, np.inf, _apart(page, off, chains))
            if raised:
                apart[_nearest(np.array([np.median(off[chain]) for chain in chains])) < 1.5 * apart] = np.inf
            one, other = (int(each) for each in np.unravel_index(int(apart.argmin()), apart.shape))
            if not apart[one, other] < limit * page.usual:
                break
            one, other = sorted((one, other))
            chains[one] = np.concatenate([chains[one], chains.pop(other)])
            overlap[one] |= overlap[other]
            overlap[:, one] |= overlap[:, other]
            overlap = np.delete(np.delete(overlap, other, axis=0), other, axis=1)
    return chains


def _apart(page: _Page, off: Floats, chains: list[NDArray[np.intp]]) -> Floats:
    """Return how much higher or lower each chain begins than one that is further left ends; (n, n), else infinite."""
    first = np.array([np.median(off[chain[:_ENDS]]) for chain in chains])
    last = np.array([np.median(off[chain[-_ENDS:]]) for chain in chains])
    start = np.array([page.x[chain[0]] for chain in chains])
    return np.where(start > start[:, np.newaxis], np.abs(first - last[:, np.newaxis]), np.inf)


def _nearest(heights: Floats) -> Floats:
    """Return for each pair, (n, n), how far the nearest other is from one of the two."""
    apart = np.abs(heights - heights[:, np.newaxis])
    np.fill_diagonal(apart, np.inf)
    nearest = apart.argmin(axis=1)
    least = apart.min(axis=1)
    apart[np.arange(len(heights)), nearest] = np.inf
    without = np.repeat(least[:, np.newaxis], len(heights), axis=1)  # of the first, but for the second
    without[np.arange(len(heights)), nearest] = apart.min(axis=1)
    either: Floats = np.minimum(without, without.T)
    return either
