"""What is expected of a row: patterns and check digits."""

import itertools
import math
import tracemalloc

import numpy as np
import pytest

from convlet.errors import DataError, UsageError
from convlet.prediction.pages import expected
from convlet.prediction.pages.expected import expectation, likeliest_fit


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"\d{5}", "50274", "5027"),
        (r"-?\d+,\d\d", "-4,20", "4.20"),
        ("LUHN", "4539578763621486", "4539578763621487"),
        ("luhn", "4539578763621486", "4539578763621487"),
        ("luhn", "4539 5787-6362 1486", ""),
        ("ean", "4006381333931", "4006381333932"),
        ("ean", "96385074", "963850741"),
        ("isbn", "9783161484100", "9783161484101"),
        ("isbn", "0-306-40615-2", "0-306-40615-3"),
        ("isbn", "097522980X", "97522980X"),
        ("iban", "DE89370400440532013000", "DE88370400440532013000"),
        ("iban", "GB82WEST12345698765432", "GB82"),
    ],
)
def test_what_fits(pattern: str, good: str, bad: str) -> None:
    fits = expectation(pattern).fits
    assert fits(good)
    assert not fits(bad)


def test_a_check_notices_each_wrong_digit() -> None:
    fits = expectation("luhn").fits
    number = "79927398713"
    for place, digit in itertools.product(range(len(number)), "0123456789"):
        changed = number[:place] + digit + number[place + 1 :]
        assert fits(changed) == (changed == number)


def test_no_pattern_is_an_error_that_says_what_is() -> None:
    with pytest.raises(UsageError, match=r"\\d\{5\}.*luhn"):
        expectation("[")


def test_the_likeliest_reading_that_fits() -> None:
    """Against every reading, one by one."""
    random = np.random.default_rng(0)
    fits = expectation("luhn").fits
    for _ in range(20):
        choices = []
        for _ in range(6):
            digits = random.permutation(10)[:3].astype(str)
            choices.append(list(zip(digits, sorted(random.dirichlet((1, 1, 1)), reverse=True), strict=True)))
        readings = [
            (math.prod(each[1] for each in reading), "".join(each[0] for each in reading))
            for reading in itertools.product(*choices)
        ]
        best = max((each for each in readings if fits(each[1])), default=None)
        found = likeliest_fit(choices, fits)
        assert (found is None) == (best is None)
        if found is not None and best is not None:
            less, taken = found
            assert "".join(choices[place][index][0] for place, index in enumerate(taken)) == best[1]
            assert less == pytest.approx(math.log(max(readings)[0]) - math.log(best[0]))


def test_none_fits_and_nothing_to_read() -> None:
    assert likeliest_fit([[("1", 0.9), ("7", 0.1)]], expectation(r"\d{5}").fits) is None
    assert likeliest_fit([], expectation(r"\d*").fits) == (0.0, [])


@pytest.mark.parametrize("characters", [40, 600])
def test_a_long_row_is_given_up_with_little_memory(characters: int) -> None:
    choices = [[("1", 0.4), ("7", 0.3), ("2", 0.3)]] * characters
    tracemalloc.start()
    try:
        assert likeliest_fit(choices, lambda _: False) is None
        assert tracemalloc.get_traced_memory()[1] < 80e6
    finally:
        tracemalloc.stop()


def test_comparing_ends(monkeypatch) -> None:
    monkeypatch.setattr(expected, "_SECONDS", 0.0)
    for pattern in ("(?:a|aa)+c", "luhn"):
        with pytest.raises(DataError, match="simpler pattern"):
            expectation(pattern).fits("1" * 40)


@pytest.mark.parametrize(
    "pattern", ["(?:(?:a{100}){100}){100}", "(?R)", r"(?u)\d", r"(?=\d)7", "a{9999}", "", r"\d{5", r"\d5}", r"\d{a}"]
)
def test_patterns_that_are_refused(pattern: str) -> None:
    with pytest.raises(UsageError, match="regular expression"):
        expectation(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"\d{5}", r"\d{2,}-\d{1,3}", r"\{\d\}", r"[{}]", r"\p{Nd}{3}", r"\x{37}"),
        *(r"[[:digit:]{]", r"[]{}]", r"\Q{\E\d"),
    ],
)
def test_braces_that_mean_something(pattern: str) -> None:
    expectation(pattern)


@pytest.mark.parametrize(("pattern", "page"), [(r"\d\n\d", True), ("5\n7", True), (r"\d{5}", False), ("luhn", False)])
def test_a_line_break_makes_it_the_whole_page(pattern: str, page: bool) -> None:
    assert expectation(pattern).page is page
