"""Download a named data set into the user's cache: verified, atomic, from any mirror that answers.

pooch checks the hash of cached and downloaded files (SHA-256, or MD5 where none is published), and moves only a correct
file into place.
"""

import logging
from pathlib import Path

from convlet.data.entry import Archive, Entry
from convlet.errors import DownloadError
from convlet.system.cache import cache_folder
from convlet.system.extras import optional
from convlet.system.watch import Watch

_TIMEOUT = 30  # seconds without an answer before the next mirror is tried


def is_cached(entry: Entry) -> bool:
    """Return whether every archive of the data set is in the cache (not verified yet)."""
    return all((cache_folder() / entry.folder / archive.name).is_file() for archive in entry.archives)


def fetch(entry: Entry, watch: Watch) -> Path:
    """Download the missing files of a data set into the cache, and return its folder.

    Raises:
        DownloadError: no mirror served a file with the right hash; it names the mirrors and what to do.
        MissingExtraError: there is no pooch, which comes with `convlet[train]`.
    """
    folder = cache_folder() / entry.folder
    for archive in entry.archives:
        _fetch_one(entry, archive, folder, watch)
    return folder


def _fetch_one(entry: Entry, archive: Archive, folder: Path, watch: Watch) -> None:
    pooch = optional("pooch", "train")
    pooch.get_logger().setLevel(logging.ERROR)  # its messages name temporary files
    failures = []
    for mirror in entry.mirrors:
        try:
            pooch.retrieve(
                mirror + archive.name,
                known_hash=archive.known_hash,
                fname=archive.name,
                path=folder,
                downloader=pooch.HTTPDownloader(progressbar=_Bar(archive.name, watch), timeout=_TIMEOUT),
            )
        except Exception as error:  # noqa: BLE001
            failures.append(f"  {mirror}{archive.name}: {_reason(error, archive)}")
        else:
            return
    raise DownloadError(
        f"{entry.name} could not be downloaded. Tried:\n" + "\n".join(failures) + "\n"
        f"If you have its files, put them into DIR/{entry.name}/ and pass data_dir='DIR' (or set CONVLET_DATA=DIR). "
        "Without a network, train on the embedded set: convlet train digits --recipe small-data"
    )


def _reason(error: Exception, archive: Archive) -> str:
    text = str(error)
    if "does not match the known hash" in text:
        return f"had the wrong {'SHA-256' if archive.sha256 else 'MD5'}, discarded"
    cause: BaseException = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    return (str(cause) or type(cause).__name__).splitlines()[0]


class _Bar:
    """The part of tqdm's interface that pooch calls.

    pooch counts whole blocks and refills the bar at the end; here `done` equals `total` only in the last call.
    """

    def __init__(self, name: str, watch: Watch) -> None:
        self.name, self.watch, self.total, self.done = name, watch, 0, 0

    def update(self, size: int) -> None:
        self.done += size
        if self.done < self.total:
            self._tell(self.done)

    def reset(self) -> None:
        self.done = 0

    def close(self) -> None:
        self._tell(self.total)

    def _tell(self, done: int) -> None:
        detail = f"{done / 1e6:.1f} of {self.total / 1e6:.1f} MB"
        self.watch.on_progress(f"downloading {self.name}", done, self.total, detail)
