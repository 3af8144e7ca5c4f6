"""What a terminal can show, and what a file may be called."""

import importlib
import locale
import os
import sys
from collections.abc import Iterator
from typing import Any

from convlet.checks.machine.item import HINT, OK, Item

_GROUP = "terminal"
_SIGNS = "é…─漢"


def items() -> Iterator[Item]:
    """Yield what is found."""
    yield _encoding("output", getattr(sys.stdout, "encoding", None) or "utf-8")
    yield _encoding("files", locale.getpreferredencoding(do_setlocale=False))
    if sys.platform == "win32":
        yield _long_paths()


def _encoding(name: str, encoding: str) -> Item:
    try:
        _SIGNS.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        cure = "Set PYTHONUTF8=1 (Windows: setx PYTHONUTF8 1), or LANG to a language in UTF-8."
        return Item(_GROUP, name, HINT, f"{encoding}, which lacks letters; they are shown as ?", cure)
    return Item(_GROUP, name, OK, encoding)


def _long_paths() -> Item:
    """Say whether Windows opens paths of more than 260 characters."""
    winreg: Any = importlib.import_module("winreg")  # Windows's alone

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SYSTEM\CurrentControlSet\Control\FileSystem") as key:
            allowed = bool(winreg.QueryValueEx(key, "LongPathsEnabled")[0])
    except OSError:
        allowed = False
    if allowed or len(os.getcwd()) < 120:  # noqa: PTH109
        return Item(_GROUP, "long paths", OK, "allowed" if allowed else "not allowed, and this folder's is short")
    cure = "Set LongPathsEnabled to 1 in the registry, or use a folder nearer to the drive's root."
    return Item(_GROUP, "long paths", HINT, "paths of over 260 characters are refused, and this folder's is long", cure)
