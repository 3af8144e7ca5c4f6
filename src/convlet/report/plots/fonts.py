"""Find fonts for characters that Matplotlib's font lacks: class names in Chinese, Japanese, Korean and others."""

import functools
from collections.abc import Iterable

_NONE = "\U000fffff"  # not a character: a font that has it draws a frame for everything


def families(texts: Iterable[str]) -> list[str]:
    """Return font families that together have all characters, as far as installed fonts do.

    Args:
        texts: the texts to draw.

    Returns:
        Matplotlib's own first, then as few as possible; each character is drawn in the first font that has it.
    """
    from matplotlib import font_manager

    path = font_manager.findfont(font_manager.FontProperties())
    wanted = frozenset(filter(str.isprintable, "".join(texts)))
    return [font_manager.FontProperties(fname=path).get_name(), *_others(wanted - _characters(path))]


@functools.cache
def _others(wanted: frozenset[str]) -> list[str]:
    from matplotlib import font_manager

    if not wanted:
        return []
    files: dict[str, str] = {}
    fonts = font_manager.fontManager.ttflist
    for entry in sorted(fonts, key=lambda each: (each.style != "normal", each.weight != 400)):  # upright and regular
        files.setdefault(entry.name, entry.fname)
    has: dict[str, frozenset[str]] = {}
    for name, path in files.items():
        characters = _characters(path)
        has[name] = frozenset() if _NONE in characters else wanted & characters
    found: list[str] = []
    while left := wanted.difference(*(has[name] for name in found)):
        best = max(has, key=lambda name: len(has[name] & left))
        if not has[best] & left:
            break
        found.append(best)
    return found


def _characters(path: str) -> frozenset[str]:
    """Return the characters in a font file; none if it cannot be read."""
    from matplotlib import font_manager

    try:
        return frozenset(map(chr, font_manager.get_font(path).get_charmap()))
    except (OSError, RuntimeError, ValueError):
        return frozenset()
