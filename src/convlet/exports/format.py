"""Describe an export format."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from convlet.errors import UsageError
from convlet.exports.check import EXACT, Answers, Limits
from convlet.system.watch import Watch

if TYPE_CHECKING:
    from convlet.data import Split
    from convlet.signature import Signature

CARD = "MODEL.md"
Opened: TypeAlias = "tuple[Signature, Answers]"


@dataclass(frozen=True, kw_only=True)
class Source:
    """What a format is written from."""

    model: Any  # a `keras.Model`
    signature: "Signature"  # travels inside the file
    train: "Split | None" = None  # the split to measure ranges on
    runtime: Path | None = None  # the folder that `Format.runtime` found


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A format that is a folder."""

    model: Path  # the file that is the model
    mark: Path  # the file that identifies the folder
    members: frozenset[str]  # every name that may be in it; `CARD` among them if the model card is inside


@dataclass(frozen=True, kw_only=True)
class Format:
    """One format; `convlet.exports.FORMATS` lists all."""

    name: str
    file: str  # the default name of the file or folder
    about: str  # for the model card
    write: Callable[[Source, Path], None]  # writes a file, or into an empty folder
    open: Callable[[Path], Opened]  # opens a file or folder
    limits: Limits = EXACT  # how far its answers may differ from Keras's
    folder: Folder | None = None  # set if the format is a folder
    tensorflow: bool = False  # only Keras on TensorFlow can write it
    # finds another program's files that the export includes, in the given folder or by itself
    runtime: Callable[[str | Path | None, Watch], Path] | None = None

    @property
    def holds_card(self) -> bool:
        """Whether the model card is inside the exported folder."""
        return self.folder is not None and CARD in self.folder.members

    def model(self, path: Path) -> Path:
        """Return the model file of an export at `path`."""
        return path / self.folder.model if self.folder else path

    def require_engine(self) -> None:
        """Raise UsageError if Keras runs on an engine that cannot write the format."""
        from convlet.system.engine import on_tensorflow

        if self.tensorflow and not on_tensorflow():
            raise UsageError(
                f"{self.name} is TensorFlow's own format: export it with KERAS_BACKEND=tensorflow. "
                "The .keras file works on every engine."
            )
