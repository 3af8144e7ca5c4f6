"""Many names in one piece of memory."""

import os

import pytest

from convlet.data.names import Names, is_readable

GIVEN = ["one.png", "", "zwölf/十.png", os.fsdecode(b"bytes \xff.png")]


def test_they_come_back_as_they_were():
    names = Names(GIVEN[:2])
    for name in GIVEN[2:]:
        names.append(name)
    assert list(names) == GIVEN
    assert len(names) == 4
    assert names[1:3] == GIVEN[1:3]
    assert names[::-1] == GIVEN[::-1]


def test_there_is_no_name_behind_the_last():
    with pytest.raises(IndexError):
        Names(GIVEN)[4]


@pytest.mark.parametrize(
    "name",
    [
        *("ant", "Zoë", "日本\u3000語", "a\u00a0b", "👩\u200d👩\u200d👧", "🏴\U000e0067\U000e007f"),
        "\u0645\u06cc\u200c\u062e",
    ],
)
def test_names_that_people_can_read(name: str):
    assert is_readable(name)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\tb", "a\0", "a\u202eb", "caf\udce9", "a\u2028b", "\x1b[31m"])
def test_names_that_would_spoil_a_line(name: str):
    assert not is_readable(name)
