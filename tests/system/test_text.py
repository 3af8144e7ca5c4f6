"""What strangers wrote is shown so that it steers nothing."""

import sys
import unicodedata

import pytest

from convlet.system.text import cell, shown, shown_lines


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("seven.png", "seven.png"),
        ("é 漢字 हिन्दी 😀 العربية", "é 漢字 हिन्दी 😀 العربية"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("7.png: 7  99 %\n8.png: 8", r"7.png: 7  99 %\n8.png: 8"),
        ("\x9b31m\x7f\t\r", r"\x9b31m\x7f\t\r"),
        ("\u202egnp.exe\u2066", r"\u202egnp.exe\u2066"),
        ("\u2028\u2029\u200b\ufeff", r"\u2028\u2029\u200b\ufeff"),
        ("\udcff\ud800", r"\udcff\ud800"),
        ("\u3164\u2800", r"\u3164\u2800"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_shown(text: str, seen: str) -> None:
    assert shown(text) == seen


def test_of_all_characters_those_that_are_seen_stay() -> None:
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        if character.isprintable() and character not in "\u115f\u1160\u2800\u3164\uffa0":
            assert shown(character) == character
        elif unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in "\u200c\u200d":
            assert shown(character).isascii()


def test_lines_stay_lines() -> None:
    assert shown_lines("one\ttwo\n\x1b[2J\r") == "one\ttwo\n\\x1b[2J\\r"


@pytest.mark.parametrize(
    "text", ["seven", "-17", "+4.20", "-", "+", "=", "@", "", "3=3", "漢", "-1e5", "-1.png", "-x", "-5+3"]
)
def test_cells_that_stay(text: str) -> None:
    assert cell(text) == text


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "@SUM(1)", "+1+cmd|'x'!A0", "-2+SUM(A1)", "\t=1", "\r=1", "=1"])
def test_cells_that_a_spreadsheet_would_compute(text: str) -> None:
    assert cell(text) == f"'{shown(text)}"


def test_cells_show_what_cannot_be_seen() -> None:
    assert cell("a\x1b[31m\n\u202e.png") == r"a\x1b[31m\n\u202e.png"
