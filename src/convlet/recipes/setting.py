"""Declare a recipe's field: what it does, and the values it may hold."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Values:
    """The values a field may hold.

    Attributes:
        fit: tests whether a value is one of them.
        words: what was expected, for errors and help.
        per_convolution: whether a list with one value per convolution fits too.
        names: the texts among them.
    """

    fit: Callable[[Any], bool]
    words: str
    per_convolution: bool = False
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Setting:
    """A field, besides its name and type.

    Attributes:
        doc: what it does, in a sentence or two.
        values: what it may hold.
        flag: whether `convlet train` has a flag for it; `--set` reaches every field.
        since: the version of recipe files that introduced it.
        off: its value, if introduced after version 1, in files and recipes that do not name it.
    """

    doc: str
    values: Values
    flag: bool = False
    since: int = 1
    off: Any = 0


def setting(doc: str, values: Values, **more: Any) -> Any:
    """Declare a field of a recipe; see `Setting`."""
    return dataclasses.field(metadata={"setting": Setting(doc, values, **more)})


def in_words(value: Any) -> str:
    """Return a field's value for people: `32 64` for a list."""
    return " ".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)


def whole(low: int, high: int, unit: str = "") -> Values:
    """Allow whole numbers from `low` to `high`."""
    return Values(
        lambda value: _is_a(int, value) and low <= value <= high, f"a whole number{_of(unit)} from {low} to {high}"
    )


def number(low: float, high: float, unit: str = "", *, above: bool = False) -> Values:
    """Allow numbers from `low`, or `above` it, to `high`. NaN is never in range."""
    return Values(
        lambda value: _is_a((int, float), value) and low <= value <= high and not (above and value == low),
        f"a number{_of(unit)} {'above' if above else 'from'} {low} {'up ' if above else ''}to {high}",
    )


def fraction() -> Values:
    """Allow numbers from 0 to below 1."""
    return Values(lambda value: _is_a((int, float), value) and 0 <= value < 1, "a fraction from 0 to below 1")


def one_of(*names: str) -> Values:
    """Allow some names."""
    return Values(lambda value: isinstance(value, str) and value in names, f"one of {', '.join(names)}", names=names)


def auto_or(values: Values) -> Values:
    """Allow "auto" and `values`."""
    names = ("auto", *values.names)
    return Values(lambda value: value == "auto" or values.fit(value), f"auto, or {values.words}", names=names)


def list_of(values: Values, low: int, high: int) -> Values:
    """Allow lists and tuples of `low` to `high` of `values`."""
    return Values(
        lambda value: isinstance(value, (tuple, list)) and low <= len(value) <= high and all(map(values.fit, value)),
        f"a list of {low if low == high else f'{low} to {high}'} values, each {values.words}",
    )


def each(values: Values) -> Values:
    """Allow one of `values` for all convolutions, or a list with one for each."""
    several = list_of(values, 1, 16)
    return Values(
        lambda value: values.fit(value) or several.fit(value),
        f"{values.words} (or a list with one per convolution)",
        per_convolution=True,
        names=values.names,
    )


def _is_a(kind: type | tuple[type, ...], value: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _of(unit: str) -> str:
    return unit and f" of {unit}"
