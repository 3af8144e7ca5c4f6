"""Many names in one piece of memory."""

import os

import pytest

from convlet.data.names import Names

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
