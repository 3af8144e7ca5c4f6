"""Python, convlet and the packages that it asks for."""

import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

from convlet.checks.machine.item import HINT, OFF, OK, WRONG, Item
from convlet.checks.machine.packages import OWN, extras, faults, rivals, version_of
from convlet.system.installing import requirement, told_pip
from convlet.system.installing import told as install

_GROUP = "Python"
_FIRST, _AFTER = (3, 11), (3, 14)
_MOST = 5  # faults that are named


def items(version: str) -> Iterator[Item]:
    """Yield what is found; `version` is that of the code that runs."""
    yield _python()
    installed, place = version_of(OWN), Path(__file__).parents[2]
    if installed is None:
        told = f"{version} in {place}; it is not installed, so what it needs cannot be checked"
        yield Item(_GROUP, OWN, HINT, told, "Install it: pip install -e FOLDER")
        return
    if installed != version:
        told = f"{version} in {place}, but {installed} is installed: another copy comes first"
        yield Item(_GROUP, OWN, HINT, told, "Unset PYTHONPATH, run it from another folder, or install it again.")
    else:
        yield Item(_GROUP, OWN, OK, f"{version} in {place}")
    yield from _packages()
    yield from _extras()


def _python() -> Item:
    version = sys.version_info[:2]
    bits = 64 if sys.maxsize > 2**32 else 32
    told = f"{platform.python_version()} ({platform.python_implementation()}, {bits} bits), {platform.platform()}"
    if not _FIRST <= version < _AFTER or bits == 32:
        cure = "Install a 64-bit Python 3.11, 3.12 or 3.13, and convlet into it."
        return Item(_GROUP, "version", WRONG, f"{told}. Expected 3.11 to 3.13 of 64 bits", cure)
    if "RELEASE_ARM64" in platform.version() and platform.machine() == "x86_64":
        cure = "Install Python for Apple silicon (arm64), and convlet into it."
        return Item(_GROUP, "version", HINT, f"{told}: a Python for Intel, translated, on Apple silicon", cure)
    own = "in an environment of its own" if sys.prefix != sys.base_prefix else "in the system's Python"
    return Item(_GROUP, "version", OK, f"{told}, {own}")


def _packages() -> Iterator[Item]:
    unmet, everything = faults(), told_pip("install", "--upgrade", *requirement())
    for one in unmet[:_MOST]:
        has = f"is {one.has}" if one.has else "is not installed"
        wanted = f"{one.by} asks for {one.package}{one.wanted}"
        line = told_pip("install", f"{one.package}{one.wanted}")
        yield Item(
            _GROUP, one.package, WRONG, f"{one.package} {has}; {wanted}", f"{line}, or all of them: {everything}"
        )
    if len(unmet) > _MOST:
        yield Item(_GROUP, "packages", WRONG, f"{len(unmet) - _MOST} more are missing or do not fit", everything)
    if not unmet:
        yield Item(_GROUP, "packages", OK, "everything that convlet asks for is installed, in versions that fit")
    for package, rival in rivals():
        anew = told_pip("install", "--force-reinstall", "--no-deps", package)
        cure = f"{told_pip('uninstall', package, rival)}, then: {anew}"
        yield Item(_GROUP, package, WRONG, f"{package} and {rival} are both installed, and write the same files", cure)
    if os.environ.get("PYTHONOPTIMIZE"):
        yield Item(_GROUP, "PYTHONOPTIMIZE", OK, "set: assertions of libraries are off")


def _extras() -> Iterator[Item]:
    """Say which extras are installed; those of which a package is too old by themselves."""
    here: list[str] = []
    away: list[str] = []
    for name in extras():
        unmet = faults(OWN, name)
        if old := [one for one in unmet if one.has and one.by == OWN]:
            told = ", ".join(f"{one.package} is {one.has}, expected {one.wanted}" for one in old)
            yield Item(_GROUP, f"extra {name}", HINT, told, install(name))
        else:
            (away if unmet else here).append(name)
    if here:
        yield Item(_GROUP, "extras", OK, f"installed: {', '.join(here)}")
    if away:
        first = "train" if "train" in away else away[0]
        told = f"not installed: {', '.join(away)}. To have one: {install(first)}"
        yield Item(_GROUP, "other extras", OFF, told)
