"""Show text that strangers wrote: names of files, of classes, of models."""

import re
import unicodedata
from collections.abc import Iterable

# Controls, marks that turn the direction of writing, other invisible marks, halves of characters, and line separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # letters that look like spaces
_JOINERS = "\u200c\u200d"  # some scripts and emoji need them
_FORMULA = re.compile(r"[=@\t\r\n].|[-+].*[(|!=]", re.DOTALL)


def shown(text: str) -> str:
    r"""Return a text of one line in which every character can be seen: others are escaped, such as `\x1b` and `\n`.

    So a name can neither steer a terminal nor look like a line of convlet's own.

    Example:
        >>> shown("7.png\n8.png")
        '7.png\\n8.png'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(one) for one in text)


def shown_lines(text: str) -> str:
    """Return a text like `shown`, but keep its line breaks and tabs."""
    return "\n".join("\t".join(map(shown, line.split("\t"))) for line in text.split("\n"))


def near(name: str, names: Iterable[str], most: int = 1) -> str:
    """Return a question after the `most` names that are spelled like one, to put before what was expected.

    It is "" if none is.

    Example:
        >>> near("blanced", ["fast", "balanced"])
        'Did you mean balanced? '
    """
    import difflib

    alike = {each.lower().replace("_", "-"): each for each in names}
    found = difflib.get_close_matches(str(name).lower().replace("_", "-"), alike, most, 0.65)
    return f"Did you mean {' or '.join(alike[each] for each in found)}? " if found else ""


def cell(text: str) -> str:
    """Return a text for a CSV file, like `shown`; what a spreadsheet would take for a formula after an apostrophe."""
    return f"'{shown(text)}" if _FORMULA.match(text) else shown(text)


def _escaped(character: str) -> str:
    hidden = unicodedata.category(character) in _UNSEEN or character in _BLANK
    if not hidden or character in _JOINERS:
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
