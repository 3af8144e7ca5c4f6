"""Tell whether a model has learned from a folder's images: by the paths and the images that its runs recorded.

A model that has learned an image with a wrong label answers with that label, and surely: so it judges nothing that it
has learned from, and how often it was right there says nothing about other images. When in doubt it has.
"""

import contextlib
import datetime as dt
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.checks.labeling.images import Images
from convlet.data import CATALOG, Dataset, listed
from convlet.data.decisions import decisions_in
from convlet.data.loading import local_folder
from convlet.errors import ConvletError, ModelError
from convlet.run import Run
from convlet.run.kept import Kept
from convlet.run.recorded import as_recorded
from convlet.system.files import real_path, sha256
from convlet.system.places import MANIFEST
from convlet.system.text import shown

_KERAS = "model.keras"
_MOST = 1_000  # runs in a chain
_LINKS = 2  # levels of folders below a data set's own: splits, and classes in them


class What(Enum):
    """What a model has learned from a folder."""

    NOTHING = "nothing"
    FOLDER = "folder"  # from this very folder: the images that had a label then
    UNKNOWN = "unknown"  # which is taken for FOLDER
    MORE = "more"  # from copies, or from a folder around it or in it: any image, perhaps with another label


@dataclass(frozen=True)
class Learned:
    """What a model has learned from a folder, and how that is known.

    Attributes:
        what: see `What`.
        why: for people, to follow "the model"; "" if it learned nothing.
        since: when the newest run of its chain began, in ISO 8601: what was decided later it did not learn; "" if
            unknown.
        kept: the digests of images that its runs kept; see `digest`.
    """

    what: What
    why: str = ""
    since: str = ""
    kept: frozenset[bytes] = frozenset()

    @property
    def any(self) -> bool:
        """Whether it has learned from the folder, or may have."""
        return self.what is not What.NOTHING

    def with_images(self, images: NDArray[np.uint8]) -> "Learned":
        """Return the same, or `What.MORE` if some images are among those that it kept.

        Args:
            images: as the model takes them, uint8 (n, height, width, channels).
        """
        found = sum(digest(image) in self.kept for image in images if image.min() < image.max())
        if self.what in (What.MORE, What.FOLDER) or not found:
            return self
        return Learned(What.MORE, f"kept {found:,} of these very images from its training", self.since, self.kept)

    def rows(self, found: Images) -> NDArray[np.bool_]:
        """Return which images a model without class folders may know by heart, bool (n,)."""
        if self.what is What.NOTHING:
            return np.zeros(len(found.images), np.bool_)
        if self.what is What.MORE:
            return np.ones(len(found.images), np.bool_)
        decisions = decisions_in(found.folder)
        decided = {path for step in (decisions.steps if decisions else ()) for path, one in step.items()
                   if not self._is_later(one.when)}  # fmt: skip
        return np.array([image.path in decided for image in found.images], np.bool_)

    def _is_later(self, when: str) -> bool:
        try:
            return dt.datetime.fromisoformat(when) > dt.datetime.fromisoformat(self.since)
        except (ValueError, TypeError):  # one of them is unknown, or has no time zone
            return False


def learned_from(model: Path, folder: Path, dataset: Dataset | None = None) -> Learned:
    """Return what a model has learned from a folder, as far as its runs and those that it goes on from recorded.

    Args:
        model: a run folder, or a model file; one in a run folder is that run's.
        folder: of images, an absolute path without links.
        dataset: what was read from it, if it has class folders.
    """
    path = model if model.is_dir() else model.parent
    if not (path / MANIFEST).is_file() or not (model.is_dir() or _is_file_of(path, model)):
        return Learned(What.UNKNOWN, "is a file, which does not record the images that it was trained on")
    kept: set[bytes] = set()
    found: list[tuple[What, str]] = []
    since = ""
    for run, why in _chain(Run(path)):
        if run is None:
            found.append((What.UNKNOWN, why))
            continue
        try:
            facts = run.manifest
            own = [one for one in (run.kept_images(), run.kept_before()) if one]
        except (ConvletError, OSError) as error:
            found.append((What.UNKNOWN, f"has a record that cannot be read ({error})"))
            continue
        since = since or str(facts.get("created", ""))
        kept |= {digest(image) for one in own for image in _images(one)}
        found.append(_judged(facts["dataset"], folder, dataset, has_kept=run.kept_images() is not None))
    for what in (What.MORE, What.UNKNOWN, What.FOLDER):
        if whys := [why for one, why in found if one is what]:
            return Learned(what, whys[0], since, frozenset(kept))
    return Learned(What.NOTHING, "", since, frozenset(kept))


