"""What an export format states about itself."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from convlet.exports.check import EXACT, Answers, Limits
from convlet.system.watch import Watch

if TYPE_CHECKING:
    from convlet.data import Split
    from convlet.signature import Signature

CARD = "MODEL.md"
Opened: TypeAlias = "tuple[Signature, Answers]"


@dataclass(frozen=True, kw_only=True)
class Source:
    """What a format is written from.

    Attributes:
        model: a `keras.Model`.
        signature: travels inside the file.
        train: the split to measure ranges on.
        runtime: the folder that `Format.runtime` found.
    """

    model: Any
    signature: "Signature"
    train: "Split | None" = None
    runtime: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A format that is a folder.

    Attributes:
        model: the file that is the model.
        mark: the file that tells it from other folders.
        members: every name that may lie in it; `CARD` among them if the model card lies inside.
    """

    model: Path
    mark: Path
    members: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Format:
    """One format; `convlet.exports.FORMATS` lists all.

    Attributes:
        name: of the format.
        file: the default name of the file or folder.
        about: for the model card.
        write: writes a file, or into an empty folder.
        open: returns a file's signature and a function from images, uint8 (n, height, width, channels), to
            probabilities, float32 (n, classes).
        limits: how far its answers may be from Keras's.
        folder: set if the format is a folder.
        tensorflow: only Keras on TensorFlow can write it.
        runtime: finds another program's files that the export includes, in the folder given or by itself.
    """

    name: str
    file: str
    about: str
    write: Callable[[Source, Path], None]
    open: Callable[[Path], Opened]
    limits: Limits = EXACT
    folder: Folder | None = None
    tensorflow: bool = False
    runtime: Callable[[str | Path | None, Watch], Path] | None = None

    @property
    def holds_card(self) -> bool:
        """Whether the model card lies in the exported folder."""
        return self.folder is not None and CARD in self.folder.members

    def model(self, path: Path) -> Path:
        """Return the model file of an export at `path`."""
        return path / self.folder.model if self.folder else path
