"""Colors have one home, `page/colors.css`."""

import re
from pathlib import Path

import numpy as np
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
    icon = literals((PACKAGE / "page" / "icon.svg").read_text())
    assert f"{color('paper-teal')[1:]}" in {each.lstrip("#") for each in icon}
    heat = (PACKAGE / "page" / "local" / "heat.js").read_text()
    rgb = re.search(r"\[AGAINST, FOR\] = \[\s*\[([\d, ]+)\],\s*\[([\d, ]+)\],?\s*\]", heat).groups()
    assert ["#" + "".join(f"{int(part):02x}" for part in one.split(",")) for one in rgb] == [
        color("against"),
        color("for"),
    ]


def theme(scheme: str) -> dict[str, str]:
    """Every color of a mode, by name."""
    light, _, dark = stylesheet().partition("@media")
    named = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
    return dict(named.findall(light)) | (dict(named.findall(dark)) if scheme == "dark" else {})


def linear(code: str) -> np.ndarray:
    """Red, green and blue as light, 0 to 1."""
    values = np.array([int(code[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG's, 1 to 21."""
    low, high = sorted(float(linear(code) @ [0.2126, 0.7152, 0.0722]) for code in (one, other))
    return (high + 0.05) / (low + 0.05)


TEXT = {
    "ink": ("ground", "sheet", "raised", "grid", "teal-soft", "orange-soft", "right"),
    "soft": ("ground", "sheet", "grid"),
    "teal": ("ground", "sheet", "grid", "teal-soft", "right"),
    "orange": ("ground", "sheet", "orange-soft"),
    "on-teal": ("teal",),
    "paper-soft": ("paper",),
    "paper": ("paper-teal", "paper-orange"),
}
SHAPES = {"edge": ("ground", "sheet"), "orange": ("ground", "sheet", "paper"), "paper-orange": ("paper",)}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_what_must_be_seen_have_enough_contrast(scheme: str) -> None:
    """WCAG's level AA: 4.5 for text, 3 for edges of fields, rings of the focus and the pen."""
    colors = theme(scheme)
    pairs = [(one, other) for one, others in TEXT.items() for other in others]
    assert [pair for pair in pairs if contrast(colors[pair[0]], colors[pair[1]]) < 4.5] == []
    shapes = [
        (one, other) for one, others in SHAPES.items() for other in others if (scheme, other) != ("dark", "paper")
    ]
    assert [pair for pair in shapes if contrast(colors[pair[0]], colors[pair[1]]) < 3] == []


# How people see who lack one kind of cone: Machado, Oliveira and Fernandes 2009, severity 1.
BLIND = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(light: np.ndarray) -> np.ndarray:
    """CIELAB of red, green and blue as light."""
    parts = XYZ @ np.clip(light, 0, 1) / (XYZ @ np.ones(3))
    x, y, z = np.where(parts > 216 / 24389, np.cbrt(parts), (24389 / 27 * parts + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("kind", BLIND)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colors_that_mean_something_differ_for_color_blind_people(kind: str, scheme: str) -> None:
    colors = theme(scheme)
    pairs = [("paper-teal", "paper-amber"), ("for", "against"), ("teal", "orange"), ("right", "wrong")]
    pairs += [("paper-teal", "paper-orange")]
    seen = {name: lab(np.array(BLIND[kind]) @ linear(code)) for name, code in colors.items()}
    apart = {pair: float(np.linalg.norm(seen[pair[0]] - seen[pair[1]])) for pair in pairs}
    assert {pair: distance for pair, distance in apart.items() if distance < 20} == {}
