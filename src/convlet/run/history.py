"""Record the epochs of a run and which are kept, and read and write `history.csv`."""

import csv
import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from convlet.errors import ModelError
from convlet.recipes import Recipe
from convlet.system.files import replacing

_KEPT = "kept"


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """One epoch, in Keras's terms; `seconds` is for training, `val_seconds` for the validation after it.

    If epochs are many and short, only some are validated: `val_loss` and `val_accuracy` of the others are None.
    """

    epoch: int
    loss: float
    accuracy: float
    val_loss: float | None
    val_accuracy: float | None
    seconds: float
    val_seconds: float

    def __str__(self) -> str:
        validated = ""
        if self.val_loss is not None and self.val_accuracy is not None:
            validated = f"val_loss {self.val_loss:.4f} val_accuracy {self.val_accuracy:.2%} "
        return (  # 80 columns
            f"epoch {self.epoch:>2}: loss {self.loss:.4f} accuracy {self.accuracy:.2%} "
            f"{validated}{self.seconds + self.val_seconds:.1f} s"
        )


def of_last_net(epochs: Sequence[Epoch], ensemble: int) -> Sequence[Epoch]:
    """Return the epochs of the last net of a finished ensemble, or of a single net."""
    return epochs[-(len(epochs) // ensemble) :]


def kept_epoch(own: Sequence[Epoch], keep: str, images: int) -> Epoch:
    """Return the epoch whose weights the model gets.

    Accuracy decides, not loss: calibration undoes the overconfidence that raises the loss. Few images cannot tell
    epochs apart, and a falling learning rate improves later ones, so the latest of equals is kept.

    Args:
        own: the epochs of one net so far; the first one is validated.
        keep: "last"; or "best", the latest epoch whose validation accuracy is within a standard error of the highest.
        images: the number of validation images.
    """
    if keep == "last":
        return own[-1]
    validated = [(epoch.val_accuracy, epoch) for epoch in own if epoch.val_accuracy is not None]
    best = max(accuracy for accuracy, _ in validated)
    expected = (best * images + 1) / (images + 2)  # Laplace's rule: ten right of ten do not prove that none is wrong
    least = best - math.sqrt(expected * (1 - expected) / images)
    return next(epoch for accuracy, epoch in reversed(validated) if accuracy >= least)


def kept_epochs(history: Sequence[Epoch], recipe: Recipe, images: int) -> list[Epoch]:
    """Return the `kept_epoch` of every net of a resolved recipe."""
    each = recipe.epochs
    return [kept_epoch(history[at : at + each], recipe.keep, images) for at in range(0, len(history), each)]


def read_history(path: Path) -> list[Epoch]:
    """Read the epochs in a `history.csv`; none if there is no such file.

    Raises:
        ModelError: it is damaged.
    """
    if not path.is_file():
        return []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [_epoch(row) for row in csv.DictReader(file)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        raise ModelError(
            f"{path} cannot be read ({type(error).__name__}: {error}). Expected a row of figures for each epoch, as a "
            "training writes them."
        ) from error


def write_history(path: Path, epochs: Iterable[Epoch], kept: Collection[int] = ()) -> None:
    """Write a `history.csv`; errors: see `replacing`.

    Args:
        path: the file's.
        epochs: one row each; None becomes an empty cell.
        kept: the numbers of the epochs whose weights the model has; they get 1 in the last column.
    """
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*(field.name for field in fields(Epoch)), _KEPT])
        writer.writeheader()
        writer.writerows(asdict(epoch) | {_KEPT: int(epoch.epoch in kept)} for epoch in epochs)


def _epoch(row: dict[str, str]) -> Epoch:
    figures = {key: float(value) if value else None for key, value in row.items() if key != _KEPT}
    return Epoch(**figures | {"epoch": int(row["epoch"])})  # type: ignore[arg-type]
