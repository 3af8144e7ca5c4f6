"""Read a page: its paper, its characters, and what they say."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from convlet.errors import ModelError
from convlet.prediction.answer import Answer
from convlet.prediction.opening import Compute
from convlet.prediction.pages.apart import cut_apart
from convlet.prediction.pages.context import judged
from convlet.prediction.pages.expected import Expected, likeliest_fit
from convlet.prediction.pages.grid import judged_cells, rows_of_cells
from convlet.prediction.pages.numbers import rows_in, rows_of
from convlet.prediction.pages.page import Page
from convlet.prediction.pages.part import Part
from convlet.prediction.pages.printed import printed
from convlet.prediction.pages.wish import Wish
from convlet.reading import Character
from convlet.reading.decode import Source
from convlet.reading.grid import cells_in, written
from convlet.reading.layout import Layout, laid_out, sheet_in, turned
from convlet.signature import Signature

_STEEP = 0.14  # of the way across: rows that rise or fall by more may be those of a turned page, 8 degrees
_STEEPEST = 1.2  # 50 degrees; beyond, rows are columns
_LEAST = 3  # characters that show it
_TRIES, _FEWEST = 20_000, 500  # readings compared on a page, and of each row
_PLAIN = Wish()


class Model(Protocol):
    """What a page asks a model."""

    @property
    def signature(self) -> Signature:
        """Its metadata."""

    def probabilities(self, images: NDArray[np.uint8], /) -> NDArray[np.float32]:
        """Return probabilities, float32 (n, classes), for images, uint8 (n, height, width, channels)."""

    def answers(self, images: NDArray[np.uint8], probabilities: NDArray[np.float32], /) -> list[Answer]:
        """Make answers from images and their probabilities."""


def read(source: Source, model: Model, wish: Wish = _PLAIN) -> Page:
    """Read a page with a model; see `Predictor.read_page`."""
    if model.signature.form.kind != "ink":
        raise ModelError("this model classifies pictures, not characters on a page. Expected one of ink; see predict.")
    expected = wish.check()
    if wish.grid is None:
        return _read_rows(source, model, wish, expected)
    return _read_grid(source, model, expected, wish.grid)


def _read_rows(source: Source, model: Model, wish: Wish, expected: Expected | None) -> Page:
    layout = laid_out(sheet_in(source), next_to=False)
    if layout is None:
        return Page()
    signature = model.signature
    layout, parts = _upright(layout, model.probabilities, signature, expected)
    found, threshold = len(parts), signature.threshold or 0.0
    if not wish.keep_print:
        parts = _without_print(parts, threshold)
        number = {row: place for place, row in enumerate(dict.fromkeys(part.row for part in parts))}
        parts = [replace(part, row=number[part.row]) for part in parts]
    said = judged(parts, threshold, signature.class_names)
    answers = _answers(parts, [each.known for each in said], model)
    symbols = [each.symbol for each in said]
    fits = _fitted(rows_in(parts), answers, symbols, expected)
    characters = [Character(part.image, layout.on_picture(part.box), part.row) for part in parts]
    made = rows_of(parts, answers, symbols, [one.box for one in characters])
    rows = [replace(row, fits=each) for row, each in zip(made, fits, strict=True)]
    return Page(characters, answers, symbols, rows, found - len(parts))


def _read_grid(source: Source, model: Model, expected: Expected | None, grid: tuple[int, int]) -> Page:
    cells = cells_in(source, *grid)
    found, signature = written(cells), model.signature
    parts = cut_apart(found.layout, model.probabilities, signature, expected) if found else []
    places = found.places if found else ()
    said = judged_cells(parts, cells, places, signature.threshold or 0.0, signature.class_names)
    answers = _answers(parts, [each.known for each in said], model)
    symbols = [each.symbol for each in said]
    held = rows_in(parts)
    fits = dict(zip(places, _fitted(held, answers, symbols, expected), strict=True))
    characters = [Character(part.image, cells.on_picture(part.box), places[part.row][0]) for part in parts]
    rows = rows_of_cells(dict(zip(places, held, strict=True)), cells, answers, symbols, fits)
    return Page(characters, answers, symbols, rows, grid=grid)


def _upright(
    layout: Layout, compute: Compute, signature: Signature, expected: Expected | None
) -> tuple[Layout, list[Part]]:
    """Return a page's layout and characters; those of a page whose rows fall from the page turned, if that is surer."""
    parts = cut_apart(layout, compute, signature, expected)
    slope = layout.rows.slope if len(parts) >= _LEAST else layout.lean()  # joined characters show no rows
    if _STEEP < abs(slope) < _STEEPEST and (level := turned(layout, math.degrees(math.atan(slope)))) is not None:
        again = cut_apart(level, compute, signature, expected)
        if _sure(again) > _sure(parts):
            return level, again
    return layout, parts


def _without_print(parts: list[Part], threshold: float) -> list[Part]:
    if not parts:
        return []
    known = np.array([float(part.probabilities.max()) >= threshold for part in parts])
    return [part for part, drop in zip(parts, printed(parts, known), strict=True) if not drop]


def _answers(parts: Sequence[Part], known: Sequence[bool], model: Model) -> list[Answer]:
    if not parts:
        return []
    answers = model.answers(np.stack([part.image for part in parts]), np.stack([part.probabilities for part in parts]))
    return [replace(answer, known=each) for answer, each in zip(answers, known, strict=True)]


def _fitted(
    rows: list[list[int]], answers: list[Answer], symbols: Sequence[str], expected: Expected | None
) -> list[bool | None]:
    """Change the answers to the likeliest ones that fit; return for each row whether there are any."""
    if expected is None:
        return [None] * len(rows)
    if not expected.page:
        tries = max(_FEWEST, _TRIES // max(1, len(rows)))
        return [_fit(list(row), answers, symbols, expected, tries) for row in rows]
    places: list[int | None] = [None]
    for row in rows:
        places += [*row, None]
    return [_fit(places[1:-1], answers, symbols, expected, _TRIES)] * len(rows)


def _fit(
    places: list[int | None], answers: list[Answer], symbols: Sequence[str], expected: Expected, tries: int
) -> bool:
    """Change the answers at some places to the likeliest ones that fit; None is a line break."""
    choices = [[("\n", 1.0)] if place is None else _choices(answers[place], symbols[place]) for place in places]
    found = likeliest_fit(choices, expected.fits, tries)
    for place, index in zip(places, found[1] if found else [], strict=False):
        if place is not None and not symbols[place]:
            label, probability = answers[place].top[index]
            answers[place] = replace(answers[place], label=label, probability=probability, known=True)
    return found is not None


def _choices(answer: Answer, symbol: str) -> Sequence[tuple[str, float]]:
    return [(symbol, 1.0)] if symbol else answer.top


def _sure(parts: list[Part]) -> float:
    """Return how sure the model is of the characters together."""
    return float(np.mean([float(part.probabilities.max()) for part in parts])) if parts else 0.0
