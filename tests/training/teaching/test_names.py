import unicodedata

import pytest

from convlet.errors import UsageError
from convlet.training.teaching.names import checked_name

KNOWN = ("0", "a", "Grün", "ﬁve")


@pytest.mark.parametrize("text", ["0", " 0 ", "cat", "+", "ä", "Katze und Maus", "数", "😀", "a b", "#", "%", "'", "&"])
def test_what_a_class_may_be_called(text: str) -> None:
    assert checked_name(text, KNOWN) == text.strip()


def test_one_spelling_of_a_name() -> None:
    assert checked_name(unicodedata.normalize("NFD", "Grün"), KNOWN) == "Grün"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no name"),
        ("   ", "no name"),
        ("a/b", "'/'"),
        ("a\\b", "'\\\\\\\\'"),
        ("../a", "'/'"),
        ("a:b", "':'"),
        ("a*", "'*'"),
        (".a", "hidden"),
        ("..", "hidden"),
        ("a.", "point"),
        ("a\nb", "cannot be seen"),
        ("a\x00b", "cannot be seen"),
        ("a\u202eb", "cannot be seen"),
        ("a\ud800b", "cannot be seen"),
        ("CON", "keep for themselves"),
        ("nul.txt", "keep for themselves"),
        ("Thumbs.db", "keep for themselves"),
        ("train", "part of a data set"),
        ("Test", "part of a data set"),
        ("x" * 61, "at most 60"),
        ("数" * 60 + "数" * 20, "at most 60"),
        ("A", "upper and lower case"),
        ("GRÜN", "upper and lower case"),
        ("five", "look alike"),
        ("\uff10", "look alike"),  # a wide 0
    ],
)
def test_what_none_may_be_called(text: str, why: str) -> None:
    with pytest.raises(UsageError) as raised:
        checked_name(text, KNOWN)
    assert why.replace("\\\\", "\\") in str(raised.value)
    assert str(raised.value).isprintable()
