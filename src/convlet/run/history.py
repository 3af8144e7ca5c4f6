"""The epochs of a run, and their `history.csv`."""

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from convlet.system.files import replacing


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """One epoch, in Keras's terms; `seconds` is the training, `val_seconds` the validation after it."""

    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float
    val_seconds: float

    def __str__(self) -> str:
        return (  # 80 columns
            f"epoch {self.epoch:>2}: loss {self.loss:.4f} accuracy {self.accuracy:.2%} "
            f"val_loss {self.val_loss:.4f} val_accuracy {self.val_accuracy:.2%} {self.seconds + self.val_seconds:.1f} s"
        )


def read_history(path: Path) -> list[Epoch]:
    """Read the epochs in a `history.csv`; none if there is no such file."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Epoch(epoch=int(row.pop("epoch")), **{key: float(value) for key, value in row.items()})
            for row in csv.DictReader(file)
        ]


def write_history(path: Path, epochs: Iterable[Epoch]) -> None:
    """Write a `history.csv`; errors as of `replacing`."""
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Epoch)])
        writer.writeheader()
        writer.writerows(map(asdict, epochs))
