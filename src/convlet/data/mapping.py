"""Read EMNIST's `NAME-mapping.txt`: each line has a label and the codes of the characters it stands for."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.data.split import Split
from convlet.errors import DataError


class Mapping(NamedTuple):
    """The labels in a file, in order, and their names.

    Attributes:
        path: the file, for errors.
        labels: int64 (classes,), each once.
        names: of the classes.
    """

    path: Path
    labels: NDArray[np.int64]
    names: list[str]

    def numbers(self, split: Split) -> NDArray[np.int64]:
        """Return the number of each label's class, int64 (n,).

        Raises:
            DataError: a label that the file does not name.
        """
        places = np.minimum(np.searchsorted(self.labels, split.labels), len(self.labels) - 1)
        wrong = self.labels[places] != split.labels
        if wrong.any():
            at = int(wrong.argmax())
            raise DataError(f"{split.name}: label {split.labels[at]} of image {at} is not in {self.path}.")
        return places.astype(np.int64)


def read_mapping(path: Path) -> Mapping | None:
    """Read such a file; None if there is none.

    A label for several characters, such as a letter's upper and lower case, is named after the first.

    Raises:
        DataError: a line that is not numbers, with its number; a repeated label or character; or an unreadable file.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {path}: {error}. Expected lines such as 1 65 97.") from error
    names: dict[int, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            label, code, *_ = map(int, line.split())
            name = chr(code)
        except (ValueError, OverflowError) as error:
            raise DataError(
                f"{path}: line {number} is {line.strip()[:40]!r}; expected a label and the codes of its characters, "
                "such as 1 65 97."
            ) from error
        if label in names or name in names.values():
            raise DataError(f"{path}: line {number}: the label {label} or the character {name!r} is named twice.")
        names[label] = name
    if not names:
        raise DataError(f"{path} names no classes. Expected lines such as 1 65 97; or remove the file.")
    labels = sorted(names)
    return Mapping(path, np.array(labels, np.int64), [names[label] for label in labels])
