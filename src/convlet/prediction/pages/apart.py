"""Decide which pieces of ink are the characters: the model answers each, and the likeliest way through a row wins."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from convlet.prediction.opening import Compute
from convlet.prediction.pages.expected import Expected
from convlet.prediction.pages.fitting import fitting
from convlet.prediction.pages.part import Part
from convlet.prediction.pages.symbols import sign_of
from convlet.prediction.pages.way import Way, ways
from convlet.reading.cuts import Piece, pieces
from convlet.reading.layout import Layout
from convlet.reading.place import Box, Floats, placed
from convlet.signature import Signature

# All in heights of a usual character.
_BROAD = 1.15  # wider ink may be two characters
_NARROW = 0.45  # narrower ink is one at most
_LOW = 0.62  # lower ink may be a piece of one
_TOUCHING = 0.15  # between a piece and its neighbors
_LONGEST = 20.0  # of ink that is cut at once
_NEIGHBORS = 14  # parts that are joined and cut at once
_PIECES = 600  # of a page that the model is asked about, some milliseconds each; a page of two hundred digits has fewer
_PIECES_EACH = 2  # of a row, where rows are many: cells
_SURE = 0.98  # probability from which on an answer for uncut ink of usual shape needs no other


def cut_apart(layout: Layout, compute: Compute, signature: Signature, expected: Expected | None = None) -> list[Part]:
    """Return the characters of a page in reading order.

    Where the likeliest cuts of a row give no text that is expected, others may.
    """
    whole = _answered(
        [
            (*layout.ink(layout.groups[member]), Box(*layout.boxes[member].tolist()), row)
            for row, members in enumerate(layout.rows.members)
            for member in members
        ],
        compute,
        signature,
    )
    order = [member for members in layout.rows.members for member in members]
    runs = list(_runs(whole, layout.usual))
    cut = _cut(layout, [(run, [order[place] for place in run]) for run in runs], whole, compute, signature)
    replaced = {place for run in runs for place in run}
    first = {run[0]: each for run, each in zip(runs, cut, strict=True)}
    rows: list[list[list[Way]]] = [[] for _ in layout.rows.members]
    for place, part in enumerate(whole):
        if place in first:
            rows[part.row].append(first[place])
        elif place not in replaced:
            rows[part.row].append([Way([part], 0.0)])
    return [
        part
        for row in rows
        for way in (fitting(row, expected, signature.class_names) if expected else [each[0] for each in row])
        for part in way.parts
    ]


def _answered(inks: Sequence[tuple[Floats, Box, Box, int]], compute: Compute, signature: Signature) -> list[Part]:
    """Return parts with the model's answers, from each one's ink, the ink's place, its box and row."""
    if not inks:
        return []
    images = np.stack([placed(ink, signature.input_shape, signature.form) for ink, *_ in inks])
    return [
        Part(image, ink, box, row, probabilities)
        for image, (ink, _, box, row), probabilities in zip(images, inks, compute(images), strict=True)
    ]


def _runs(parts: Sequence[Part], heights: Sequence[float]) -> Iterator[list[int]]:
    """Yield neighbors in a row whose ink should be cut or joined: unsure ones, and fragments with what they touch."""
    taken: set[int] = set()
    for place, part in enumerate(parts):
        usual = heights[part.row]
        if place in taken or not _is_unsure(part, usual):
            continue
        run = [place]
        for way in (-1, 1):
            end = place
            while 0 <= end + way < len(parts) and end + way not in taken and _touch(parts, end, end + way, usual):
                end += way
                if len(run) == _NEIGHBORS:
                    break
                run.append(end)
        run.sort()
        taken.update(run)
        yield run


def _is_unsure(part: Part, usual: float) -> bool:
    wide, high = part.box.width / usual, part.box.height / usual
    return wide > _BROAD or high < _LOW or float(part.probabilities.max()) < _SURE


def _touch(parts: Sequence[Part], one: int, other: int, usual: float) -> bool:
    """Return whether two neighbors may be pieces of one character."""
    first, second = parts[min(one, other)], parts[max(one, other)]
    if first.row != second.row or second.box.left - first.box.right > _TOUCHING * usual:
        return False
    return any(_is_unsure(part, usual) and _is_fragment(part, usual) for part in (first, second))


def _is_fragment(part: Part, usual: float) -> bool:
    return part.box.height < _LOW * usual or part.box.width < _NARROW * usual


def _cut(
    layout: Layout,
    runs: Sequence[tuple[list[int], list[int]]],
    whole: Sequence[Part],
    compute: Compute,
    signature: Signature,
) -> list[list[Way]]:
    """Return the ways through each run, the likeliest first; of a run that has none, its parts as they are."""
    candidates: list[tuple[list[Piece], int, Box, int]] = []
    asked, most = 0, max(_PIECES, _PIECES_EACH * len(layout.rows.members))
    for places, members in runs:
        row = whole[places[0]].row
        ink, around = layout.ink(np.concatenate([layout.groups[member] for member in members]))
        usual = layout.usual[row]
        found, last = pieces(ink, usual) if around.width < _LONGEST * usual and asked < most else ([], 0)
        asked += len(found)
        candidates.append((found, last, around, row))
    answered = _answered(
        [
            (piece.ink, around, _moved(piece.box, around), row)
            for found, _, around, row in candidates
            for piece in found
        ],
        compute,
        signature,
    )
    middles = _middles(whole, layout.usual)
    start, chosen = 0, []
    for (places, _), (found, last, _, row) in zip(runs, candidates, strict=True):
        usual = layout.usual[row]
        parts = [
            _with_symbol(part, middles[row], usual, signature.class_names) if piece.alone else part
            for piece, part in zip(found, answered[start : start + len(found)], strict=True)
        ]
        start += len(found)
        found_ways = ways(found, parts, last, usual, signature.class_names)
        chosen.append(found_ways or [Way([whole[place] for place in places], 0.0)])
    return chosen


def _middles(whole: Sequence[Part], heights: Sequence[float]) -> dict[int, list[tuple[int, float]]]:
    """Return for each row the places and middles of its tall characters."""
    rows: dict[int, list[tuple[int, float]]] = {part.row: [] for part in whole}
    for part in whole:
        if part.box.height > _LOW * heights[part.row]:
            rows[part.row].append((part.box.left, (part.box.top + part.box.bottom) / 2))
    return rows


def _with_symbol(part: Part, tall: list[tuple[int, float]], usual: float, class_names: Sequence[str]) -> Part:
    """Tell which symbol a low piece is, by its height in the row."""
    if not tall or part.box.height > _LOW * usual:
        return part
    near = sorted(tall, key=lambda each: abs(each[0] - part.box.left))[:4]
    below = (part.box.top + part.box.bottom) / 2 - float(np.median([middle for _, middle in near]))
    return replace(part, symbol=sign_of(part, usual, below, class_names))


def _moved(box: Box, by: Box) -> Box:
    return Box(box.left + by.left, box.top + by.top, box.right + by.left, box.bottom + by.top)
