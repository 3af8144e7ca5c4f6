"""Fonts for what Matplotlib's own cannot write: names of classes in Chinese, Japanese, Korean, Thai and others."""

import functools
from collections.abc import Iterable

_OWN = "DejaVu Sans"  # comes with Matplotlib
_FRAMES = "Last Resort"  # likewise: a frame for every character there is


def families(texts: Iterable[str]) -> list[str]:
    """Return font families that write all characters together, as far as installed fonts have them.

    Args:
        texts: what is to be written.

    Returns:
        Matplotlib's own first; each character is drawn in the first family that has it.
    """
    return [_OWN, *_others(frozenset("".join(texts)) - _characters_of_own() - {"\n"})]


@functools.cache
def _others(wanted: frozenset[str]) -> list[str]:
    from matplotlib import font_manager

    found: list[str] = []
    left = set(wanted)
    fonts = font_manager.fontManager.ttflist
    # Upright, regular fonts first: most families have one, and it is enough to look into that.
    for entry in sorted(fonts, key=lambda each: (each.style != "normal", each.weight != 400)):
        if not left:
            break
        if entry.name.startswith(_FRAMES) or entry.name in found:
            continue
        if has := left & _characters(entry.fname):
            found.append(entry.name)
            left -= has
    return found


@functools.cache
def _characters_of_own() -> frozenset[str]:
    from matplotlib import font_manager

    return _characters(font_manager.findfont(_OWN))


def _characters(path: str) -> frozenset[str]:
    """Return the characters of a font's file, none if it cannot be read."""
    from matplotlib import font_manager

    try:
        return frozenset(map(chr, font_manager.get_font(path).get_charmap()))
    except (OSError, RuntimeError):
        return frozenset()
