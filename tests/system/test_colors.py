"""Colors have one home, `page/colors.css`."""

import re
from pathlib import Path

import pytest
from PIL import ImageColor

import convlet
from convlet.system.colors import color, stylesheet

PACKAGE = Path(convlet.__file__).parent
HOME = PACKAGE / "page" / "colors.css"
FILES = sorted(path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".css", ".js", ".html") and path != HOME)
HEX = re.compile(r"(?:#|%23)([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\b(?!;base64|\()", re.IGNORECASE)  # no `this.#add(`
MIXED = re.compile(r"\b(?:rgba?|hsla?|hwb|(?:ok)?lab|(?:ok)?lch)\(\s*[\d.].*?\)", re.IGNORECASE)
PURE = {"000", "fff", "000000", "ffffff", "black", "white"}  # pixel values, no theme


def palette() -> set[str]:
    return {found.lower() for found in HEX.findall(HOME.read_text())} - PURE


def literals(text: str, *, css: bool = False) -> set[str]:
    """The colors that a text holds itself; names of colors are looked for in style sheets alone."""
    found = {literal.lower() for literal in [*HEX.findall(text), *MIXED.findall(text)]}
    for value in re.findall(r":\s([^;{}]*)", text.lower()) if css else []:
        found |= ImageColor.colormap.keys() & re.findall(r"[\w-]+", value)
    return found - PURE


def test_python_reads_the_light_theme() -> None:
    assert color("ground") == "#f4f6f6"
    assert color("teal") == color("paper-teal") == "#1f6f8b"
    assert stylesheet() == HOME.read_text()
    with pytest.raises(KeyError):
        color("purple")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('context.fillStyle = "#14212b";', {"14212b"}),
        ("a { box-shadow: 0 1px 3px rgb(10 25 30 / 14%); }", {"rgb(10 25 30 / 14%)"}),
        ("a:hover { border: 1px solid Orange }", {"orange"}),
        ("this.#add(event);", set()),
        (".red { color: var(--orange); background: #fff; }", set()),
    ],
)
def test_literals_are_told_from_other_words(text: str, found: set[str]) -> None:
    assert literals(text, css=True) == found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_other_file_has_a_color_but_pure_black_and_white(path: Path) -> None:
    if path.name != "index.html":  # its icon and theme-color cannot use a style sheet
        assert literals(path.read_text(encoding="utf-8"), css=path.suffix == ".css") == set()


def test_what_cannot_read_the_style_sheet_has_its_colors() -> None:
    index = (PACKAGE / "page" / "index.html").read_text()
    assert literals(index) <= palette()
    light = re.search(r'name="theme-color" content="(#\w+)" media="\(prefers-color-scheme: light\)"', index)
    assert light[1] == color("ground")
    heat = (PACKAGE / "page" / "local" / "heat.js").read_text()
    rgb = re.search(r"\[AGAINST, FOR\] = \[\s*\[([\d, ]+)\],\s*\[([\d, ]+)\],?\s*\]", heat).groups()
    assert ["#" + "".join(f"{int(part):02x}" for part in one.split(",")) for one in rgb] == [
        color("against"),
        color("for"),
    ]