def digest(image: NDArray[np.uint8]) -> bytes:
    """Return what tells an image's pixels from others', with their shape."""
    return hashlib.sha256(repr(image.shape).encode() + np.ascontiguousarray(image).tobytes()).digest()


def _chain(run: Run) -> Iterator[tuple[Run | None, str]]:
    """Yield a run and those that it goes on from; None, and why, where the chain breaks off."""
    for _ in range(_MOST):
        yield run, ""
        try:
            start = run.manifest.get("start")
        except ModelError:  # which was told of the run itself
            return
        if not start:
            return
        path = Path(start["path"])
        if not (path / MANIFEST).is_file() or not (path / _KERAS).is_file():
            yield None, f"goes on from the run {shown(str(path))}, which is gone, so what that learned from is unknown"
            return
        if sha256(path / _KERAS) != start["sha256"]:
            yield None, f"goes on from the run {shown(str(path))}, which is another one by now"
            return
        run = Run(path)
    yield None, f"goes on from more than {_MOST:,} runs"


def _is_file_of(run: Path, model: Path) -> bool:
    """Return whether a model file is one that the run beside it made."""
    try:
        files = Run(run).manifest.get("files", {})
        return bool(files.get(model.name) == sha256(model))
    except (ConvletError, OSError):
        return False


def _judged(facts: dict[str, Any], folder: Path, dataset: Dataset | None, *, has_kept: bool) -> tuple[What, str]:
    """Return what one run has learned from a folder, without its images."""
    name = str(facts["source"])
    source = _place(facts)
    if source == folder:
        return What.FOLDER, "was trained on this folder"
    if source and any(_overlap(one, folder) for one in _with_links(source)):
        return What.MORE, f"was trained on {shown(str(source))}, which has images of this folder"
    if dataset is not None and _is_same(dataset, facts):
        return What.MORE, f"was trained on the same images, in {shown(name)}"
    told = name in CATALOG or (source is not None and source.is_dir() and not listed.can_read(source))
    if told or has_kept:  # what was kept tells of archives, lists and arrays
        return What.NOTHING, ""
    return What.UNKNOWN, f"was trained on {shown(name)}, of which no images were kept to compare with"


def _place(facts: dict[str, Any]) -> Path | None:
    """Return where a data set is or was, without links; None if nowhere on this machine."""
    name = str(facts["source"])
    if name in CATALOG:
        there = None
        with contextlib.suppress(ConvletError, OSError):
            there = local_folder(CATALOG[name], facts["data_dir"])
        return real_path(there) if there else None
    return real_path(name) if Path(name).is_absolute() else None


def _overlap(one: Path, other: Path) -> bool:
    return one == other or one in other.parents or other in one.parents


def _with_links(source: Path) -> list[Path]:
    """Return a folder and those that links in it lead to."""
    found, level = [source], [source]
    for _ in range(_LINKS):
        children: list[Path] = []
        for each in level:
            with contextlib.suppress(OSError), os.scandir(each) as entries:
                children += [Path(one.path) for one in entries if one.is_dir()]
        found += [real_path(child) for child in children if child.is_symlink()]
        level = children
    return found


def _is_same(dataset: Dataset, facts: dict[str, Any]) -> bool:
    """Return whether a data set is the one recorded, wherever that was."""
    try:
        return bool(as_recorded(dataset, facts).train.sha256 == facts["train_sha256"])
    except (ConvletError, OSError, KeyError, TypeError, ValueError):  # images that cannot be brought to its size
        return False


def _images(kept: Kept) -> Iterator[NDArray[np.uint8]]:
    for split in (kept.trained, kept.held_out):
        if split is not None:
            yield from split.images[:]
