"""Fetching a named data set into the user's cache: verified, atomic, from whichever mirror answers.

pooch does the work: it checks the SHA-256 of what lies in the cache and of what arrives, and moves a file into place only when
it is whole and right.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from convlet.data.catalog import Archive, Entry
from convlet.errors import DownloadError

# Called with the file's name, the bytes so far and in all.
DownloadProgress = Callable[[str, int, int], None]
_TIMEOUT = 30  # seconds without an answer before the next mirror is tried


def cache_folder() -> Path:
    """Where downloads are kept: the platform's cache folder for `convlet`."""
    import pooch

    return Path(pooch.os_cache("convlet"))


def is_cached(entry: Entry) -> bool:
    """Whether every archive of the data set lies in the cache (not yet verified)."""
    return all((cache_folder() / entry.name / archive.name).is_file() for archive in entry.archives)


def fetch(entry: Entry, progress: DownloadProgress | None = None) -> Path:
    """Make sure that the cache holds the data set, and return its folder.

    Raises:
        DownloadError: no mirror served a file with the right hash; names the mirrors and the ways on.
    """
    folder = cache_folder() / entry.name
    for archive in entry.archives:
        _fetch_one(entry, archive, folder, progress)
    return folder


def _fetch_one(entry: Entry, archive: Archive, folder: Path, progress: DownloadProgress | None) -> None:
    import pooch

    pooch.get_logger().setLevel(logging.ERROR)  # its notes name temporary files; ours is the progress bar
    failures = []
    for mirror in entry.mirrors:
        bar = _Bar(archive.name, progress) if progress else False
        try:
            pooch.retrieve(
                mirror + archive.name,
                known_hash=f"sha256:{archive.sha256}",
                fname=archive.name,
                path=folder,
                downloader=pooch.HTTPDownloader(progressbar=bar, timeout=_TIMEOUT),
            )
        except Exception as error:
            failures.append(f"  {mirror}{archive.name}: {_reason(error)}")
        else:
            return
    raise DownloadError(
        f"{entry.name} could not be downloaded. Tried:\n" + "\n".join(failures) + "\n"
        f"If you have its files, put them into DIR/{entry.name}/ and pass --data-dir DIR (or set CONVLET_DATA=DIR). "
        "Without a network, train on the embedded set: convlet train digits --recipe small-data"
    )


def _reason(error: Exception) -> str:
    text = str(error)
    if "does not match the known hash" in text:
        return "came with the wrong SHA-256, thrown away"
    cause: BaseException = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    return (str(cause) or type(cause).__name__).splitlines()[0]


class _Bar:
    """The part of tqdm's interface that pooch calls, handed on to a progress function.

    pooch counts whole blocks, also the last one, and fills the bar a second time at the end; `done` equals `total` in one call only,
    the last.
    """

    def __init__(self, name: str, progress: DownloadProgress) -> None:
        self.name, self.progress, self.total, self.done = name, progress, 0, 0

    def update(self, size: int) -> None:
        self.done += size
        if self.done < self.total:
            self.progress(self.name, self.done, self.total)

    def reset(self) -> None:
        # pooch calls this when a file is whole, to show the bar full even if the server compressed it
        self.done = 0

    def close(self) -> None:
        self.progress(self.name, self.total, self.total)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)
