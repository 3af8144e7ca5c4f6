"""Record how a run ends, while its lock keeps other processes away."""

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import Any

from filelock import FileLock, Timeout

from convlet.errors import ConvletError, LostProcessError, ModelError, StaleError
from convlet.run.recorded import Recorded
from convlet.system.files import sha256, sweep
from convlet.system.places import MANIFEST, write_manifest
from convlet.system.processes import is_alive, stop, this_process

CHECKPOINT = "checkpoint.safetensors"
CHECKPOINTS = CHECKPOINT, "checkpoint-before.safetensors"  # the last two states, newest first

# One exists while a process that was told to stop saves its state: by a signal, and where none reaches it by the file.
_STOPPING = _SIGNALED, _ASKED = ".stopping", ".stop"


class Recording(Recorded):
    """A run folder, as far as it tells whether the training is under way, and how it ended."""

    facts = Recorded.facts | {"status"}

    @property
    def status(self) -> str:
        """One of "running", "done", "failed" and "interrupted"; a killed run counts as interrupted.

        Example:
            >>> run.status
            'done'
        """
        manifest = self.manifest
        status = str(manifest["status"])
        if status == "running":
            try:
                with contextlib.suppress(Timeout), self.lock().acquire(timeout=0):
                    return "interrupted"  # no process holds the lock
            except OSError:  # in a folder that others train in, its process alone can tell
                return "interrupted" if is_alive(manifest.get("process")) is False else status
        return status

    @property
    def stopping(self) -> bool:
        """Whether it runs, and was told to stop.

        Example:
            >>> run.stopping
            False
        """
        return any((self.path / name).exists() for name in _STOPPING) and self.status == "running"

    @property
    def stop_wanted(self) -> bool:
        """Whether somebody asked the training to stop where no signal reaches it.

        Example:
            >>> run.stop_wanted
            False
        """
        return (self.path / _ASKED).exists()

    def stop(self) -> None:
        """Ask the process that trains it to stop, as Ctrl-C does: it saves its state and can be resumed.

        It gets a signal; a thread, another machine with the same disk, and Windows look for a file once a second. It
        is asked once: a second signal would end it at once, in the midst of an engine's work.

        Raises:
            StaleError: nobody trains it, it was asked already, or it cannot be stopped from here.

        Example:
            >>> run.stop()  # doctest: +IGNORE_EXCEPTION_DETAIL
            Traceback (most recent call last):
            convlet.errors.StaleError: runs/mnist-balanced-1 is not running: it is done.
        """
        if (status := self.status) != "running":
            raise StaleError(f"{self.path} is not running: it is {status}.")
        if self.stopping:
            raise StaleError(f"{self.path} was asked to stop already, and is saving its state.")
        process = self.manifest.get("process")
        if process is None:
            raise StaleError(
                f"{self.path} cannot be stopped from here: an older convlet trains it. Press Ctrl-C there."
            )
        signaled = bool(process.get("signal")) and is_alive(process) is not None
        asked = self.path / (_SIGNALED if signaled else _ASKED)
        try:
            asked.touch(exist_ok=False)
        except FileExistsError as error:
            raise StaleError(f"{self.path} was asked to stop already, and is saving its state.") from error
        except OSError as error:
            why = f"{self.path} cannot be written to ({error.strerror})"
            raise StaleError(f"{why}. Whoever trains it can stop it.") from error
        try:
            if signaled:
                if self.manifest.get("process") != process:  # which goes on, perhaps with other work
                    raise StaleError(f"the training of {self.path.name} has just ended.")  # noqa: TRY301
                stop(process)
        except StaleError as error:
            asked.unlink(missing_ok=True)
            raise StaleError(f"{self.path}: {error}") from error

    @contextlib.contextmanager
    def recording(self) -> Iterator[None]:
        """Hold the run's lock during training, and record how it ended.

        Raises:
            ModelError: another process is training it, or it is done.

        Example:
            >>> with other.recording():
            ...     print(other.manifest["status"])
            running
            >>> other.status
            'done'
        """
        done = ModelError(f"{self.path} is done: there is nothing to resume. Judge it: convlet evaluate {self.path}")
        if self.manifest["status"] == "done":  # perhaps in a folder that nobody may write into
            raise done
        lock = self.lock()
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise ModelError(f"{self.path} is being trained by another process. Wait for it, or stop it.") from error
        try:
            if self.manifest["status"] == "done":
                raise done  # by another process, since then
            self._forget_stop()  # of a process that was killed
            self.update(status="running", error=None, files=None, process=this_process())  # they will change
            for folder in (self.path, self.path.parent):
                sweep(folder)
            try:
                yield
            except (KeyboardInterrupt, LostProcessError):
                self._end("interrupted")
                raise
            except BaseException as error:
                with contextlib.suppress(ConvletError, OSError):  # a full disk must not hide the first error
                    self._end("failed", error=f"{type(error).__name__}: {error}")
                raise
            self._end("done")
            for name in CHECKPOINTS:
                (self.path / name).unlink(missing_ok=True)  # until this point it could be resumed
        finally:
            self._forget_stop()
            lock.release()

    def update(self, **facts: Any) -> None:
        """Change facts of the manifest; None removes one.

        Example:
            >>> other.update(engine="jax")
            >>> other.manifest["engine"]
            'jax'
        """
        changed = {**self.manifest, **facts}
        write_manifest(self.path / MANIFEST, {key: value for key, value in changed.items() if value is not None})

    def record(self, name: str) -> None:
        """Note the SHA-256 of a file of a finished run that was written anew.

        Example:
            >>> run.record("metrics.json")
        """
        files = self.manifest.get("files")
        if isinstance(files, dict) and name in files:
            self.update(files=files | {name: sha256(self.path / name)})

    def _forget_stop(self) -> None:
        for name in _STOPPING:
            (self.path / name).unlink(missing_ok=True)

    def _end(self, status: str, **facts: Any) -> None:
        files = {
            path.name: sha256(path)
            for path in sorted(self.path.iterdir())
            if path.is_file() and not path.name.startswith(".") and path.name not in (MANIFEST, *CHECKPOINTS)
        }
        self.update(status=status, ended=now(), files=files, process=None, **facts)

    def lock(self) -> FileLock:
        """Return the lock that a training holds.

        Example:
            >>> with run.lock():
            ...     run.status  # nobody trains it meanwhile
            'done'
        """
        return FileLock(self.path / ".lock")


def now() -> str:
    """Return the time in UTC, as manifests have it."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")
