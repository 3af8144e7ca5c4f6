"""Remove the lines of ruled and squared paper: what runs straight across the picture is not handwriting."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.reading.filters.areas import areas
from convlet.reading.filters.extremes import closed, highest, spread
from convlet.reading.place import Floats, Mask
from convlet.reading.straight import Curve, completed, nearest_rows, straight

_AS_STRONG = 0.6  # of a line's strength: ink that crosses it, not noise
_SPECK = 6  # pixels: fewer are noise
_THICK = 0.014  # of the picture's shorter side: a printed line is thinner


class Known(NamedTuple):
    """Straight lines whose places are known, all in pixels: those across, those down, and the thickest's width."""

    across: Sequence[float]
    down: Sequence[float]
    thick: int


def without_lines(channel: Floats, known: Known | None = None) -> Floats:
    """Paint over lines in (height, width), 0 to 1, ink dark on light, with the adjacent background.

    Without `known` ones those that run across the whole picture.
    """
    height, width = channel.shape
    thick = known.thick if known else max(4, round(_THICK * min(channel.shape)))
    level = _level_lines(channel, thick, known and [np.full(width, y) for y in known.across])
    # Without the horizontal lines, which would cut the vertical ones to pieces.
    rest = np.where(level.mask, level.ground, channel).T
    upright = _level_lines(rest, thick, known and [np.full(height, x) for x in known.down])
    lines = level.mask | upright.mask.T
    if not lines.any():
        return channel
    ink = level.ink(upright) | upright.ink(level).T
    ink = _without_specks(ink & ~level.band & ~upright.band.T)
    level_gone, upright_gone = _uncrossed(level, ink, thick), _uncrossed(upright, ink.T, thick).T
    painted = np.where(level_gone, level.ground, np.where(upright_gone, upright.ground.T, channel))
    if (both := level_gone & upright_gone).any():  # the background next to one line was the other line
        painted = np.where(both, closed(painted, 2 * thick + 3, 2 * thick + 3), painted)
    return painted


class _Lines(NamedTuple):
    """Nearly horizontal lines in a picture, all (height, width).

    Attributes:
        mask: their pixels, except those far darker than the line.
        band: everything within a line's thickness of its middle, with its blurred rims.
        over: everything darker than the background.
        missing: see `Depth`; the background is what is above and below.
        ground: that background.
        strength: how much of it is missing in a usual line; 0 without lines.
    """

    mask: Mask
    band: Mask
    over: Mask
    missing: Floats
    ground: Floats
    strength: float

    def ink(self, others: "_Lines") -> Mask:
        """Return the part of `over` not far fainter than these lines or, if this direction has none, than `others`."""
        strong: Mask = self.over & (self.missing > _AS_STRONG * (self.strength or others.strength))
        return strong


def _level_lines(channel: Floats, thick: int, curves: list[Curve] | None) -> _Lines:
    height, width = channel.shape
    ground: Floats = closed(channel, 2 * thick + 3, 1)
    missing: Floats = np.subtract(1, channel / np.maximum(ground, 0.05), dtype=np.float32)
    missing = missing - float(np.median(missing[::2, ::2]))
    over = missing > max(3.7 * float(np.median(np.abs(missing[::2, ::2]))), 0.015)
    runs = _runs(over)
    thin = over & (runs <= thick)
    mask, band = np.zeros_like(over), np.zeros_like(over)
    strengths: list[float] = []
    for curve in completed(list(straight(thin, over & ~thin)), thin) if curves is None else curves:
        y = nearest_rows(curve, height)
        usual, wide = (float(np.median(values[y, np.arange(width)])) for values in (missing, runs))
        reach = min(wide, thick) / 2 + 1.5
        part = slice(max(0, int(curve.min() - reach)), max(0, int(curve.max() + reach) + 2))  # far from it is nothing
        near = np.abs(np.arange(height)[part, np.newaxis] - curve) <= reach
        band[part] |= near
        mask[part] |= (
            near & over[part] & (runs[part] <= min(1.5 * wide, thick) + 3) & (missing[part] < 2 * usual + 0.03)
        )
        strengths.append(usual)
    return _Lines(mask, band, over, missing, ground, float(np.median(strengths or [0.0])))


def _uncrossed(lines: _Lines, ink: Mask, thick: int) -> Mask:
    """Return the pixels of horizontal lines and their blurred rims, except where a stroke crosses."""
    if not lines.mask.any():
        return lines.mask
    beside = spread(ink, 1, 5)
    reach = thick + 5  # across the band
    above = highest(beside, reach, 0, shift=(reach - 1) // 2)
    below = highest(beside, reach, 0, shift=-((reach - 1) // 2))
    gone = spread(lines.mask & ~(above & below), 3, 1)
    uncrossed: Mask = gone & (lines.mask | ~lines.over)
    return uncrossed


def _without_specks(ink: Mask) -> Mask:
    """Return the ink without connected parts of a few pixels: noise, which in the dark is as strong as a line."""
    labels, _ = areas(ink, corners=True)
    large = np.bincount(labels.ravel()) >= _SPECK
    large[0] = False
    kept: Mask = large[labels]
    return kept


def _runs(over: Mask) -> NDArray[np.int64]:
    """Return for each True pixel the length of its vertical run, else 0."""
    steps = np.diff(np.pad(over, ((1, 1), (0, 0))).T.astype(np.int8), axis=1).ravel()
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    lengths = np.zeros(steps.shape, np.int64)
    lengths[starts] = ends - starts
    lengths[ends] -= ends - starts
    return np.cumsum(lengths).reshape(over.shape[1], over.shape[0] + 1)[:, :-1].T
