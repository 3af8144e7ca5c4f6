"""List the runs of a folder, a thousand in a second: only what a line about each needs is read."""

import contextlib
import math
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from convlet.errors import ModelError
from convlet.run.history import Epoch, read_history
from convlet.run.recording import Recording
from convlet.system.places import FOLDER, MANIFEST, like_a_run, read_json, resolve

STATUSES, DAMAGED = ("running", "done", "failed", "interrupted"), "damaged"
HISTORY, METRICS, REPORT = "history.csv", "metrics.json", "report.html"
_SETTLED = 2e9  # nanoseconds: what was written later may change again within the same tick of a disk's clock


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A run in a list.

    Attributes:
        path: the folder.
        status: "running", "done", "failed", "interrupted", or "damaged" if its files cannot be read.
        stopping: whether it runs and was told to stop.
        data: the data set's name; "" if unknown, as are other texts.
        recipe: the recipe's name.
        accuracy: that of the saved model; until there is one, the last validated epoch's; None before that.
        validated_on: "validation" or "test", which the accuracy is of.
        epochs: those done.
        created: when it began, in UTC, as ISO 8601.
        ended: when it ended.
        bytes: of all its files.
        report: whether `convlet evaluate` wrote one.
        problem: what is wrong: why it failed, or what is damaged.
    """

    path: Path
    status: str
    stopping: bool = False
    data: str = ""
    recipe: str = ""
    accuracy: float | None = None
    validated_on: str = ""
    epochs: int = 0
    created: str = ""
    ended: str = ""
    bytes: int = 0
    report: bool = False
    problem: str = ""

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    def to_dict(self) -> dict[str, Any]:
        """Return the facts for JSON, with the name; None for what is unknown."""
        facts = {key: None if value == "" else value for key, value in asdict(self).items()}
        return {"name": self.name, **facts, "path": str(self.path)}


class Listing:
    """The runs of a folder. What has not changed since the last time is not read again.

    Args:
        folder: of run folders; it may be missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, tuple[object, Listed]] = {}

    def runs(self) -> list[Listed]:
        """Return the runs, newest first.

        Raises:
            ModelError: the folder cannot be read.
        """
        known, found = self._known, {}
        try:
            entries = [each for each in os.scandir(self.folder) if not each.name.startswith(".") and each.is_dir()]
        except FileNotFoundError:
            entries = []
        except OSError as error:
            raise ModelError(f"{self.folder} cannot be listed: {error.strerror}. Expected a folder of runs.") from error
        for child in entries:
            stamp, settled = _stamp(child.path)
            if stamp is None:
                continue
            before = known.get(child.name)
            same = before is not None and before[0] == stamp and before[1].status != "running"
            one = before[1] if before and same else listed(Path(child))
            found[child.name] = (stamp if settled else None, one)
        self._known = found
        return sorted((one for _, one in found.values()), key=lambda one: (one.created, one.name), reverse=True)


def listed(path: Path) -> Listed:
    """Return what a list says about a run; errors become its `problem`."""
    size, names = _size(path)
    try:
        run = Recording(path, MANIFEST, "a run folder", "train")
        manifest, status = run.manifest, run.status
        if status not in STATUSES:
            raise ModelError(f"{path / MANIFEST} is damaged: its 'status' is {status!r:.60}.")  # noqa: TRY301
    except (ModelError, OSError) as error:
        return Listed(path=path, status=DAMAGED, bytes=size, problem=str(error))
    data, problem = manifest["dataset"], str(manifest.get("error") or "")
    accuracy, validated_on, epochs = None, "", 0
    try:
        if METRICS in names:
            metrics = read_json(path / METRICS)
            accuracy, epochs = _figure(metrics, "val_accuracy"), int(_figure(metrics, "epochs") or 0)
            validated_on = str(metrics.get("validated_on") or "")
        else:
            history = read_history(path / HISTORY) if HISTORY in names else []
            accuracy, epochs = last_accuracy(history), len(history)
    except (ModelError, OSError) as error:
        status, problem = DAMAGED, str(error)
    return Listed(
        path=path,
        status=status,
        stopping=status == "running" and run.stopping,
        data=str(data["name"]),
        recipe=str(manifest.get("recipe", "")),
        accuracy=accuracy,
        validated_on=validated_on,
        epochs=epochs,
        created=str(manifest.get("created", "")),
        ended=str(manifest.get("ended", "")),
        bytes=size,
        report=REPORT in names,
        problem=problem,
    )


def last_accuracy(history: list[Epoch]) -> float | None:
    """Return the validation accuracy of the last validated epoch."""
    return next((epoch.val_accuracy for epoch in reversed(history) if epoch.val_accuracy is not None), None)


def named(run: str) -> Path:
    """Return the folder of a run by its path, `latest`, or its name in `runs`.

    Raises:
        ModelError: there is no such run.
    """
    path = resolve(run)
    if not path.exists():
        near = like_a_run(path)
        raise ModelError(f"there is no run {run}, here or in {FOLDER}. {near}List them with: convlet runs list")
    Recording(path, MANIFEST, "a run folder", "train")
    return path


def _stamp(path: str) -> tuple[object, bool]:
    """Return what changes whenever a file of a run is written, and whether it is old; None if the folder is no run.

    Files are moved into their place, which changes the folder's own time.
    """
    times: list[tuple[int, int]] = []
    for place in (path, os.path.join(path, MANIFEST)):  # noqa: PTH118  three times as fast, for a thousand folders
        try:
            found = os.stat(place)  # noqa: PTH116
            times.append((found.st_mtime_ns, found.st_size))
        except (FileNotFoundError, NotADirectoryError):
            return None, False
        except OSError as error:
            times.append((error.errno or 0, -1))
    return times, time.time_ns() - max(written for written, _ in times) > _SETTLED


def _size(path: Path) -> tuple[int, set[str]]:
    """Return how large a folder's files are, and their names; what vanishes meanwhile does not count."""
    size, names = 0, set()
    with contextlib.suppress(OSError), os.scandir(path) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    size += _size(Path(entry))[0]  # a tracker's logs
                else:
                    size += entry.stat(follow_symlinks=False).st_size
                    names.add(entry.name)
    return size, names


def _figure(facts: Mapping[str, Any], name: str) -> float | None:
    value = facts.get(name)
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
