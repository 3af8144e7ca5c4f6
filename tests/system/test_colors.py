"""Colors have one home, `page/colors.css`."""

import re
from pathlib import Path

import pytest

import convlet
from convlet.system.colors import color, stylesheet

PACKAGE = Path(convlet.__file__).parent
HOME = PACKAGE / "page" / "colors.css"
FILES = sorted(path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".css", ".js", ".html") and path != HOME)
LITERAL = re.compile(r"(?:#|%23)([0-9a-f]{6}|[0-9a-f]{3})\b(?!;base64)", re.IGNORECASE)
PURE = {"000", "fff", "000000", "ffffff"}  # pixel values, no theme


def palette() -> set[str]:
    return {found.lower() for found in LITERAL.findall(HOME.read_text())} - PURE


def test_python_reads_the_light_theme() -> None:
    assert color("ground") == "#f4f6f6"
    assert color("teal") == color("paper-teal") == "#1f6f8b"
    assert stylesheet() == HOME.read_text()
    with pytest.raises(KeyError):
        color("purple")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_other_file_has_a_color_of_the_palette(path: Path) -> None:
    found = {literal.lower() for literal in LITERAL.findall(path.read_text(encoding="utf-8"))} & palette()
    if path.name != "index.html":  # its icon and theme-color cannot use a style sheet
        assert found == set()


def test_what_cannot_read_the_style_sheet_has_its_colors() -> None:
    index = (PACKAGE / "page" / "index.html").read_text()
    assert {found.lower() for found in LITERAL.findall(index)} - PURE <= palette()
    light = re.search(r'name="theme-color" content="(#\w+)" media="\(prefers-color-scheme: light\)"', index)
    assert light[1] == color("ground")
    heat = (PACKAGE / "page" / "local" / "heat.js").read_text()
    rgb = re.search(r"\[AGAINST, FOR\] = \[\[([\d, ]+)\], \[([\d, ]+)\]\]", heat).groups()
    assert ["#" + "".join(f"{int(part):02x}" for part in one.split(",")) for one in rgb] == [
        color("against"),
        color("for"),
    ]
