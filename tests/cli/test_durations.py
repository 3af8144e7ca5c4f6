"""Durations for people."""

import pytest

from convlet.cli.durations import spoken


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "1 second"),
        (7.4, "7 seconds"),
        (43, "45 seconds"),
        (100, "1.7 minutes"),
        (1500, "25 minutes"),
        (15000, "4.2 hours"),
    ],
)
def test_durations_for_people(seconds: float, said: str) -> None:
    assert spoken(seconds) == said
