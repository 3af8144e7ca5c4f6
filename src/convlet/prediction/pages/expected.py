"""Find the likeliest reading of a row that fits what is expected of it: a pattern or a check digit."""

import heapq
import math
import re
from collections.abc import Callable, Mapping, Sequence

from convlet.errors import UsageError

_TRIES = 20_000  # readings of one row, the likeliest first: a tenth of a second
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


def expectation(pattern: str) -> Fits:
    r"""Return whether a row's text fits a pattern.

    Args:
        pattern: luhn, ean, isbn or iban for numbers with that check digit, whose spaces and hyphens do not count; else
            a regular expression for the whole row without its spaces, such as `\d{5}`.

    Raises:
        UsageError: it is no regular expression.
    """
    if checks := _CHECKS.get(pattern):
        return lambda text: any(
            re.fullmatch(form, bare, re.ASCII) is not None and check(bare)
            for bare in [re.sub("[ -]", "", text)]
            for form, check in checks
        )
    try:
        compiled = re.compile(pattern, re.ASCII)
    except re.error as error:
        raise UsageError(
            f"the pattern {pattern!r} is no regular expression: {error}. Expected one such as \\d{{5}}, or "
            f"{', '.join(_CHECKS)}."
        ) from error
    return lambda text: compiled.fullmatch(text) is not None


def likeliest_fit(choices: Choices, fits: Fits) -> list[int] | None:
    """Return which answer to take for each character so that the text fits, at the highest probability.

    None if no reading among the likeliest fits.
    """
    costs = [[-math.log(max(probability, _LEAST)) for _, probability in answers] for answers in choices]
    queue = [(sum(each[0] for each in costs), (0,) * len(choices), 0)]
    for _ in range(_TRIES):
        if not queue:
            return None
        cost, taken, first = heapq.heappop(queue)
        if fits("".join(answers[index][0] for answers, index in zip(choices, taken, strict=True))):
            return list(taken)
        # Each reading is made once: only characters from the last changed one on change next.
        for place in range(first, len(choices)):
            index = taken[place] + 1
            if index < len(choices[place]):
                more = costs[place][index] - costs[place][index - 1]
                heapq.heappush(queue, (cost + more, (*taken[:place], index, *taken[place + 1 :]), place))
    return None
