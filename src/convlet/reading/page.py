"""Several characters on one page: connected ink put together to characters, characters to lines."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convlet.reading.decode import Source, decode
from convlet.reading.photo import cut_out, look
from convlet.reading.place import placed
from convlet.reading.strokes import Parts
from convlet.signature import Form

_DETAIL = 1200  # pixels of the longer side that a page is read at: a line of thirty characters leaves each 40
_SPECK = 0.25  # of a usual character's height; smaller ink is a speck or belongs to a character beside it
_NEAR = 0.09  # of the height: strokes this near to each other are one that broke
_SAME_LINE = 0.35  # of the lower one's height is at the height of its neighbour


@dataclass(frozen=True)
class Character:
    """One character of a page.

    Attributes:
        image: uint8, of the model's input shape.
        box: (left, top, right, bottom) in pixels of the upright picture in its own size, right and bottom exclusive.
        line: the number of its line, from 0.
    """

    image: NDArray[np.uint8]
    box: tuple[int, int, int, int]
    line: int


def read_page(source: Source, input_shape: tuple[int, int, int], form: Form) -> list[Character]:
    """Find the characters in a picture and read each as a model's input, line by line, each from left to right.

    Args:
        source: as for `read_image`.
        input_shape: (height, width, channels) that the model takes.
        form: how its training images look, of kind "ink".

    Returns:
        The characters in reading order; none where there is no ink.

    Raises:
        DataError: see `read_image`.
    """
    picture, (width, _) = decode(source, _DETAIL)
    found = look(picture, _DETAIL, whole_page=True)
    if found is None:
        return []
    parts, enlarged = found.parts, width / picture.width
    characters = []
    groups = _characters(parts)
    boxes = np.array([parts.around(group) for group in groups]).reshape(-1, 4)
    for line, members in enumerate(_lines(boxes)):
        for member in members:
            ink = cut_out(found.missing, parts, np.array(groups[member]))
            left, top, right, bottom = (round(side * enlarged) for side in found.on_picture(boxes[member]).tolist())
            characters.append(Character(placed(ink, input_shape, form), (left, top, right, bottom), line))
    return characters


def _characters(parts: Parts) -> list[list[int]]:
    """The parts of each character."""
    likely = parts.likely()
    usual = float(parts.longer[likely > 0.1 * likely.max()].max())
    heights = parts.boxes[:, 3] - parts.boxes[:, 1]
    good = likely > 0.02 * likely.max()
    usual = float(np.median(heights[good & (heights > 0.3 * np.percentile(heights[good], 90))]))
    strong = parts.level > 0.3 * np.median(parts.level[good])
    kept = np.flatnonzero(strong & (likely > 0.002 * likely.max()) & (parts.longer > 0.1 * usual) & (parts.longer < 4 * usual))
    groups = [[int(part)] for part in kept]
    joined = True
    while joined:
        joined = False
        for i in range(len(groups)):
            for j in range(i + 1, len(groups)):
                if _belong(parts.around(groups[i]), parts.around(groups[j]), usual):
                    groups[i] += groups.pop(j)
                    joined = True
                    break
            if joined:
                break
    return [group for group in groups if np.ptp(parts.around(group).reshape(2, 2), axis=0).max() > _SPECK * usual * 1.4]


def _belong(one: NDArray[np.int64], other: NDArray[np.int64], usual: float) -> bool:
    """Whether two boxes hold ink of one character."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    together = max(one[2], other[2]) - min(one[0], other[0]), max(one[3], other[3]) - min(one[1], other[1])
    if together[1] > 1.5 * usual:
        return False
    narrower = min(one[2] - one[0], other[2] - other[0])
    if across > 0.5 * narrower and down > -0.2 * usual:
        return True
    return bool(max(-across, -down) < _NEAR * usual and together[0] < 0.9 * usual)


def _lines(boxes: NDArray[np.int64]) -> list[list[int]]:
    """The numbers of the boxes of each line from left to right, the lines from the top down; a line may slope."""
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
