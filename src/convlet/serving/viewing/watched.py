"""Watch a folder of runs, and say what has changed since a page last asked."""

import hashlib
import os
import threading
import time
from pathlib import Path
from typing import Any

from convlet.errors import ModelError
from convlet.run.listing import Listed, Listing

_REST = 0.5  # seconds between two looks at the disk, however many pages ask


class Watched:
    """The runs of a folder, each with the number of the version that changed it last. Any thread may ask.

    Args:
        folder: of run folders.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._listing = Listing(folder)
        self._lock = threading.Lock()
        self._version, self._looked = 0, float("-inf")
        self._runs: dict[str, tuple[int, Listed]] = {}
        self._gone: dict[str, int] = {}

    def news(self, since: int) -> dict[str, Any]:
        """Return what has changed after a version: 0 for everything, as is one that this server never gave.

        Raises:
            ModelError: the folder cannot be read.
        """
        with self._lock:
            self._look()
            after = since if since <= self._version else 0
            return {
                "folder": self.folder.absolute().name,
                "path": str(self.folder.absolute()),
                "version": self._version,
                "whole": after == 0,
                "changed": [
                    {"id": one, **run.to_dict()} for one, (version, run) in self._runs.items() if version > after
                ],
                "gone": [one for one, version in self._gone.items() if version > after],
            }

    def path(self, one: str) -> Path:
        """Return the folder of a run by its `id`.

        Raises:
            ModelError: there is none, or none any more.
        """
        with self._lock:
            if one not in self._runs:
                self._look()
            if one not in self._runs:
                raise ModelError(f"there is no such run in {self.folder} any more.")
            return self._runs[one][1].path

    def look_again(self) -> None:
        """Look at the disk when asked the next time, however soon that is."""
        with self._lock:
            self._looked = float("-inf")

    def _look(self) -> None:
        if time.monotonic() - self._looked < _REST:
            return
        found = {id_of(run.path): run for run in self._listing.runs()}
        self._looked = time.monotonic()
        changed = [one for one, run in found.items() if one not in self._runs or self._runs[one][1] != run]
        gone = [one for one in self._runs if one not in found]
        if not changed and not gone and self._version:
            return
        self._version += 1
        for one in gone:
            del self._runs[one]
            self._gone[one] = self._version
        for one in changed:
            self._runs[one] = self._version, found[one]
            self._gone.pop(one, None)


def id_of(path: Path) -> str:
    """Return what the page calls a run: a name may have bytes that no address and no JSON can hold."""
    return hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]
