"""Say what a class that is taught may be called: its name is also that of its folder."""

import re
from collections.abc import Iterable
from unicodedata import normalize

from convlet.data.columns import split_named
from convlet.data.names import class_name, is_readable
from convlet.data.tree import passed_over
from convlet.errors import UsageError
from convlet.system.text import shown

_LONGEST = 60  # characters
_MOST_BYTES = 200  # a file system takes 255, and temporary folders have longer names
_OUTSIDE = re.compile(r'[/\\:*?"<>|]')  # not in a file's name, on one system or another
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)  # Windows's


def checked_name(text: str, classes: Iterable[str], *, made: bool = False) -> str:
    """Return the class that a text names: one of `classes`, or a new one.

    Args:
        text: what a person wrote.
        classes: those that there are.
        made: whether its folder was made by hand, for the advice.

    Raises:
        UsageError: no folder can have the name, or it differs from a class in upper and lower case alone, or in signs
            that look alike.
    """
    name, known = class_name(text), tuple(classes)
    if not name:
        raise UsageError("The class has no name. Expected a word or a sign, such as 7 or cat.")
    if not is_readable(name):
        raise UsageError(f"The class {name[:_LONGEST]!r} has characters that cannot be seen. Write it without them.")
    if len(name) > _LONGEST or len(name.encode()) > _MOST_BYTES:
        raise UsageError(f"The class {name[:20]!r}... has {len(name):,} characters. Expected at most {_LONGEST}.")
    if found := _OUTSIDE.search(name):
        raise _refused(name, f"has {found[0]!r} in it, which no folder can have")
    if name.startswith("."):
        raise _refused(name, "begins with a point: folders of such names are hidden")
    if name.endswith("."):
        raise _refused(name, "ends with a point, which not every system keeps")
    if passed_over(name) or _DEVICES.fullmatch(name):
        raise _refused(name, "is a name that systems keep for themselves")
    if split_named(name):
        raise _refused(name, "is the name of a part of a data set: its images would be taken for that part")
    if name not in known and (alike := [one for one in known if _folded(one) == _folded(name)]):
        advice = "Rename its folder, or join the two." if made else f"Choose {shown(alike[0])!r}, or another name."
        raise UsageError(
            f"The class {shown(name)!r} differs from {shown(alike[0])!r} in upper and lower case or in signs that look "
            f"alike, and not every disk tells such folders apart. {advice}"
        )
    return name


def _folded(name: str) -> str:
    return normalize("NFKC", normalize("NFKC", name).casefold())


def _refused(name: str, why: str) -> UsageError:
    return UsageError(f"The class {shown(name)!r} {why}, and its examples are kept in one. Choose another name.")
