"""Write the tables of bulk predictions."""

import abc
import csv
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from convlet.errors import UsageError
from convlet.prediction.bulk.answers import Rows
from convlet.system.extras import optional

_COLUMNS = ("input", "label", "probability", "known", "error", "empty")
_DECIMALS = 6  # of a probability as text
_GROUP = 1 << 16  # rows of a Parquet file's row group


@dataclass(frozen=True)
class Table(abc.ABC):
    """One kind of table."""

    columns: list[str]

    @abc.abstractmethod
    def write(self, path: Path, rows: Rows) -> None:
        """Write some rows as a part."""

    @abc.abstractmethod
    def join(self, path: Path, files: Sequence[Path]) -> None:
        """Join parts, in order, into the whole table, with bounded memory."""


def table(out: Path, class_names: tuple[str, ...]) -> Table:
    """Return the kind of table given by the suffix of `out`, with a column p_CLASS for each class.

    Raises:
        UsageError: it is not that of a table.
        MissingExtraError: Parquet without pyarrow.
    """
    suffix = out.suffix.lower()
    if suffix not in _KINDS:
        raise UsageError(f"out={str(out)!r} is not a table: expected a name that ends in {', '.join(_KINDS)}.")
    if suffix == ".parquet":
        optional("pyarrow.parquet", "parquet")
    return _KINDS[suffix]([*_COLUMNS, *(f"p_{name}" for name in class_names)])


class _Parquet(Table):
    def write(self, path: Path, rows: Rows) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        unread = np.array([error is not None for error in rows.errors])
        held = [
            pa.array(rows.names, pa.string()),
            pa.array(rows.labels, pa.string()),
            pa.array(rows.probability, mask=unread),
            pa.array(rows.known, mask=unread),
            pa.array(rows.errors, pa.string()),
            pa.array(rows.empty, mask=unread),
            *(pa.array(np.ascontiguousarray(column), mask=unread) for column in rows.probabilities.T),
        ]
        parquet.write_table(pa.Table.from_arrays(held, names=self.columns), path)

    def join(self, path: Path, files: Sequence[Path]) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        with parquet.ParquetWriter(path, parquet.read_schema(files[0])) as writer:
            group: list[Any] = []
            for file in files:
                group.append(parquet.read_table(file))
                if sum(map(len, group)) >= _GROUP:
                    writer.write_table(pa.concat_tables(group))
                    group = []
            if group:
                writer.write_table(pa.concat_tables(group))


class _Csv(Table):
    def write(self, path: Path, rows: Rows) -> None:
        self._write(path, _records(rows))

    def join(self, path: Path, files: Sequence[Path]) -> None:
        self._write(path, [self.columns])
        _append(path, files)

    def _write(self, path: Path, records: Iterable[list[Any]]) -> None:
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(
                [str(cell).lower() if isinstance(cell, bool) else cell for cell in record] for record in records
            )


class _JsonLines(Table):
    def write(self, path: Path, rows: Rows) -> None:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(json.dumps(dict(zip(self.columns, row, strict=True))) + "\n" for row in _records(rows))

    def join(self, path: Path, files: Sequence[Path]) -> None:
        _append(path, files)


_KINDS: dict[str, Callable[[list[str]], Table]] = {".parquet": _Parquet, ".csv": _Csv, ".jsonl": _JsonLines}


def _records(rows: Rows) -> Iterator[list[Any]]:
    """Yield the rows, with None for what an unreadable image lacks."""
    likely = rows.probability.astype(float).round(_DECIMALS).tolist()
    all_ = rows.probabilities.astype(float).round(_DECIMALS).tolist()
    flags = rows.known.tolist(), rows.empty.tolist()
    for name, label, p, known, empty, error, row in zip(
        rows.names, rows.labels, likely, *flags, rows.errors, all_, strict=True
    ):
        if error is None:
            yield [name, label, p, known, None, empty, *row]
        else:
            yield [name, None, None, None, error, None, *(None for _ in row)]


def _append(path: Path, files: Sequence[Path]) -> None:
    with path.open("ab") as whole:
        for file in files:
            with file.open("rb") as part:
                shutil.copyfileobj(part, whole)
