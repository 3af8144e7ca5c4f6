"""Write a line on a picture in fonts that have its characters: class names may be in any script.

Pillow's own font has Latin letters alone. What it lacks is drawn in installed fonts, or in those of the extra `fonts`.
"""

import functools
import importlib.util
import os
import re
import sys
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

from PIL import Image, ImageDraw, ImageFont

from convlet.system.installing import told

Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont
_PACKAGES = ("manimgx_fonts", "noto_cjk_sans_otc")  # of the extra `fonts`: searched for files, never imported
_SUFFIXES = (".ttf", ".ttc", ".otf")
_NONE = "\U000fffff"  # not a character: a font draws what it draws for all that it lacks
_NO = re.compile("lastresort", re.IGNORECASE)  # a font of macOS that has a frame for everything
_LAST = re.compile("bold|italic|oblique|black|heavy|light|thin|mono|emoji", re.IGNORECASE)  # upright and regular first
_MOST = 8  # characters named
_SIDE = 24  # pixels of the picture in which a glyph is looked at


class MissingGlyphWarning(UserWarning):
    """No font on this machine has some characters of a plot or picture."""


def packaged() -> list[str]:
    """Return the files of the extra's fonts; its packages are not imported."""
    specs = [importlib.util.find_spec(name) for name in _PACKAGES]
    folders = [Path(folder) for spec in specs if spec for folder in spec.submodule_search_locations or ()]
    return [str(file) for folder in folders for file in sorted(folder.iterdir()) if file.suffix in _SUFFIXES]


def advice(lacking: Iterable[str]) -> str:
    """Return which characters no font has, and what to install."""
    characters = sorted(lacking)
    some = ", ".join(f"{each} ({unicodedata.name(each, f'U+{ord(each):04X}')})" for each in characters[:_MOST])
    more = f" and {len(characters) - _MOST} more" if len(characters) > _MOST else ""
    return (
        f"no font here has {some}{more}: a frame stands in the picture instead. "
        f"Install fonts that have them: {told('fonts')}, or the system's Noto fonts "
        "(on Debian and Ubuntu apt-get install fonts-noto-core fonts-noto-cjk)."
    )


def length(text: str, size: float) -> float:
    """Return how many pixels wide a line is, written `size` pixels high."""
    return sum(font.getlength(run) for run, font in _runs(text, size))


def write(
    draw: ImageDraw.ImageDraw, place: tuple[float, float], text: str, fill: str, size: float, anchor: str = "la"
) -> None:
    """Write a line, each character in a font that has it.

    Args:
        draw: of the picture.
        place: x and y in pixels of what `anchor` names: "la" the upper left corner, "mm" the middle.
        text: one line.
        fill: a color.
        size: pixels.
        anchor: see Pillow's.

    Warns:
        MissingGlyphWarning: no font has a character of it. It says what to install.
    """
    runs = _runs(text, size)
    if lacking := _chosen(_unknown(text))[1]:
        warnings.warn(advice(lacking), MissingGlyphWarning, stacklevel=2)
    if len(runs) == 1:
        draw.text(place, text, fill, runs[0][1], anchor=anchor)
        return
    left, top = place
    own = _opened("", size)
    ascent, descent = own.getmetrics() if isinstance(own, ImageFont.FreeTypeFont) else (size, 0.0)
    base = top + (ascent if anchor[1] == "a" else (ascent - descent) / 2)
    left -= length(text, size) / 2 if anchor[0] == "m" else 0
    for run, font in runs:
        draw.text((left, base), run, fill, font, anchor="ls")
        left += font.getlength(run)


def _runs(text: str, size: float) -> list[tuple[str, Font]]:
    """Return the parts of a line, each with its font. Signs and blanks belong to what stands around them."""
    lacking = _unknown(text)
    paths, _ = _chosen(lacking)
    places = [next((path for path in paths if _has(path, each)), "") if each in lacking else "" for each in text]
    for at, each in enumerate(text):
        around = {places[at - 1], next((one for one in places[at + 1 :] if one), "")} if at else set()
        if not places[at] and not each.isalnum() and len(around) == 1 and _has(path := around.pop(), each):
            places[at] = path  # so that the words of a language written from the right stay in order
    runs: list[tuple[str, str]] = []
    for each, path in zip(text, places, strict=True):
        if runs and runs[-1][1] == path:
            runs[-1] = runs[-1][0] + each, path
        else:
            runs.append((each, path))
    return [(run, _opened(path, size)) for run, path in runs or [(text, "")]]


@functools.lru_cache(64)
def _opened(path: str, size: float) -> Font:
    """Return a font; "" is Pillow's own."""
    return ImageFont.truetype(path, size) if path else ImageFont.load_default(size)


@functools.lru_cache(1024)
def _unknown(text: str) -> frozenset[str]:
    """Return the characters that Pillow's own font lacks."""
    return _lacking(_opened("", _SIDE / 2), text)


@functools.cache
def _chosen(wanted: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return as few font files as possible, and the characters that none has."""
    if not wanted:
        return (), wanted
    has: dict[str, frozenset[str]] = {}
    for path, font in _installed():
        has[path] = wanted - _lacking(font, wanted)
        if has[path] == wanted:  # one is enough, and there may be thousands
            return (path,), frozenset()
    found: list[str] = []
    while left := wanted.difference(*(has[path] for path in found)):
        best = max(has, key=lambda path: len(has[path] & left), default="")
        if not best or not has[best] & left:
            break
        found.append(best)
    return tuple(found), left


def _installed() -> Iterator[tuple[str, Font]]:
    """Yield the fonts of this machine that can be opened, upright and regular ones first, then those of the extra."""
    files = {str(file) for folder in _folders() for file in folder.rglob("*") if file.suffix.lower() in _SUFFIXES}
    for path in [*sorted(files, key=lambda path: (bool(_LAST.search(path)), path)), *packaged()]:
        if not _NO.search(path):
            try:
                yield path, ImageFont.truetype(path, _SIDE / 2)
            except (OSError, ValueError):  # of a form that Pillow cannot draw
                continue


def _folders() -> list[Path]:
    """Return where fonts are, and Matplotlib's, if it is installed."""
    home, plots = Path("~").expanduser(), importlib.util.find_spec("matplotlib")
    if sys.platform == "win32":
        roots = [Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts"]
        roots.append(Path(os.environ.get("LOCALAPPDATA", home)) / "Microsoft" / "Windows" / "Fonts")
    elif sys.platform == "darwin":
        roots = [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library" / "Fonts"]
    else:
        data = os.environ.get("XDG_DATA_HOME") or home / ".local" / "share"
        roots = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path(data) / "fonts", home / ".fonts"]
    if plots and plots.origin:
        roots.append(Path(plots.origin).parent / "mpl-data" / "fonts" / "ttf")
    return [root for root in roots if root.is_dir()]


@functools.cache
def _has(path: str, character: str) -> bool:
    return bool(path) and not _lacking(_opened(path, _SIDE / 2), character)


def _lacking(font: Font, characters: Iterable[str]) -> frozenset[str]:
    """Return the characters that a font draws as it draws what is no character, or not at all."""
    nothing = {_drawn(font, _NONE), _drawn(font, " ")}
    seen = {each for each in characters if each.isprintable() and not each.isspace()}
    return frozenset(each for each in seen if _drawn(font, each) in nothing)


def _drawn(font: Font, character: str) -> bytes:
    picture = Image.new("L", (_SIDE, _SIDE))
    ImageDraw.Draw(picture).text((_SIDE / 3, _SIDE / 4), character, 255, font)
    return picture.tobytes()
