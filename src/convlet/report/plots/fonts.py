"""Find fonts for characters that Matplotlib's font lacks: class names in Chinese, Hindi, Thai and others.

Matplotlib joins and orders the letters of Arabic, Hindi and others by itself, from the font.
"""

import functools
import importlib.util
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from convlet.system.installing import told

_NONE = "\U000fffff"  # not a character: a font that has it draws a frame for everything
_PACKAGES = ("manimgx_fonts", "noto_cjk_sans_otc")  # of the extra `fonts`: files of Noto, and no code
_FILES = (".ttf", ".ttc", ".otf")
_MOST = 8  # characters named


class MissingGlyphWarning(UserWarning):
    """No font on this machine has some characters of a plot."""


def families(texts: Iterable[str]) -> list[str]:
    """Return font families that together have all characters, as far as there are fonts for them.

    Args:
        texts: the texts to draw.

    Returns:
        Matplotlib's own first, then as few as possible; each character is drawn in the first font that has it.
    """
    own, wanted = _lacking(texts)
    return [own, *_others(wanted)[0]]


def advice(texts: Iterable[str]) -> str:
    """Return which characters no font has, and what to install; empty if all have one."""
    _, wanted = _lacking(texts)
    _, lacking = _others(wanted)
    if not lacking:
        return ""
    some = ", ".join(f"{each} ({_named(each)})" for each in sorted(lacking)[:_MOST])
    more = f" and {len(lacking) - _MOST} more" if len(lacking) > _MOST else ""
    return (
        f"no font here has {some}{more}: a frame stands in the picture instead. "
        f"Install fonts that have them: {told('fonts')}, or the system's Noto fonts "
        "(apt-get install fonts-noto-core fonts-noto-cjk)."
    )


def _named(character: str) -> str:
    return unicodedata.name(character, f"U+{ord(character):04X}")


def _lacking(texts: Iterable[str]) -> tuple[str, frozenset[str]]:
    """Return Matplotlib's own family, and the characters that it lacks."""
    from matplotlib import font_manager

    path = font_manager.findfont(font_manager.FontProperties())
    wanted = frozenset(filter(str.isprintable, "".join(texts)))
    return font_manager.FontProperties(fname=path).get_name(), wanted - _characters(path)


@functools.cache
def _others(wanted: frozenset[str]) -> tuple[list[str], frozenset[str]]:
    """Return as few families as possible, and the characters that none has."""
    found, left = _chosen(wanted) if wanted else ([], wanted)
    if left and _add_fonts():
        found, left = _chosen(wanted)
    return found, left


def _chosen(wanted: frozenset[str]) -> tuple[list[str], frozenset[str]]:
    from matplotlib import font_manager

    files: dict[str, Any] = {}
    fonts = font_manager.fontManager.ttflist
    for entry in sorted(fonts, key=lambda each: (each.style != "normal", each.weight != 400)):  # upright and regular
        files.setdefault(entry.name, entry)
    has: dict[str, frozenset[str]] = {}
    for name, entry in files.items():
        characters = _characters(entry.fname, entry.index)
        has[name] = frozenset() if _NONE in characters else wanted & characters
    found: list[str] = []
    while left := wanted.difference(*(has[name] for name in found)):
        best = max(has, key=lambda name: len(has[name] & left))
        if not has[best] & left:
            break
        found.append(best)
    return found, left


def _add_fonts() -> bool:
    """Tell Matplotlib of fonts that it does not know: of the extra, and installed since it looked; whether of any."""
    from matplotlib import font_manager

    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    added = False
    for path in [*_packaged(), *font_manager.findSystemFonts()]:
        if path not in known:
            try:
                font_manager.fontManager.addfont(path)
            except (OSError, RuntimeError, ValueError):  # of a form that it cannot draw
                continue
            added = True
    return added


def _packaged() -> list[str]:
    specs = [importlib.util.find_spec(name) for name in _PACKAGES]
    folders = [Path(folder) for spec in specs if spec for folder in spec.submodule_search_locations or ()]
    return [str(file) for folder in folders for file in sorted(folder.iterdir()) if file.suffix in _FILES]


def _characters(path: str, index: int = 0) -> frozenset[str]:
    """Return the characters in a font file, of which a collection has several; none if it cannot be read."""
    from matplotlib import ft2font

    try:
        return frozenset(map(chr, ft2font.FT2Font(path, face_index=index).get_charmap()))
    except (OSError, RuntimeError, ValueError):
        return frozenset()
