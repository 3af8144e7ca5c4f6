"""Long names lose their middle."""

import pytest

from convlet.report.names import shortened


@pytest.mark.parametrize(
    ("name", "longest", "short"),
    [("", 4, ""), ("abcd", 4, "abcd"), ("abcdefgh", 4, "ab…h"), ("abcdefgh", 5, "ab…gh"), ("abcdefgh", 7, "abc…fgh")],
)
def test_shortened(name: str, longest: int, short: str) -> None:
    assert shortened(name, longest) == short
