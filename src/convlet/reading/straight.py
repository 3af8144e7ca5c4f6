"""Find nearly horizontal lines in a picture, straight or slightly bent, and those missing from a row of them."""

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from convlet.reading.filters.extremes import spread

Curve = NDArray[np.float64]  # y over x, for each column

_ANGLES = np.tan(np.deg2rad(np.linspace(-6, 6, 41)))
_SEED = 0.35  # of the width: the straight part of a bent line
_ACROSS = 0.68  # of the width; the base of a "2" is shorter
_FAINT_ACROSS = 0.45  # of a line where one is expected
_CLOSEST = 8  # pixels between two lines of a sheet
_ROW = 4  # lines that show where to expect others
_MOST = 60  # lines in one direction
_POINTS = 12_000  # more are thinned out


def straight(points: NDArray[np.bool_], ink: NDArray[np.bool_] | None = None) -> Iterator[Curve]:
    """Yield nearly horizontal lines, straight or slightly bent, that points (height, width) cover, except under ink."""
    height, width = points.shape
    y, x = np.nonzero(points)
    part = 1.0
    if len(y) > _POINTS:
        keep = np.random.default_rng(0).permutation(len(y))[:_POINTS]
        part, y, x = _POINTS / len(y), y[keep], x[keep]
    if len(y) < _SEED * width * part:
        return
    room = width // 8 + 4  # rows above and below, for lines that leave the picture
    places = np.arange(len(_ANGLES))[:, np.newaxis] * (height + 2 * room)

    def votes(y: NDArray[np.intp], x: NDArray[np.intp]) -> NDArray[np.int64]:
        row = np.round(y - _ANGLES[:, np.newaxis] * (x - width / 2)).astype(np.int64) + room
        flat = np.bincount(
            (np.clip(row, 0, height + 2 * room - 1) + places).ravel(), minlength=places.size * (height + 2 * room)
        )
        return flat.reshape(len(_ANGLES), -1)

    counts = votes(y, x)
    for _ in range(_MOST):
        bands = counts.copy()
        bands[:, 1:] += counts[:, :-1]
        bands[:, :-1] += counts[:, 1:]
        angle, row = np.unravel_index(int(bands.argmax()), bands.shape)
        if bands[angle, row] < _SEED * width * part:
            return
        across = np.arange(width) / width - 0.5
        curve = row - room + _ANGLES[angle] * width * across
        for reach in (0.012 * width, 0.008 * width, 0.004 * width):
            on = np.abs(y - curve[x]) <= max(reach, 1.5)
            if on.sum() < 10:
                break
            degree = 2 if np.ptp(x[on]) > 0.5 * width else 1
            curve = np.polyval(np.polyfit(across[x[on]], y[on], degree), across)
        on = np.abs(y - curve[x]) <= max(0.004 * width, 1.5)
        mine = on | (np.abs(y - (row - room) - _ANGLES[angle] * (x - width / 2)) <= 1.5)
        found = x[on]
        counts = counts - votes(y[mine], x[mine])
        y, x = y[~mine], x[~mine]
        within = (curve >= 0) & (curve < height)
        if ink is not None:
            within &= ~ink[nearest_rows(curve, height), np.arange(width)]
        if within.mean() < 0.4 or len(found) < 0.5 * within.sum() * part:
            continue
        bins = max(10, int(min(width, len(found) / part) / 4))
        covered = len(np.unique(found * bins // width)) / (within.mean() * bins)
        first, last = np.percentile(found, [1, 99])
        if covered >= _ACROSS and (
            first < 0.04 * width or last > 0.96 * width or curve.min() < 0 or curve.max() > height
        ):
            yield curve


def completed(curves: list[Curve], points: NDArray[np.bool_]) -> list[Curve]:
    """Add the lines missing from a row: printed lines are evenly spaced, and some are too faint to be found alone."""
    if len(curves) < _ROW:
        return curves
    height, width = points.shape
    curves = sorted(curves, key=lambda curve: float(curve[width // 2]))
    gaps = np.diff([curve[width // 2] for curve in curves])
    pitch = _pitch(gaps[gaps > _CLOSEST])
    if pitch is None:
        return curves
    guessed = []
    for above, below in itertools.pairwise(curves):
        steps = round(float(below[width // 2] - above[width // 2]) / pitch)
        guessed += [above + (below - above) * (step / steps) for step in range(1, steps)]
    for outermost, way in ((curves[0], -pitch), (curves[-1], pitch)):
        guessed += [outermost + way * step for step in range(1, int(height / pitch) + 1)]
    around = spread(points, 5, 1)
    for curve in guessed:
        within = (curve >= 0) & (curve < height)
        covered = around[nearest_rows(curve, height), np.arange(width)][within]
        if len(covered) > 0.1 * width and covered.mean() > _FAINT_ACROSS:
            curves.append(curve)
    return curves


def nearest_rows(curve: Curve, height: int) -> NDArray[np.intp]:
    """Return the row of a picture nearest to each point of a curve."""
    return np.clip(np.round(curve), 0, height - 1).astype(np.intp)


def _pitch(gaps: NDArray[np.float64]) -> float | None:
    """Return the largest distance that divides nearly all gaps; None if there is none."""
    for pitch in sorted({float(gap) / parts for gap in gaps for parts in (1, 2, 3, 4)}, reverse=True):
        steps = np.round(gaps / pitch)
        if pitch > _CLOSEST and (np.abs(gaps / pitch - steps) < 0.15).mean() > 0.85:
            return float(np.median(gaps[steps > 0] / steps[steps > 0]))
    return None
