"""Text in HTML: escaped, and seen."""

import pytest

from convlet.report.markup import element


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b>", "&lt;b&gt;"),
        ("gpj\N{RIGHT-TO-LEFT OVERRIDE}.exe", r"gpj\u202e.exe"),
        ("half\udcff", r"half\udcff"),
        ("two\nlines", "two\nlines"),
        ("日本語 שלום", "日本語 שלום"),
    ],
)
def test_text_and_attributes(text: str, shown: str) -> None:
    assert element("p", text, title=text) == f'<p title="{shown}">{shown}</p>'
