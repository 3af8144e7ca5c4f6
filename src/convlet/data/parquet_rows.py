"""Read the rows of Parquet files a few at a time: images are copied into a temporary file, with their labels."""

import contextlib
import weakref
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data.columns import split_named
from convlet.data.decoder import Place
from convlet.data.files import LeftOut
from convlet.data.names import Names
from convlet.data.parquet_columns import Columns
from convlet.data.store import Store
from convlet.errors import DataError
from convlet.system.extras import optional
from convlet.system.watch import Watch

_AT_ONCE = 64  # rows; a camera's image may have megabytes
_BUFFER = 1 << 20  # bytes read of a column at a time, instead of its whole row group


class Rows:
    """The images of a split; an `Encoded`. The temporary file of their bytes is deleted with this object.

    Args:
        files: the split's, in order.
        columns: to read.
        source: the data set, for errors.
        watch: gets "reading NAME" and the rows so far.
        split: read only rows with this split in the column of splits; None to read all rows.

    Attributes:
        labels: of each image, a number or a text.
        left_out: the rows without a label.
    """

    def __init__(
        self, files: Sequence[Path], columns: Columns, source: Path, watch: Watch, split: str | None = None
    ) -> None:
        self._source, self._names = str(source), Names()
        self._starts, self._sizes = array("q"), array("q")
        self.labels: list[Any] = []
        self.left_out: list[LeftOut] = []
        with Store(source) as store:
            for file in files:
                with opened(file) as table:
                    wanted = [columns.image, columns.label, *([columns.split] if split and columns.split else [])]
                    _require(table, wanted, file)
                    total, done = table.metadata.num_rows, 0
                    for batch in _batches(table, wanted, file):
                        told = batch.column(columns.split).to_pylist() if len(wanted) > 2 else []
                        for number, row in enumerate(_rows(batch, columns)):
                            place = f"{file.name}#{done + number}"
                            if not told or (own := split_named(told[number] or "")) == split:
                                self._add(store, place, *row)
                            elif own is None and split == "train":
                                reason = f"its {columns.split} is {told[number]!r}, not train, validation or test"
                                self.left_out.append(LeftOut(row[1] or place, reason))
                        done += batch.num_rows
                        watch.on_progress(f"reading {file.name}", done, total, "")
        self._file = store.file
        weakref.finalize(self, Path(store.file).unlink, missing_ok=True)

    def __len__(self) -> int:
        return len(self._starts)

    def name_of(self, row: int) -> str:
        """See `Encoded`: an image's path according to the file, or FILE#ROW."""
        return self._names[row]

    def places(self, rows: NDArray[np.int64]) -> list[Place]:
        """See `Encoded`."""
        return [(self._file, self._starts[row], self._sizes[row]) for row in rows.tolist()]

    def said(self, text: str) -> str:
        """Return a decoder's error in terms the user knows."""
        return text.replace(self._file, self._source)

    def _add(self, store: Store, place: str, content: bytes | None, path: str | None, label: Any) -> None:
        if not _is_label(label):
            self.left_out.append(LeftOut(path or place, "it has no label"))
            return
        name = path or place
        start, size = store.add(name, [content or b""], len(content or b""))
        self._names.append(name)
        self._starts.append(start)
        self._sizes.append(size)
        self.labels.append(label)


@contextlib.contextmanager
def opened(file: Path) -> Iterator[Any]:
    """Open a Parquet file for the length of the block.

    Raises:
        MissingExtraError: without pyarrow.
        DataError: it is not a Parquet file.
    """
    parquet = optional("pyarrow.parquet", "parquet")
    try:
        table = parquet.ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False)
    except (OSError, ValueError) as error:
        raise _damaged(file, error) from error
    with table:
        yield table


def splits_of(files: Sequence[Path], column: str) -> set[str]:
    """Return the splits in a column, if train is one of several; else none."""
    words = {word for (word,) in _cells(files, [column])}
    found = {split for word in words if (split := split_named(word or ""))}
    return found if "train" in found and len(found) > 1 else set()


def has_labels(files: Sequence[Path], columns: Columns, split: str | None = None) -> bool:
    """Return whether any row, or any row of a split, has a label; test sets often have -1 in all of them."""
    if split is None or columns.split is None:
        return any(_is_label(label) for (label,) in _cells(files, [columns.label]))
    cells = _cells(files, [columns.label, columns.split])
    return any(_is_label(label) and split_named(word or "") == split for label, word in cells)


def _cells(files: Sequence[Path], columns: list[str]) -> Iterator[tuple[Any, ...]]:
    """Yield the values of some columns, row by row."""
    for file in files:
        with opened(file) as table:
            _require(table, columns, file)
            for batch in _batches(table, columns, file):
                yield from zip(*(batch.column(name).to_pylist() for name in columns), strict=True)


def _is_label(label: Any) -> bool:
    return label not in (None, -1, "")


def _require(table: Any, columns: Sequence[str], file: Path) -> None:
    names = table.schema_arrow.names
    if missing := set(columns).difference(names):
        raise DataError(
            f"{file} has no column {' and '.join(sorted(missing))}, which the first file of train has; it has: "
            f"{', '.join(names)}."
        )


def _batches(table: Any, columns: list[str], file: Path) -> Iterator[Any]:
    batches = table.iter_batches(batch_size=_AT_ONCE, columns=columns, use_threads=False)
    while True:
        try:
            batch = next(batches)
        except StopIteration:
            return
        except (OSError, ValueError, NotImplementedError) as error:
            raise _damaged(file, error) from error
        yield batch


def _rows(batch: Any, columns: Columns) -> Iterator[tuple[bytes | None, str | None, Any]]:
    """Yield the bytes, the path and the label of each row."""
    images, labels = batch.column(columns.image), batch.column(columns.label)
    for image, label in zip(images, labels, strict=True):
        found = image.as_py()
        held = (found or {}) if columns.packed else {"bytes": found}
        yield held.get("bytes"), held.get("path"), label.as_py()


def _damaged(file: Path, error: Exception) -> DataError:
    return DataError(
        f"{file} is not a readable Parquet file ({str(error).splitlines()[0]}). Copy or download it again."
    )
