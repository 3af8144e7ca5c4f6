"""Read several characters on a page: connected ink is grouped into characters, characters into lines."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.reading.boxes import apart, in_a_line, merged
from convlet.reading.decode import Source, decode, in_colour
from convlet.reading.flat import flat_ink, is_broad
from convlet.reading.paper import paper
from convlet.reading.photo import cut_out, drawn_parts
from convlet.reading.place import Box, placed
from convlet.reading.search import Found, look
from convlet.reading.strokes import Parts
from convlet.signature import Form

_MOST = 2500  # marks on a page; more form a texture
_DETAIL = 1200  # pixels of the longer side: in a line of thirty characters each has 40
_SPECK = 0.3  # of a character's usual height; smaller isolated ink is a speck
_DOT = 0.12  # of the height: the smallest part of a character
_LOW = 0.55  # of the height; lower ink may be the bar of a "5", the dot of an "i" or a broken piece
_NEAR = 0.22  # of the height: how close low ink is to its character
_SAME_LINE = 0.35  # of the lower one's height overlaps its neighbor's


@dataclass(frozen=True)
class Character:
    """One character of a page.

    Attributes:
        image: uint8, of the model's input shape.
        box: (left, top, right, bottom) in pixels of the full-size upright picture, right and bottom exclusive.
        line: the number of its line, from 0.
    """

    image: NDArray[np.uint8]
    box: tuple[int, int, int, int]
    line: int


def read_page(source: Source, input_shape: tuple[int, int, int], form: Form) -> list[Character]:
    """Read every character of a picture as a model's input, line by line, left to right.

    Args:
        source: see `read_image`.
        input_shape: (height, width, channels) of the model's input.
        form: how its training images look, of kind "ink".

    Returns:
        The characters in reading order; none if there is no ink.

    Raises:
        DataError: see `read_image`.

    Example:
        >>> boxes = [character.box for character in convlet.read_page("page.jpg", (28, 28, 1), form)]
    """
    picture, (width, _) = decode(source, _DETAIL)
    picture = in_colour(picture)
    sheet, place = paper(picture)
    found = _drawn(sheet) or look(sheet, _DETAIL, whole_page=True)
    if found is None:
        return []
    parts, enlarged = found.parts, width / picture.width
    characters = []
    groups = _characters(parts)
    boxes = np.array([parts.around(group) for group in groups]).reshape(-1, 4)
    for line, members in enumerate(_lines(boxes)):
        for member in members:
            ink = cut_out(found.missing, parts, groups[member])
            left, top, right, bottom = (
                round(side * enlarged) for side in (found.on_picture(boxes[member]) + place[:2] * 2).tolist()
            )
            characters.append(Character(placed(ink, input_shape, form), (left, top, right, bottom), line))
    return characters


def _drawn(picture: Image.Image) -> Found | None:
    """Find ink of any width on a background of one tone; None if it has several tones or is empty."""
    ink = flat_ink(picture)
    if ink is None or is_broad(ink):
        return None
    parts = drawn_parts(ink, least=6)
    return None if parts is None else Found(ink, parts, 0, 1.0, Box(0, 0, *picture.size), np.zeros(3, np.float32))


def _characters(parts: Parts) -> list[NDArray[np.intp]]:
    likely = parts.likely()
    heights = parts.sizes[:, 1]
    good = likely > 0.02 * likely.max()
    usual = float(np.median(heights[good & (heights > 0.3 * np.percentile(heights[good], 90))]))
    strong = parts.level > 0.3 * np.median(parts.level[good])
    beside = (parts.boxes[:, :2].min(axis=1) < 4) | ((parts.labels.shape[::-1] - parts.boxes[:, 2:]).min(axis=1) < 4)
    thin = parts.sizes.min(axis=1) < 0.1 * usual
    edge = (parts.touch > 0.5) | (beside & (thin | (heights < _SPECK * usual)))  # of another sheet
    kept = np.flatnonzero(
        strong & ~edge & (parts.longer > _DOT * usual) & (parts.longer < 5 * usual) & (parts.area > 0.0005 * usual**2)
    )
    if len(kept) > _MOST:
        return []
    groups = merged(parts.boxes, kept[np.argsort(-heights[kept], kind="stable")], usual)
    large = [group for group in groups if parts.around(group).height > _LOW * usual]
    outlines = [_points(parts, group) for group in large]
    bounds = np.array([parts.around(group) for group in large]).reshape(-1, 4)  # from the outlines, which do not grow
    boxes = bounds.copy()
    alone = []
    for group in groups:
        box = parts.around(group)
        if box.height > _LOW * usual:
            continue
        points = _points(parts, group)
        gaps = {
            int(other): _gap(points, outlines[other]) for other in np.flatnonzero(apart(box, bounds) < _NEAR * usual)
        }
        nearest = min(gaps, key=gaps.__getitem__, default=0)
        if (
            gaps
            and gaps[nearest] < _NEAR * usual
            and parts.around(joined := np.concatenate([large[nearest], group])).height < 1.5 * usual
        ):
            large[nearest] = joined
            boxes[nearest] = parts.around(large[nearest])
        elif parts.longer[group].max() > _SPECK * usual and in_a_line(box, boxes, usual):
            alone.append(group)
    return large + alone


def _gap(points: NDArray[np.int64], others: NDArray[np.int64]) -> float:
    return float(np.sqrt(((points[:, np.newaxis] - others) ** 2).sum(axis=-1).min()))


def _points(parts: Parts, group: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return a few hundred pixels of the parts, (n, 2)."""
    box = parts.around(group)
    points: NDArray[np.int64] = np.add(np.argwhere(parts.mask(group, box)), (box.top, box.left))
    return points[:: max(1, len(points) // 300)]


def _lines(boxes: NDArray[np.int64]) -> list[list[int]]:
    """Group boxes into lines, from the top down, each from left to right; a line may slope."""
    lines: list[list[int]] = []
    for number in np.argsort(boxes[:, 0]):
        _, top, _, bottom = boxes[number]
        best, most = None, _SAME_LINE
        for line in lines:
            _, above, _, below = boxes[line[-1]]
            share = (min(bottom, below) - max(top, above)) / max(1, min(bottom - top, below - above))
            if share > most:
                best, most = line, share
        if best is None:
            lines.append([int(number)])
        else:
            best.append(int(number))
    return sorted(lines, key=lambda line: float(np.mean(boxes[line, 1] + boxes[line, 3])))
