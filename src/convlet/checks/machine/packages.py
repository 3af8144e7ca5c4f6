"""Compare what is installed with what every package of convlet's asks for: pip's own check, of these packages alone."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from packaging.requirements import Requirement

OWN = "convlet"
# Two packages that write the same files: what is installed last wins, and removing one breaks the other.
RIVALS = (("tensorflow-cpu", "tensorflow"), ("onnxruntime", "onnxruntime-gpu"), ("keras", "keras-nightly"))
NOT_FOR_USERS = frozenset({"dev", "docs", "test"})  # extras


class Fault(NamedTuple):
    """A requirement that is not met.

    Attributes:
        package: the one that is missing or of another version.
        wanted: such as ">=2.1"; may be "".
        has: its version; None if it is not installed.
        by: the package that asks for it.
    """

    package: str
    wanted: str
    has: str | None
    by: str


def version_of(package: str) -> str | None:
    """Return a package's version, None if it is not installed; nothing is imported."""
    try:
        return distribution(package).version
    except PackageNotFoundError:
        return None


def faults(package: str = OWN, extra: str = "") -> list[Fault]:
    """Return what is not met of a package's requirements, and of those of the packages that it asks for.

    Args:
        package: an installed one.
        extra: take only the requirements that this extra adds.
    """
    found: dict[str, Fault] = {}
    seen = {(package, extra)}
    todo = [(package, one) for one in _requirements(package, extra)]
    while todo:
        by, wanted = todo.pop()
        has = version_of(wanted.name)
        if wanted.name != OWN and (has is None or not wanted.specifier.contains(has, prereleases=True)):
            found.setdefault(wanted.name, Fault(wanted.name, str(wanted.specifier), has, by))
        for more in ("", *sorted(wanted.extras)) if has is not None else ():
            if (wanted.name, more) not in seen and (wanted.name, more) != (OWN, ""):
                seen.add((wanted.name, more))
                todo += [(wanted.name, one) for one in _requirements(wanted.name, more)]
    return sorted(found.values())


def extras() -> list[str]:
    """Return the names of convlet's extras for users."""
    named = distribution(OWN).metadata.get_all("Provides-Extra") or []
    return sorted({*named} - NOT_FOR_USERS)


def rivals() -> Iterator[tuple[str, str]]:
    """Yield the pairs of packages that must not both be installed, and are."""
    for one, other in RIVALS:
        if version_of(one) and version_of(other):
            yield one, other


def _requirements(package: str, extra: str) -> "list[Requirement]":
    """Return what a package, or one extra of it, asks for on this machine."""
    from packaging.requirements import Requirement

    found = []
    for text in distribution(package).requires or []:
        one = Requirement(text)
        always = one.marker is None or one.marker.evaluate({"extra": ""})
        added = one.marker is not None and not always and one.marker.evaluate({"extra": extra})
        if added if extra else always:
            found.append(one)
    return found
