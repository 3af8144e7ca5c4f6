"""Record the SHA-256 of every file of a folder in it, in the form that `sha256sum -c` reads, and check them."""

from pathlib import Path

from convlet.errors import ModelError
from convlet.system.files import sha256
from convlet.system.seal import damaged

SUMS = "SHA256SUMS"


def write_sums(folder: Path) -> None:
    """Write `SHA256SUMS` into a folder, about all files in it and below it."""
    lines = [f"{sha256(folder / name)}  {name}\n" for name in _names(folder)]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def require_sums(folder: Path, but: frozenset[str] = frozenset()) -> None:
    """Check a folder's files against its `SHA256SUMS`.

    Args:
        folder: the folder.
        but: files that were added later.

    Raises:
        ModelError: a file is not the one recorded, is missing, or is not recorded.
    """
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
        recorded = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder / SUMS} cannot be read ({error}). Make the folder again.") from error
    there = set(_names(folder)) - but
    for name in sorted(recorded.keys() | there):
        if name not in there:
            raise ModelError(f"{folder / name} is missing: {SUMS} lists it. Make the folder again.")
        if recorded.get(name) != sha256(folder / name):
            raise damaged(folder / name)


def _names(folder: Path) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(name for path in files if (name := path.relative_to(folder).as_posix()) != SUMS)
