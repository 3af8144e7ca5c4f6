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
from convlet.prediction.pages.context import Judged, judged
from convlet.prediction.pages.expected import Fits, expectation, likeliest_fit
from convlet.prediction.pages.numbers import rows_in, rows_of
from convlet.prediction.pages.page import Page
from convlet.prediction.pages.part import Part
from convlet.prediction.pages.printed import printed
from convlet.reading import Character
from convlet.reading.decode import Source
from convlet.reading.layout import Layout, laid_out, sheet_in, turned
from convlet.signature import Signature

_STEEP = 0.14  # of the way across: rows that rise or fall by more may be those of a turned page, 8 degrees
_STEEPEST = 1.2  # 50 degrees; beyond, rows are columns
_LEAST = 3  # characters that show it


class Model(Protocol):
    """What a page asks a model."""

    @property
    def signature(self) -> Signature:
        """Its metadata."""

    def probabilities(self, images: NDArray[np.uint8], /) -> NDArray[np.float32]:
        """Return probabilities, float32 (n, classes), for images, uint8 (n, height, width, channels)."""

    def answers(self, images: NDArray[np.uint8], probabilities: NDArray[np.float32], /) -> list[Answer]:
        """Make answers from images and their probabilities."""


def read(source: Source, model: Model, *, keep_print: bool = False, expect: str | None = None) -> Page:
    """Read a page with a model; see `Predictor.read_page`."""
    if model.signature.form.kind != "ink":
        raise ModelError("this model classifies pictures, not characters on a page. Expected one of ink; see predict.")
    fits = None if expect is None else expectation(expect)
    found = _parts(source, model.probabilities, model.signature, keep_print=keep_print)
    if found is None:
        return Page()
    layout, parts, said, dropped = found
    if not parts:
        return Page()
    characters = [Character(part.image, layout.on_picture(part.box), part.row) for part in parts]
    answers = model.answers(np.stack([part.image for part in parts]), np.stack([part.probabilities for part in parts]))
    answers = [replace(answer, known=each.known) for answer, each in zip(answers, said, strict=True)]
    symbols = [each.symbol for each in said]
    fitting = [None if fits is None else _fit(places, answers, symbols, fits) for places in rows_in(parts)]
    rows = rows_of(parts, answers, symbols)
    rows = [replace(row, fits=each) for row, each in zip(rows, fitting, strict=True)]
    return Page(characters, answers, symbols, rows, dropped)


def _fit(places: Sequence[int], answers: list[Answer], symbols: Sequence[str], fits: Fits) -> bool:
    """Change a row's answers to the likeliest ones that fit; return whether there are any."""
    taken = likeliest_fit([_choices(answers[place], symbols[place]) for place in places], fits)
    for place, index in zip(places, taken or [], strict=False):
        if not symbols[place]:
            label, probability = answers[place].top[index]
            answers[place] = replace(answers[place], label=label, probability=probability, known=True)
    return taken is not None


def _choices(answer: Answer, symbol: str) -> Sequence[tuple[str, float]]:
    return [(symbol, 1.0)] if symbol else answer.top


def _parts(
    source: Source, compute: Compute, signature: Signature, *, keep_print: bool
) -> tuple[Layout, list[Part], list[Judged], int] | None:
    """Return a page's layout, its characters in reading order, what the page says of each, and how many were print.

    None without ink.

    Raises:
        DataError: see `read_image`.
    """
    layout = laid_out(sheet_in(source), next_to=False)
    if layout is None:
        return None
    parts = cut_apart(layout, compute, signature)
    slope = layout.rows.slope if len(parts) >= _LEAST else layout.lean()  # joined characters show no rows
    if _STEEP < abs(slope) < _STEEPEST and (level := turned(layout, math.degrees(math.atan(slope)))) is not None:
        again = cut_apart(level, compute, signature)
        if _sure(again) > _sure(parts):
            layout, parts = level, again
    threshold = signature.threshold or 0.0
    found = len(parts)
    if not keep_print and parts:
        known = np.array([float(part.probabilities.max()) >= threshold for part in parts])
        parts = [part for part, drop in zip(parts, printed(parts, known), strict=True) if not drop]
        rows = {row: number for number, row in enumerate(dict.fromkeys(part.row for part in parts))}
        parts = [replace(part, row=rows[part.row]) for part in parts]
    return layout, parts, judged(parts, threshold, signature.class_names), found - len(parts)


def _sure(parts: list[Part]) -> float:
    """Return how sure the model is of the characters together."""
    return float(np.mean([float(part.probabilities.max()) for part in parts])) if parts else 0.0
