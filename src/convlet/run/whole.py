"""Check every file of a run, or of an export, against the digest that was recorded for it."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from convlet.errors import ModelError
from convlet.run.folder import Run
from convlet.run.origin import RECIPE
from convlet.run.recording import CHECKPOINTS
from convlet.system.files import sha256
from convlet.system.places import MANIFEST
from convlet.system.seal import damaged, may_be_sealed, require_whole
from convlet.system.sums import SUMS, require_sums

_CARD = frozenset({"MODEL.md"})  # written beside the files of an export


class Checked(NamedTuple):
    """A file, and what is wrong with it, or ""."""

    file: Path
    problem: str


def check_files(path: Path) -> Iterator[Checked]:
    """Check a run folder, an exported folder, or a model file.

    Yields:
        Each file or exported folder that has a recorded digest.

    Raises:
        ModelError: it is none of these, or has no recorded digest.
    """
    if (path / MANIFEST).is_file():
        yield from _of_run(Run(path))
    elif (path / SUMS).is_file():
        yield Checked(path, _problem(lambda: require_sums(path, _CARD)))
    elif path.is_file():
        yield Checked(path, _problem(partial(_require_own, path)))
    else:
        raise ModelError(
            f"{path} is no run folder, no exported folder and no model file: there is nothing to check. "
            "Name one of these, or `latest`."
        )


def _of_run(run: Run) -> Iterator[Checked]:
    path = run.path
    if problem := _problem(lambda: run.manifest):
        yield Checked(path / MANIFEST, problem)
        return
    yield Checked(path / MANIFEST, "")
    recorded = dict(run.manifest.get("files") or {})
    if RECIPE not in recorded:
        yield Checked(path / RECIPE, _problem(lambda: run.recipe))
    for name, digest in recorded.items():
        missing = "" if (path / name).is_file() else f"{path / name} is missing: {MANIFEST} lists it."
        wrong = "" if missing or sha256(path / name) == digest else str(damaged(path / name))
        yield Checked(path / name, missing or wrong)
    for state in (path / name for name in CHECKPOINTS):
        if state.is_file():
            yield Checked(state, _problem(partial(_require_sealed, state)))


def _require_sealed(path: Path) -> None:
    require_whole(path.read_bytes(), path)


def _require_own(path: Path) -> None:
    content = path.read_bytes()
    if not may_be_sealed(content):
        raise ModelError(
            f"{path} has no SHA-256 inside, as a file that convlet writes has: another program wrote it, or it was cut "
            "off. Copy it again from where it came from."
        )
    require_whole(content, path)


def _problem(check: Callable[[], object]) -> str:
    try:
        check()
    except (ModelError, OSError) as error:
        return str(error)
    return ""
