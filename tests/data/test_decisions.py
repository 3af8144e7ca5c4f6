"""Reading labels.csv, the journal of decisions: what it may hold, and what an error says about what it may not."""

import string
from pathlib import Path

import numpy as np
import pytest

from convlet.data.decisions import (
    Decision,
    decisions_in,
    header_row,
    is_inside,
    is_journal,
    is_journal_file,
    parsed,
    row_of,
    wrong_class,
)
from convlet.errors import DataError

WHEN = "2026-11-28T09:30:00.000001+00:00"


def journal(*rows: str) -> bytes:
    return (header_row() + "".join(f"{row}\n" for row in rows)).encode()


def test_the_last_row_about_a_file_holds() -> None:
    found = parsed(
        journal(f"a.png,cat,,ann,{WHEN}", "b.png,,yes,,", f"a.png,dog,,bob,{WHEN}", "c.png,x,,,", "c.png,,,,"), "j"
    )
    assert found.rows == 5
    assert found.of == {"b.png": Decision("", True, "", "", 3), "a.png": Decision("dog", False, "bob", WHEN, 4)}


def test_what_is_written_is_read() -> None:
    random = np.random.default_rng(0)
    letters = [*string.printable.replace("\n", "").replace("\r", "").replace("\\", "").replace("/", ""), "ä", "数", "ع"]
    for _ in range(300):
        path = "/".join("p" + "".join(random.choice(letters, 5)) for _ in range(2))
        label = "L" + "".join(one for one in random.choice(letters, 4) if one.isprintable()).rstrip()
        excluded = bool(random.random() < 0.5)
        text = header_row() + row_of(path, Decision(label, excluded, 'who, "I"', WHEN))
        of = parsed(text.encode(), "j").of
        assert [(key, one.label, one.excluded) for key, one in of.items()] == [(path, label, excluded)]


def test_columns_in_another_order_without_who_and_when_and_by_a_spreadsheet() -> None:
    found = parsed("\ufeffExcluded,Path,Label\r\nYES,a.png,\r\nno,b.png,cat\r\n\r\n".encode(), "j")
    assert {path: (one.label, one.excluded) for path, one in found.of.items()} == {
        "a.png": ("", True),
        "b.png": ("cat", False),
    }


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (journal("a.png,cat,maybe,,"), r"line 2 has 'maybe' under excluded\. Expected yes, or nothing"),
        (journal("a.png,cat,,,", "../b.png,cat,,,"), r"line 3 has the path '\.\./b\.png'.*relative"),
        (journal("/b.png,cat,,,"), "line 2 has the path '/b.png'"),
        (journal("a\\b.png,cat,,,", ",cat,,,"), "line 3 has the path ''"),
        (journal("a.png,ca\x1bt,,,"), r"line 2 has the label 'ca\\x1bt'.*nobody can see"),
        (journal("a.png,cat/dog,,,"), "line 2 has the label 'cat/dog'.*slash"),
        (journal(f"a.png,{'x' * 201},,,"), "line 2 has the label.*at most 200"),
        (journal("a.png,cat"), "line 2 has 2 cells; expected 5, path,label,excluded,who,when"),
        (journal("a.png,cat,,,yesterday"), "line 2 has 'yesterday' under when.*2026"),
        (journal("a.png,cat,,\x00,"), "line 2 has .* under who"),
        (journal('a.png,"cat,,,'), "line 2 cannot be read"),
        (
            journal("a.png,\xe9,,,").decode().encode("latin-1"),
            r"line 2 is not UTF-8 text \(b'\\xe9,,,.*Save it as CSV UTF-8",
        ),
        (b"path;label;excluded;who;when\n", "line 1 is 'path;label.*Expected the names of the columns: path,label"),
        (b"path,lable,excluded,who,when\na.png,cat,,,\n", "line 1 is 'path,lable.*Expected the names of the columns"),
        (f"a.png,cat,,ann,{WHEN}\n".encode(), "line 1 is 'a.png,cat.*Write them into a line of their own"),
        (b"path,label,excluded,who,excluded\n", "line 1 is"),
        (header_row().encode("utf-16"), "UTF-16"),
    ],
)
def test_nonsense_is_told_with_its_line(content: bytes, says: str) -> None:
    with pytest.raises(DataError, match=says):
        parsed(content, "labels.csv")


@pytest.mark.parametrize("content", [b"path,lable,excluded,who,when\n", b"path;label;excluded;who;when\n", journal()])
def test_a_damaged_header_is_still_a_journal_s(content: bytes) -> None:
    assert is_journal(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"path,label\na.png,cat\n",
        b"file,label,split\n",
        b"path,label,excluded,split\n",
        b"\x00\x01\x02",
        b"a.png,cat,dog,3,4\n",
    ],
)
def test_other_tables_are_none(content: bytes, tmp_path: Path) -> None:
    assert not is_journal(content)
    (tmp_path / "labels.csv").write_bytes(content)
    assert not is_journal_file(tmp_path / "labels.csv")
    assert decisions_in(tmp_path) is None


def test_a_row_cut_off_at_any_byte_loses_nothing_before_it() -> None:
    first, last = f"a.png,cat,,ann,{WHEN}", f"dör/b.png,dög,,ann,{WHEN}"
    whole = journal(first)
    for end in range(len(last.encode())):
        found = parsed(whole + last.encode()[:end], "j")
        assert found.of["a.png"].label == "cat"
        assert len(whole) == (found.whole or len(whole))
        if "dör/b.png" in found.of:  # all but the end of its time was there
            assert (found.of["dör/b.png"].label, found.whole) == ("dög", 0)


def test_a_last_row_made_by_hand_is_told_even_without_its_end() -> None:
    with pytest.raises(DataError, match="line 3 has 'maybe' under excluded"):
        parsed(b"path,label,excluded,who,when\na/0.png,b,,,\na/1.png,b,maybe,,", "labels.csv")


def test_a_last_row_without_its_end_counts() -> None:
    assert parsed(journal() + b"a.png,cat,,,", "j").of["a.png"].label == "cat"


def test_a_damaged_row_before_the_last_is_an_error_whatever_the_last_is() -> None:
    with pytest.raises(DataError, match="line 2 has 2 cells"):
        parsed(journal("a.png,cat") + b"b.png,do", "j")


def test_rows_of_one_time_are_a_step() -> None:
    found = parsed(journal(f"a.png,cat,,ann,{WHEN}", f"b.png,cat,,ann,{WHEN}", "c.png,cat,,,", "d.png,cat,,,"), "j")
    assert [[*step] for step in found.steps] == [["a.png", "b.png"], ["c.png"], ["d.png"]]


@pytest.mark.parametrize("path", ["a.png", "a/b c.png", " a.png", "ä/數.png", "a\\b.png", "..a/b"])
def test_paths_inside(path: str) -> None:
    assert is_inside(path)


@pytest.mark.parametrize("path", ["", "/a", "a/", "a//b", "./a", "a/../b", "..", "a\nb", "a\rb", "a\0b"])
def test_paths_that_are_none(path: str) -> None:
    assert not is_inside(path)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("a/b", "slash"),
        ("a\\b", "slash"),
        ("\x07", "nobody can see"),
        (" ", "needs"),
        ("x" * 201, "201"),
        ("a\u202eb", "nobody"),
    ],
)
def test_class_names_that_cannot_be(name: str, says: str) -> None:
    assert says in wrong_class(name)
    assert wrong_class("Zürich 2") == ""
