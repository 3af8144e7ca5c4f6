"""Remove a run and rename one, so that nothing that leads to it is left wrong."""

import contextlib
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from filelock import Timeout

from convlet.data.names import is_readable
from convlet.errors import InputError, ModelError, OutputError, StaleError, UsageError
from convlet.run.recording import Recording
from convlet.system.box import boxed, is_boxed
from convlet.system.files import real_path, unfinished
from convlet.system.places import LATEST, MANIFEST
from convlet.system.text import shown

_MOST_BYTES = 200  # a file system takes 255, and temporary folders have longer names
_OUTSIDE = re.compile(r'[/\\:*?"<>|]')  # not in a file's name, on one system or another
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)  # Windows's
_HOLDERS = "study.json", "generations.json"  # beside or above runs that are counted there


def changeable(path: Path) -> Recording:
    """Return a run that may be removed or renamed.

    Raises:
        ModelError: it is no run folder, a link to one, a model in the box, or a part of a study or a lesson.
        StaleError: it is being trained.
    """
    run = Recording(path, MANIFEST, "a run folder", "train")
    if path.is_symlink():
        raise ModelError(f"{path} is a link to {real_path(path)}. Name that folder, or remove the link.")
    if is_boxed(path):
        raise ModelError(f"{path.name} comes with convlet: it stays as it is. Name a run of your own.")
    place = real_path(path)
    for above in list(place.parents)[:3]:
        for holder in _HOLDERS:
            if (above / holder).is_file():
                raise ModelError(f"{path} belongs to {above}, whose {holder} counts on it. Remove that folder instead.")
    with contextlib.suppress(ModelError):  # a damaged manifest says nothing; the lock does
        if run.manifest["status"] != "running" or run.status != "running":
            return run
        raise _trained(path)
    return run


def children(run: Recording) -> list[Recording]:
    """Return the runs beside a run that go on from it."""
    place, found = real_path(run.path), []
    for child in sorted(run.path.parent.iterdir()):
        with contextlib.suppress(ModelError, OSError):
            other = Recording(child, MANIFEST, "a run folder", "train")
            start = other.manifest.get("start")
            if start and not child.is_symlink() and real_path(start["path"]) == place:
                found.append(other)
    return found


def remove(path: Path) -> None:
    """Remove a run for good. It is whole or gone: what a kill leaves of it, `convlet runs clean` removes.

    Raises:
        ModelError: it is no run that may be removed; see `changeable`.
        StaleError: it is being trained.
        OutputError: it cannot be removed.
    """
    run, parent = changeable(path), path.absolute().parent
    folder = path
    try:
        folder = Path(tempfile.mkdtemp(dir=parent, prefix=unfinished(path.name)))
        try:
            with _held(run):
                path.rename(folder / "gone")
        finally:
            shutil.rmtree(folder)
    except OSError as error:
        where = path if path.exists() else folder
        why = error.strerror or error
        raise OutputError(f"{path} cannot be removed: {why}. It, or what is left of it, is {where}.") from error


def rename(path: Path, name: str) -> Path:
    """Give a run another name, in its folder; runs that go on from it and links beside it lead to it as before.

    Args:
        path: the run's.
        name: the new one, without a folder.

    Returns:
        The new path.

    Raises:
        UsageError: no run can have the name.
        ModelError: it is no run that may be renamed; see `changeable`.
        StaleError: it, or a run that goes on from it, is being trained.
        InputError: something of that name is there.
        OutputError: the folder cannot be changed.
    """
    wanted = checked(name)
    run = changeable(path)
    target, old = path.with_name(wanted), real_path(path)
    if os.path.lexists(target) and not (target.exists() and target.samefile(path)):  # the same: other letters' case
        raise InputError(f"{target} is there already. Choose another name.")
    with contextlib.ExitStack() as last:
        going_on = children(run)
        for child in going_on:
            last.enter_context(_held(child))
        links = [link for link in path.absolute().parent.iterdir() if link.is_symlink() and real_path(link) == old]
        try:
            with _held(run):
                path.rename(target)
            for link in links:
                _point(link, Path(target.name) if not link.readlink().is_absolute() else target.absolute())
            for child in going_on:
                start = dict(child.manifest["start"])
                start["path"] = str(Path(start["path"]).with_name(target.name))
                child.update(start=start)
        except OSError as error:
            raise OutputError(f"{path} cannot be renamed: {error.strerror or error}.") from error
    return target


def checked(name: str) -> str:
    """Return a name that a run's folder can have on every system, in one Unicode normal form; else raise UsageError."""
    given = unicodedata.normalize("NFC", name.strip())
    why = ""
    if not given or not is_readable(given):
        why = "is empty, or has a character that cannot be seen"
    elif found := _OUTSIDE.search(given):
        why = f"has {found[0]!r} in it, which not every system allows; a run stays in its folder"
    elif given.startswith((".", "-")) or given.endswith("."):
        why = "begins with a point or a dash, or ends with a point"
    elif _DEVICES.fullmatch(given) or given == LATEST or boxed(given):
        why = "means something else"
    elif len(given.encode()) > _MOST_BYTES:
        why = f"has {len(given.encode())} bytes, more than {_MOST_BYTES}"
    if why:
        raise UsageError(f"{shown(name[:60])!r} cannot be a run's name: it {why}. Choose one such as shoes-2.")
    return given


@contextlib.contextmanager
def _held(run: Recording) -> Iterator[None]:
    """Keep others from training a run. Windows moves no folder with an open file: there it is only looked at."""
    lock = run.lock()
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise _trained(run.path) from error
    try:
        if os.name == "nt":
            lock.release()
        yield
    finally:
        lock.release()


def _trained(path: Path) -> StaleError:
    return StaleError(f"{path} is being trained. Stop it first: Ctrl-C in its window, or convlet view.")


def _point(link: Path, target: Path) -> None:
    """Make a link lead to another place, without a moment in which it is missing."""
    with tempfile.TemporaryDirectory(dir=link.parent, prefix=unfinished(link.name)) as folder:
        made = Path(folder) / "link"
        made.symlink_to(target, target_is_directory=True)
        made.replace(link)
