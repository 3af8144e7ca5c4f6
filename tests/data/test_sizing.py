"""What a user asks for, and the size that is chosen."""

import pytest

from convlet.data.sizing import Wanted, choose_size, parse_size
from convlet.errors import UsageError


@pytest.mark.parametrize(
    ("given", "size"),
    [
        (None, None),
        ("auto", "auto"),
        (64, (64, 64)),
        ("64", (64, 64)),
        ("96x64", (64, 96)),
        (" 96 X 64 ", (64, 96)),
        ((64, 96), (64, 96)),
        ([64, 96], (64, 96)),
        (4, (4, 4)),
        (1024, (1024, 1024)),
    ],
)
def test_a_size_is_a_side_or_width_x_height_or_height_and_width(given: object, size: object) -> None:
    assert parse_size(given) == size  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given", [3, 1025, 0, -64, 64.0, True, "", "x64", "64x", "64x64x3", "large", (64,), (64, "64")]
)
def test_anything_else_is_refused(given: object) -> None:
    with pytest.raises(UsageError, match=r"image_size=.* is not a size.*WIDTHxHEIGHT"):
        parse_size(given)  # type: ignore[arg-type]


def test_an_unknown_fit_or_kind_is_refused() -> None:
    with pytest.raises(UsageError, match=r"fit='squeeze'.*pad, crop, stretch"):
        Wanted.of(64, fit="squeeze")
    with pytest.raises(UsageError, match=r"kind='photo'.*ink"):
        Wanted.of(64, kind="photo")


@pytest.mark.parametrize(
    ("sizes", "chosen"),
    [
        ([(8, 8)] * 3, (8, 8)),  # one size that is not large stays
        ([(64, 48)] * 3, (64, 48)),
        ([(70, 70)] * 3, (64, 64)),
        ([(280, 280)] * 3, (64, 64)),
        ([(20, 20), (24, 24), (28, 28)], (28, 28)),  # never below 28
        ([(40, 40), (44, 44), (48, 48)], (44, 44)),
        ([(100, 90), (90, 100), (300, 310)], (64, 64)),  # nearly square is square
        ([(1000, 2000), (900, 1800), (1100, 2200)], (44, 92)),  # an oblong keeps its shape
        ([(100, 1000)] * 3, (28, 128)),  # never beyond 128
    ],
)
def test_the_size_follows_the_middle_image(sizes: list[tuple[int, int]], chosen: tuple[int, int]) -> None:
    assert choose_size(sizes)[0] == chosen


def test_the_reason_names_the_sizes() -> None:
    assert "70x50" in choose_size([(50, 70)] * 2)[1]
    assert "30x20 to 300x200" in choose_size([(20, 30), (200, 300)])[1]
