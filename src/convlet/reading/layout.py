"""Find the characters of a page and the rows they stand in."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.reading.boxes import Boxes, tall
from convlet.reading.bridge import bridged
from convlet.reading.broad import filling_ink
from convlet.reading.decode import Source, decode, in_colour
from convlet.reading.flat import flat_ink, is_broad
from convlet.reading.groups import characters
from convlet.reading.paper import paper
from convlet.reading.photo import cut_out, drawn_parts
from convlet.reading.place import Box, Floats
from convlet.reading.rows import Rows, in_rows
from convlet.reading.search import Found, look

_DETAIL = 1200  # pixels of the longer side: in a line of thirty characters each has 40
_LONG = 2.5  # times its width: ink that shows a direction
_LIKELY = 0.1  # of the likeliest part: as likely a character
_ENOUGH = 3  # characters in a row that tell its height


@dataclass(frozen=True)
class Sheet:
    """A page's paper.

    Attributes:
        picture: of the paper alone, mode RGB.
        corner: where its left upper corner is in the decoded picture, in pixels.
        size: (width, height) of the upright original.
        enlarged: pixels of the original for one of the decoded picture.
    """

    picture: Image.Image
    corner: tuple[int, int]
    size: tuple[int, int]
    enlarged: float


@dataclass(frozen=True)
class Layout:
    """What is written on a page, and where.

    Attributes:
        sheet: the paper.
        found: its ink.
        groups: the numbers of the parts of ink that form each character.
        boxes: int64 (n, 4), around each, in pixels of the ink.
        rows: the rows that they stand in.
        usual: for each row the height of its characters, in the same pixels.
        turn: degrees that the ink was turned by, counterclockwise, to make its rows level.
        level: (height, width) of the ink before that.
    """

    sheet: Sheet
    found: Found
    groups: list[NDArray[np.intp]]
    boxes: Boxes
    rows: Rows
    usual: list[float]
    turn: float = 0.0
    level: tuple[int, ...] = ()

    def ink(self, parts: NDArray[np.intp]) -> tuple[Floats, Box]:
        """Return the ink of some parts and nothing else, 0 to 1, and its place."""
        box = self.found.parts.around(parts, 3)
        return cut_out(self.found.missing, self.found.parts, parts), box

    def lean(self) -> float:
        """Return how much all ink together falls from left to right, if it is longer than high; else 0."""
        if not self.groups:
            return 0.0
        y, x = np.nonzero(np.isin(self.found.parts.labels, np.concatenate(self.groups) + 1))
        spread, ways = np.linalg.eigh(np.cov(x, y)) if len(x) > 1 else (np.ones(2), np.eye(2))
        across, down = ways[:, 1]
        return float(down / across) if spread[1] > _LONG**2 * spread[0] and abs(across) > 1e-3 else 0.0

    def on_picture(self, box: Box | NDArray[np.int64]) -> tuple[int, int, int, int]:
        """Return a box of the ink in pixels of the upright original; of turned ink the box around the turned box."""
        left, top, right, bottom = np.asarray(box).tolist()
        corners = np.array([(left, top), (right, top), (left, bottom), (right, bottom)], float)
        if self.turn:
            corners = _turned_back(corners, self.turn, self.found.missing.shape, self.level)
        around = np.concatenate([corners.min(axis=0), corners.max(axis=0)])
        on = (self.found.on_picture(around) + self.sheet.corner * 2) * self.sheet.enlarged
        start_x, start_y, end_x, end_y = np.clip(on.round(), 0, self.sheet.size * 2).astype(int).tolist()
        return start_x, start_y, end_x, end_y


def sheet_in(source: Source) -> Sheet:
    """Find the paper in a picture.

    Raises:
        DataError: see `read_image`.
    """
    picture, size = decode(source, _DETAIL)
    picture = in_colour(picture)
    cut, place = paper(picture)
    return Sheet(cut, (place.left, place.top), size, size[0] / picture.width)


def laid_out(sheet: Sheet, *, next_to: bool = True) -> Layout | None:
    """Find what is written on a page; None if there is no ink. For `next_to` see `characters`."""
    found = _drawn(sheet.picture) or look(sheet.picture, _DETAIL, whole_page=True)
    return None if found is None else _in_rows(sheet, found, next_to=next_to)


def turned(layout: Layout, turn: float) -> Layout | None:
    """Return the layout of the same characters, turned counterclockwise by some degrees; None if nothing is left."""
    parts, missing = layout.found.parts, layout.found.missing
    likely = parts.likely()
    mine = np.concatenate([*layout.groups, np.flatnonzero(likely > _LIKELY * likely.max())])  # low ones may be tall now
    mine = np.isin(parts.labels, mine + 1)
    ink = np.where(mine, missing / np.percentile(missing[mine], 80), 0).clip(0, 1).astype(np.float32)
    ink = np.asarray(Image.fromarray(ink).rotate(turn, Image.Resampling.BILINEAR, expand=True))
    again = drawn_parts(ink, least=6)
    if again is None:
        return None
    found = replace(layout.found, missing=ink, parts=again)
    return replace(_in_rows(layout.sheet, found, next_to=False), turn=turn, level=missing.shape)


def _in_rows(sheet: Sheet, found: Found, *, next_to: bool) -> Layout:
    found = replace(found, parts=bridged(found.parts))
    groups = characters(found.parts, next_to=next_to)
    boxes = np.array([found.parts.around(group) for group in groups]).reshape(-1, 4)
    usual = tall(boxes)
    rows = in_rows(boxes, usual)
    each = [tall(boxes[members]) if len(members) >= _ENOUGH else usual for members in rows.members]
    return Layout(sheet, found, groups, boxes, rows, each)


def _turned_back(
    points: NDArray[np.float64], turn: float, turned_shape: tuple[int, ...], shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """Return where points of turned ink, (n, 2), are in the level one."""
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    x, y = points[:, 0] - turned_shape[1] / 2, points[:, 1] - turned_shape[0] / 2
    return np.stack([x * cosine - y * sine + shape[1] / 2, x * sine + y * cosine + shape[0] / 2], axis=1)


def _drawn(picture: Image.Image) -> Found | None:
    """Find ink of any width on a background of one tone, or that fills the picture; None if there is no such ink."""
    ink = flat_ink(picture)
    if ink is None or is_broad(ink):
        ink = filling_ink(picture)
        parts = None if ink is None else drawn_parts(ink, least=6)
        parts = parts and replace(parts, touch=np.zeros_like(parts.touch))
    else:
        parts = drawn_parts(ink, least=6)
    if ink is None or parts is None:
        return None
    return Found(ink, parts, 0, 1.0, Box(0, 0, *picture.size), np.zeros(3, np.float32))
