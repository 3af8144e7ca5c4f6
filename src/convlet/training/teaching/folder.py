"""Open a taught folder: its examples and generations, for one server at a time."""

from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from convlet.errors import InputError
from convlet.system.files import made_folder, real_path, sweep, user_path
from convlet.system.places import MANIFEST
from convlet.training.teaching.examples import Examples
from convlet.training.teaching.generations import Generations

HIDDEN = ".convlet"


class TaughtFolder:
    """A folder that a model is taught from.

    Args:
        path: the folder, which is made if need be.
        model: the run folder that is served.

    Attributes:
        examples: the pictures by class.
        generations: which models there are, and which answers.

    Raises:
        InputError: another server teaches from it, it cannot be made, or it belongs to another model.
    """

    def __init__(self, path: Path, model: Path) -> None:
        self.path = real_path(made_folder(user_path(path)))
        if (self.path / MANIFEST).exists() or any(self.path.glob(f"*/{MANIFEST}")):
            raise InputError(f"{path} holds runs, whose plots would be taken for examples. Name another folder.")
        hidden = made_folder(self.path / HIDDEN)
        self._lock = FileLock(hidden / "lock", thread_local=False)  # closed by another thread
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise InputError(
                f"another server teaches from {path}. Two would change it at once: end that one, or name another "
                "folder with --teach."
            ) from error
        except OSError as error:
            raise InputError(f"cannot write in {path}: {error.strerror or error}. Choose another folder.") from error
        try:
            sweep(hidden)
            self.generations = Generations(hidden, model)
            self.examples = Examples(self.path)
        except BaseException:
            self._lock.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let another server open it."""
        self._lock.release()
