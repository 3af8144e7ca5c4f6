"""What `convlet predict` says of pages."""

from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convlet.cli.console import note, plain, result, show, table
from convlet.cli.pictures import Pictures
from convlet.cli.words import said
from convlet.errors import UsageError
from convlet.system.text import shown

if TYPE_CHECKING:
    from convlet.prediction.pages import Page, Row, Wish

_EMPTY = "."  # stands for an empty cell
_UNLIKELY = 0.5  # less probable characters are said, where they were chosen to fit
_LISTED = 5  # of them in a row


class Print(StrEnum):
    """What becomes of printed text on a page."""

    DROP = "drop"
    KEEP = "keep"


def wish_of(print_: Print | None, expect: str | None, grid: str | None, *, all_: bool) -> "Wish | None":
    """Return how pages are to be read; None if pictures show one character each.

    Raises:
        UsageError: an option of pages without --all or --grid, or one that cannot be.
    """
    from convlet.prediction.pages import wished

    if all_ and grid is not None:
        note("--grid reads every cell, by itself: --all does nothing beside it.")
    if not all_ and grid is None:
        if print_ is not None or expect is not None:
            raise UsageError("--print and --expect are for pages: expected --all or --grid beside them.")
        return None
    return wished(print_ and print_.value, expect, grid)


def note_marks(model: Path, wish: "Wish | None") -> None:
    """Say so if a model that is to read pages was not trained to tell print and scribbles from characters."""
    if wish is None:
        return
    from convlet.prediction.predictor import Predictor
    from convlet.recipes import RECIPES
    from convlet.run import Run

    own = Run(model).recipe if model.is_dir() else RECIPES.get(Predictor(model).signature.recipe)
    if own and not own.outliers:
        note(
            f"this model ({shown(own.name)}) has seen nothing but characters: it answers print, scribbles and stains "
            "as such. A recipe with `outliers`, such as balanced, tells them apart."
        )


def tell(page: "Page", path: Path, pictures: Pictures, *, quiet: bool) -> None:
    """Print a page, unless `quiet`, and write the pictures that were asked for."""
    if not quiet:
        (_tell_grid if page.grid else _tell_rows)(page, path)
    name = shown(str(path))
    for number, row in enumerate(page.rows, 1):
        if row.fits is False:
            what = "a cell of row" if page.grid else "row"
            note(f"{name}: no reading of {what} {number}, {plain(row.text)}, fits what is expected.")
        elif row.fits and (bent := _unlikely(page, row)):
            note(f"{name}: row {number}, {plain(row.text)}, fits with unlikely characters: {bent}. Check them.")
    if page.print_dropped:
        note(f"{name}: {page.print_dropped} printed characters are left out. --print keep answers them too.")
    pictures.mark(path, page)
    for number, (character, answer, symbol) in enumerate(zip(page, page.answers, page.symbols, strict=True), 1):
        pictures.show_input(path, character.image, symbol or said(answer), character.box, f"-{number:03d}")


def _unlikely(page: "Page", row: "Row") -> str:
    """Return the characters of a row that only what is expected made what they are, or that are unsure."""
    found = []
    for place in chain.from_iterable(number.characters for number in row.numbers):
        answer, alone = page.answers[place], page.answers[place].top[0][0]
        if not page.symbols[place] and (answer.label != alone or answer.probability < _UNLIKELY):
            instead = "" if answer.label == alone else f", alone {plain(alone)}"
            found.append(f"{plain(answer.label)} ({answer.probability:.1%}{instead})")
    return ", ".join(found[:_LISTED]) + (", ..." if len(found) > _LISTED else "")


def _tell_rows(page: "Page", path: Path) -> None:
    text = f"\n\n{page.text}\n" if page else " (no ink was found)"
    result(f"{shown(str(path))}: {len(page)} character{'' if len(page) == 1 else 's'}{text}")
    found = table("line", "answer", "probability", "left", "top", "right", "bottom")
    for character, answer, symbol in zip(page, page.answers, page.symbols, strict=True):
        label = symbol or plain(answer.label if answer.known else f"unknown ({answer.label})")
        sure = "" if symbol else f"{answer.probability:.1%}"
        found.add_row(str(character.line + 1), label, sure, *map(str, character.box))
    if page:
        show(found)


def _tell_grid(page: "Page", path: Path) -> None:
    filled = [cell for row in page.rows for cell in row.numbers if cell.text]
    texts = [[cell.text or _EMPTY for cell in row.numbers] for row in page.rows]
    wide = [max(map(len, column)) for column in zip(*texts, strict=True)]
    rows = ["  ".join(text.rjust(each) for text, each in zip(row, wide, strict=True)) for row in texts]
    count = sum(len(row) for row in texts)
    result("\n".join([f"{shown(str(path))}: {len(filled)} of {count} cells are filled", "", *rows, ""]))
    if unsure := sum("?" in cell.text for cell in filled):
        note(f"{shown(str(path))}: cells with a character that is not known, shown as ?: {unsure}")


def facts_of(page: "Page", path: Path) -> dict[str, Any]:
    """Return a page for JSON."""
    return {"input": str(path), **page.facts()}
