"""What is expected of a row: patterns and check digits."""

import itertools
import math

import numpy as np
import pytest

from convlet.errors import UsageError
from convlet.prediction.pages.expected import expectation, likeliest_fit


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"\d{5}", "50274", "5027"),
        (r"-?\d+,\d\d", "-4,20", "4.20"),
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
    fits = expectation(pattern)
    assert fits(good)
    assert not fits(bad)


def test_a_check_notices_each_wrong_digit() -> None:
    fits = expectation("luhn")
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
    fits = expectation("luhn")
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
        taken = likeliest_fit(choices, fits)
        assert (taken is None) == (best is None)
        if taken is not None and best is not None:
            assert "".join(choices[place][index][0] for place, index in enumerate(taken)) == best[1]


def test_none_fits_and_nothing_to_read() -> None:
    assert likeliest_fit([[("1", 0.9), ("7", 0.1)]], expectation(r"\d{5}")) is None
    assert likeliest_fit([], expectation(r"\d*")) == []


def test_a_long_row_is_given_up_in_time() -> None:
    choices = [[("1", 0.4), ("7", 0.3), ("2", 0.3)]] * 40
    assert likeliest_fit(choices, lambda _: False) is None
