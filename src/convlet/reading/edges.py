"""Find the edges of sheets: beyond a straight step in brightness across the picture is another sheet, or the table.

Where ink crosses the step, it is the edge of a shadow on one sheet.
"""

import numpy as np
from numpy.typing import NDArray

from convlet.reading.filters.areas import areas
from convlet.reading.filters.extremes import highest
from convlet.reading.filters.means import evened, group_medians, medians
from convlet.reading.place import Box, Floats
from convlet.reading.straight import nearest_rows, straight

_STEP = 0.02  # of the light: the change at the edge of a sheet, all along it
_INK = 0.62  # of the tone around it: darker is ink
_LEFT = 0.4  # of the picture at least is the sheet


def sheet(channel: Floats) -> tuple[Floats, Box]:
    """Crop what is beyond a straight edge across (height, width), 0 to 1, ink dark, on its smaller side.

    Returns:
        The sheet, with remains of others painted over with adjacent background; and its place in the picture.
    """
    inside, top, bottom = _without_level_edges(channel)
    inside, left, right = _without_level_edges(inside.T)
    return inside.T, Box(left, top, right, bottom)


def _without_level_edges(channel: Floats) -> tuple[Floats, int, int]:
    height, width = channel.shape
    step = max(2, height // 160)
    rise = np.zeros_like(channel)
    rise[step:-step] = channel[2 * step :] - channel[: -2 * step]
    rise = evened(rise, 5, 1)
    rise[: 2 * step] = rise[-2 * step :] = 0
    usual = 1.4826 * float(np.median(np.abs(rise))) + 1e-3
    rows, columns = np.arange(height)[:, np.newaxis], np.arange(width)
    paper = highest(channel, 2 * step + 1, 0)  # a printed line is no tone of the paper
    near, far = 2 * step + 3, 4 * step + 8
    top, bottom = 0, height
    for sign in (1, -1):
        slope = sign * rise
        crest = (slope > max(4 * usual, 0.02)) & (slope >= np.roll(slope, 1, 0)) & (slope > np.roll(slope, -1, 0))
        for curve in straight(crest):
            low = curve.mean() > height / 2
            # Two samples on each side, from the inside out.
            places = [nearest_rows(curve + (-off if low else off), height) for off in (far, near, -near, -far)]
            tones, lightest = (
                [medians(one[at, columns], max(3, width // 12)) for at in places] for one in (channel, paper)
            )
            inside = places[1]
            left = (top, min(bottom, int(inside.max()) + 1)) if low else (max(top, int(inside.min())), bottom)
            if left[1] - left[0] < _LEFT * height or not _is_step(lightest):
                continue
            if _is_crossed(channel, curve, near, tones):
                channel = _without_shadow(channel, rows - curve, tones[1], far, low=low)
                continue
            top, bottom = left
            channel = np.where(rows >= inside if low else rows <= inside, tones[1], channel)
    return channel[top:bottom], top, bottom


def _is_crossed(channel: Floats, curve: NDArray[np.float64], near: int, tones: list[Floats]) -> bool:
    """Return whether a stroke runs across an edge, from `near` pixels above it to as many below."""
    height, width = channel.shape
    band = np.stack([channel[nearest_rows(curve + off, height), np.arange(width)] for off in range(-near, near + 1)])
    labels, _ = areas(band < _INK * min(float(np.median(tone)) for tone in tones))
    return bool(set(labels[0][labels[0] > 0]) & set(labels[-1]))


def _without_shadow(channel: Floats, off: NDArray[np.float64], tone: Floats, far: int, *, low: bool) -> Floats:
    """Brighten the far side of a shadow's edge, `off` pixels below it, to the tone inside."""
    reach = 2 * far
    steps = np.clip(np.round(off if low else -off), -reach, reach).astype(np.intp) + reach
    light = channel / (tone + 0.02)
    usual = group_medians(light, steps, 2 * reach + 1)
    usual = np.where(np.isfinite(usual) & (usual > 0), usual, 1.0)
    usual[: reach - far] = usual[reach - far]
    brightened: Floats = np.clip(channel / np.minimum(usual, 1.2)[steps], 0, 1).astype(np.float32)
    return brightened


def _is_step(tones: list[Floats]) -> bool:
    """Return whether four tones across an edge, (width,) each, change most in the middle, all along it."""
    change, beside = tones[2] - tones[1], (tones[1] - tones[0], tones[3] - tones[2])
    up = (change - np.maximum(np.maximum(*beside), 0)) / (tones[1] + 0.05)
    down = (change - np.minimum(np.minimum(*beside), 0)) / (tones[1] + 0.05)
    return bool(np.percentile(up, 20) > _STEP or np.percentile(down, 80) < -_STEP)
