"""Find fonts for characters that Matplotlib's font lacks: class names in Chinese, Hindi, Thai and others.

Matplotlib joins and orders the letters of Arabic, Hindi and others by itself, from the font.
"""

import functools
from collections.abc import Iterable
from typing import Any

from convlet.system import fonts

_NONE = "\U000fffff"  # not a character: a font that has it draws a frame for everything


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
    return fonts.advice(lacking) if lacking else ""


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
    listed = font_manager.fontManager.ttflist
    for entry in sorted(listed, key=lambda each: (each.style != "normal", each.weight != 400)):  # upright and regular
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
    for path in [*fonts.packaged(), *font_manager.findSystemFonts()]:
        if path not in known:
            try:
                font_manager.fontManager.addfont(path)
            except (OSError, RuntimeError, ValueError):  # of a form that it cannot draw
                continue
            added = True
    return added


def _characters(path: str, index: int = 0) -> frozenset[str]:
    """Return the characters in a font file, of which a collection has several; none if it cannot be read."""
    from matplotlib import ft2font

    try:
        return frozenset(map(chr, ft2font.FT2Font(path, face_index=index).get_charmap()))
    except (OSError, RuntimeError, ValueError):
        return frozenset()
