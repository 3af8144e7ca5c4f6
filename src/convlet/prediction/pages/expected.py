"""Find the likeliest reading of a row that fits what is expected of it: a pattern or a check digit."""

import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from convlet.errors import DataError, UsageError
from convlet.prediction.pages.combinations import likeliest_first

_TRIES = 20_000  # readings of one row, the likeliest first: a tenth of a second
_SECONDS = 5.0  # that all comparing for one page may take; usual patterns take a tenth
_MEMORY = 1 << 21  # bytes of a compiled pattern
# What may hold a brace. RE2 takes any other for a character of the row: a slip of the finger that nothing ever fits.
_BRACES = re.compile(
    r"\\[pPx]\{[^{}]*\}|\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|\{\d+(?:,\d*)?\}", re.DOTALL
)
_LEAST = 1e-6  # probability of an answer that is hardly possible

Fits = Callable[[str], bool]
Choices = Sequence[Sequence[tuple[str, float]]]  # for each character its answers and their probabilities, best first


def _luhn(text: str) -> bool:
    digits = [int(digit) for digit in reversed(text)]
    return sum(digits[::2]) % 10 == -sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2]) % 10


def _ean(text: str) -> bool:
    return sum((1, 3)[place % 2] * int(digit) for place, digit in enumerate(reversed(text))) % 10 == 0


def _isbn_10(text: str) -> bool:
    values = [10 if digit == "X" else int(digit) for digit in text]
    return sum(weight * value for weight, value in zip(range(10, 0, -1), values, strict=True)) % 11 == 0


def _iban(text: str) -> bool:
    return int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1


# The form of a number without spaces and hyphens, and its check.
_CHECKS: Mapping[str, Sequence[tuple[str, Fits]]] = {
    "luhn": [(r"\d{2,}", _luhn)],
    "ean": [(r"\d{8}|\d{12,14}", _ean)],
    "isbn": [(r"97[89]\d{10}", _ean), (r"\d{9}[\dX]", _isbn_10)],
    "iban": [(r"[A-Z]{2}\d{2}[0-9A-Z]{11,30}", _iban)],
}


class Expected(NamedTuple):
    """What a text should be.

    Attributes:
        fits: whether one is; raises `DataError` once it has taken too long.
        page: whether that is the text of all rows, with a line break between two; else each row has to fit.
    """

    fits: Fits
    page: bool


def expectation(pattern: str) -> Expected:
    r"""Return what a pattern expects.

    Args:
        pattern: luhn, ean, isbn or iban, in any case, for numbers with that check digit, whose spaces and hyphens do
            not count; else a regular expression for the whole row without its spaces, such as `\d{5}`. If it contains a
            line break, `\n`, it is for the whole page.

    Raises:
        UsageError: it is no regular expression, or empty.
    """
    if checks := _CHECKS.get(pattern.lower()):
        return Expected(_timed(partial(_checked, checks), pattern), page=False)
    import re2  # strangers' patterns: it takes time in proportion to the text, and little memory

    options = re2.Options()
    options.max_mem, options.log_errors = _MEMORY, False
    try:
        if not pattern:
            raise UsageError("the pattern is empty. Expected a regular expression, such as \\d{5}.")
        if {"{", "}"} & set(_BRACES.sub("", pattern)):
            raise UsageError(
                f"the regular expression {pattern[:80]!r} has a brace that repeats nothing. Expected a number of "
                "repeats, such as {5} or {2,4}, or \\{ and \\} for the characters."
            )
        compiled = re2.compile(pattern, options)
    except (re2.error, ValueError) as error:  # ValueError: a lone surrogate
        why = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        raise UsageError(
            f"the pattern {pattern[:80]!r} is no regular expression of RE2: {why}. Expected one such as \\d{{5}}, or "
            f"{', '.join(_CHECKS)}."
        ) from error
    page = "\n" in pattern or r"\n" in pattern
    return Expected(_timed(lambda text: compiled.fullmatch(text) is not None, pattern), page)


def _timed(fits: Fits, pattern: str) -> Fits:
    left = _SECONDS

    def timed(text: str) -> bool:
        nonlocal left
        began = time.perf_counter()
        found = fits(text)
        left -= time.perf_counter() - began
        if left < 0:
            raise DataError(
                f"comparing the page with the pattern {pattern[:80]!r} takes longer than {_SECONDS:g} s. "
                "Expected a simpler pattern."
            )
        return found

    return timed


def _checked(checks: Sequence[tuple[str, Fits]], text: str) -> bool:
    bare = re.sub("[ -]", "", text)
    return any(re.fullmatch(form, bare, re.ASCII) is not None and check(bare) for form, check in checks)


def likeliest_fit(choices: Choices, fits: Fits, tries: int = _TRIES) -> tuple[float, list[int]] | None:
    """Find the likeliest text that fits.

    Args:
        choices: for each character its answers and their probabilities, best first.
        fits: see `Expected`.
        tries: the number of texts that are compared at most, the likeliest first.

    Returns:
        How much less likely it is than the likeliest of all, as a logarithm of probabilities, and which answer to take
        for each character; None if none of the texts fits.
    """
    costs = [[-math.log(max(probability, _LEAST)) for _, probability in answers] for answers in choices]
    lowest = sum(each[0] for each in costs)
    for cost, taken in likeliest_first(costs, tries):
        if fits("".join(answers[index][0] for answers, index in zip(choices, taken, strict=True))):
            return cost - lowest, taken
    return None
