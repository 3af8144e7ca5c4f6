"""Ruled and squared paper, and the edges of sheets: what runs straight across the whole picture is no handwriting."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convlet.reading.place import Box, Floats

Curve = NDArray[np.float64]  # y over x, of each column

_ANGLES = np.tan(np.deg2rad(np.linspace(-6, 6, 41)))
_SEED = 0.35  # of the width: so much of a line that bends lies in one straight row
_ACROSS = 0.68  # of the width; the base of a "2" is shorter
_FAINT_ACROSS = 0.45  # of a line that stands where one is expected
_CLOSEST = 8  # pixels between two lines of a sheet
_ROW = 4  # lines from which on it is known where others are to be expected
_THICK = 0.014  # of the picture's shorter side: a printed line is thinner
_STEP = 0.02  # of the light: the ground beyond the edge of a sheet is so much darker or lighter all along it
_LEFT = 0.4  # of the picture at least is the sheet: nobody photographs mostly what lies beside it
_MOST = 60  # lines in one direction
_POINTS = 12_000  # more than these are thinned out: what is searched for shows in a part of them


def without_lines(channel: Floats) -> Floats:
    """The picture with its ruled lines painted over by the ground beside them.

    Args:
        channel: ink dark on light, (height, width), 0 to 1.
    """
    from scipy import ndimage

    thick = max(4, round(_THICK * min(channel.shape)))
    level = _level_lines(channel, thick)
    # Uprights are looked for where the level ones do not cut them to pieces.
    upright = _level_lines(np.where(level.mask, level.ground, channel).T, thick)
    lines = level.mask | upright.mask.T
    if not lines.any():
        return channel
    ink = (level.ink | upright.ink.T) & ~level.band & ~upright.band.T
    level_gone, upright_gone = _uncrossed(level, ink, thick), _uncrossed(upright, ink.T, thick).T
    painted = np.where(level_gone, level.ground, np.where(upright_gone, upright.ground.T, channel))
    if (both := level_gone & upright_gone).any():  # where lines cross, the ground beside one was the other
        painted = np.where(both, ndimage.grey_closing(painted, size=(2 * thick + 3, 2 * thick + 3)), painted)
    return painted


def sheet(channel: Floats) -> tuple[Floats, Box]:
    """The picture without what lies beyond a straight edge across it, on the smaller side.

    Args:
        channel: ink dark on light, (height, width), 0 to 1.

    Returns:
        The part of the picture that the sheet lies in, what is left of other sheets painted over by the ground beside it; and where
        in the picture that part is.
    """
    inside, top, bottom = _without_level_edges(channel)
    inside, left, right = _without_level_edges(inside.T)
    return inside.T, Box(left, top, right, bottom)


@dataclass(frozen=True)
class _Lines:
    """Nearly level lines in a picture, all (height, width).

    Attributes:
        mask: their pixels, but for those that are far darker than the line.
        band: everything as near to their middles as a line is thick, with its blurred rims.
        over: what is darker than the ground.
        ink: what of that is not far fainter than the lines.
        ground: what is above and below.
    """

    mask: NDArray[np.bool_]
    band: NDArray[np.bool_]
    over: NDArray[np.bool_]
    ink: NDArray[np.bool_]
    ground: Floats


def _level_lines(channel: Floats, thick: int) -> _Lines:
    from scipy import ndimage

    height, width = channel.shape
    ground = ndimage.grey_closing(channel, size=(2 * thick + 3, 1))
    missing = 1 - channel / np.maximum(ground, 0.05)
    missing = missing - float(np.median(missing[::2, ::2]))
    over = missing > max(3.7 * float(np.median(np.abs(missing[::2, ::2]))), 0.015)
    runs = _runs(over)
    thin = over & (runs <= thick)
    rows = np.arange(height)[:, np.newaxis]
    mask, band = np.zeros_like(over), np.zeros_like(over)
    strengths: list[float] = []
    for curve in _completed(list(_straight(thin, over & ~thin)), thin):
        y = np.clip(np.round(curve), 0, height - 1).astype(np.intp)
        usual, wide = (float(np.median(values[y, np.arange(width)])) for values in (missing, runs))
        near = np.abs(rows - curve) <= min(wide, thick) / 2 + 1.5
        band |= near
        mask |= near & over & (runs <= min(1.5 * wide, thick) + 3) & (missing < 2 * usual + 0.03)
        strengths.append(usual)
    return _Lines(mask, band, over, over & (missing > 0.6 * float(np.median(strengths or [0.0]))), ground)


def _uncrossed(lines: _Lines, ink: NDArray[np.bool_], thick: int) -> NDArray[np.bool_]:
    """Pixels of level lines, and of their blurred rims, but for those where ink comes from above and goes on below: a stroke crosses there."""
    from scipy import ndimage

    if not lines.mask.any():
        return lines.mask
    beside = ndimage.binary_dilation(ink, np.ones((1, 5), bool))
    reach = thick + 5  # across the band
    above = ndimage.maximum_filter1d(beside, reach, axis=0, origin=(reach - 1) // 2)
    below = ndimage.maximum_filter1d(beside, reach, axis=0, origin=-((reach - 1) // 2))
    gone = ndimage.binary_dilation(lines.mask & ~(above & below), np.ones((3, 1), bool))
    uncrossed: NDArray[np.bool_] = gone & (lines.mask | ~lines.over)
    return uncrossed


def _without_level_edges(channel: Floats) -> tuple[Floats, int, int]:
    from scipy import ndimage

    height, width = channel.shape
    step = max(2, height // 160)
    rise = np.zeros_like(channel)
    rise[step:-step] = channel[2 * step :] - channel[: -2 * step]
    rise = ndimage.uniform_filter1d(rise, 5, axis=1)
    rise[: 2 * step] = rise[-2 * step :] = 0
    usual = 1.4826 * float(np.median(np.abs(rise))) + 1e-3
    rows, columns = np.arange(height)[:, np.newaxis], np.arange(width)
    near, far = 2 * step + 3, 4 * step + 8
    top, bottom = 0, height
    for sign in (1, -1):
        slope = sign * rise
        crest = (slope > max(4 * usual, 0.02)) & (slope >= np.roll(slope, 1, 0)) & (slope > np.roll(slope, -1, 0))
        for curve in _straight(crest):
            low = curve.mean() > height / 2  # the edge is near the lower border
            # Two samples on each side, from within outwards.
            places = [np.clip(np.round(curve + (-off if low else off)).astype(np.intp), 0, height - 1) for off in (far, near, -near, -far)]
            tones = [ndimage.median_filter(channel[at, columns], max(3, width // 12), mode="nearest") for at in places]
            inside = places[1]
            left = (max(top, int(inside.min())), bottom) if not low else (top, min(bottom, int(inside.max()) + 1))
            if left[1] - left[0] < _LEFT * height or not _is_step(tones):
                continue
            top, bottom = left
            channel = np.where(rows >= inside if low else rows <= inside, tones[1], channel)
    return channel[top:bottom], top, bottom


def _is_step(tones: list[Floats]) -> bool:
    """Whether four tones across an edge (width,) change more between the middle two than light and shadow change them beside, all along it."""
    change, beside = tones[2] - tones[1], (tones[1] - tones[0], tones[3] - tones[2])
    up = (change - np.maximum(np.maximum(*beside), 0)) / (tones[1] + 0.05)
    down = (change - np.minimum(np.minimum(*beside), 0)) / (tones[1] + 0.05)
    return bool(np.percentile(up, 20) > _STEP or np.percentile(down, 80) < -_STEP)


def _straight(points: NDArray[np.bool_], ink: NDArray[np.bool_] | None = None) -> Iterator[Curve]:
    """Nearly level lines, straight or bent a little, that the points (height, width) cover most of the width of, where no ink covers it."""
    height, width = points.shape
    y, x = np.nonzero(points)
    part = 1.0
    if len(y) > _POINTS:
        keep = np.random.default_rng(0).permutation(len(y))[:_POINTS]
        part, y, x = _POINTS / len(y), y[keep], x[keep]
    if len(y) < _SEED * width * part:
        return
    room = width // 8 + 4  # of rows that a line is in at the middle column while its ends are in the picture
    places = np.arange(len(_ANGLES))[:, np.newaxis] * (height + 2 * room)

    def votes(y: NDArray[np.intp], x: NDArray[np.intp]) -> NDArray[np.int64]:
        row = np.round(y - _ANGLES[:, np.newaxis] * (x - width / 2)).astype(np.int64) + room
        flat = np.bincount((np.clip(row, 0, height + 2 * room - 1) + places).ravel(), minlength=places.size * (height + 2 * room))
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
            within &= ~ink[np.clip(np.round(curve), 0, height - 1).astype(np.intp), np.arange(width)]
        if within.mean() < 0.4 or len(found) < 0.5 * within.sum() * part:
            continue
        bins = max(10, int(min(width, len(found) / part) / 4))
        covered = len(np.unique(found * bins // width)) / (within.mean() * bins)
        first, last = np.percentile(found, [1, 99])
        if covered >= _ACROSS and (first < 0.04 * width or last > 0.96 * width or curve.min() < 0 or curve.max() > height):
            yield curve


def _completed(curves: list[Curve], points: NDArray[np.bool_]) -> list[Curve]:
    """The lines, and those missing from their row: printed lines are as far from each other all over a sheet, and some are too faint to be found alone."""
    if len(curves) < _ROW:
        return curves
    height, width = points.shape
    curves = sorted(curves, key=lambda curve: float(curve[width // 2]))
    gaps = np.diff([curve[width // 2] for curve in curves])
    pitch = _pitch(gaps[gaps > _CLOSEST])
    if pitch is None:
        return curves
    guessed = []
    for above, below in zip(curves, curves[1:], strict=False):
        steps = round(float(below[width // 2] - above[width // 2]) / pitch)
        guessed += [above + (below - above) * (step / steps) for step in range(1, steps)]
    for outermost, way in ((curves[0], -pitch), (curves[-1], pitch)):
        guessed += [outermost + way * step for step in range(1, int(height / pitch) + 1)]
    columns = np.arange(width)
    around = points.copy()
    for off in (1, 2):
        around[off:] |= points[:-off]
        around[:-off] |= points[off:]
    for curve in guessed:
        within = (curve >= 0) & (curve < height)
        if (
            within.sum() > 0.1 * width
            and around[np.clip(np.round(curve[within]), 0, height - 1).astype(np.intp), columns[within]].mean() > _FAINT_ACROSS
        ):
            curves.append(curve)
    return curves


def _pitch(gaps: NDArray[np.float64]) -> float | None:
    """The largest distance of which nearly all gaps are multiples; None if there is none."""
    candidates = sorted({float(gap) / parts for gap in gaps for parts in (1, 2, 3, 4)}, reverse=True)
    for pitch in candidates:
        steps = np.round(gaps / pitch)
        if pitch > _CLOSEST and (np.abs(gaps / pitch - steps) < 0.15).mean() > 0.85:
            return float(np.median(gaps[steps > 0] / steps[steps > 0]))
    return None


def _runs(over: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For each pixel that is True the length of the vertical run it lies in, else 0."""
    steps = np.diff(np.pad(over, ((1, 1), (0, 0))).T.astype(np.int8), axis=1).ravel()
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    lengths = np.zeros(steps.shape, np.int64)
    lengths[starts] = ends - starts
    lengths[ends] -= ends - starts
    return np.cumsum(lengths).reshape(over.shape[1], over.shape[0] + 1)[:, :-1].T
