"""The kinds of table that bulk prediction writes."""

import csv
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from convlet.errors import UsageError
from convlet.prediction.bulk.answers import Rows, columns
from convlet.system.extras import optional

_DECIMALS = 6  # of a probability in text
_GROUP = 1 << 16  # rows of a Parquet file's row group


class Table(Protocol):
    """One kind of table."""

    def write(self, path: Path, parts: Sequence[Rows]) -> None:
        """Write some rows as a part."""

    def join(self, path: Path, files: Sequence[Path]) -> None:
        """Join parts, in order, into the whole table, with bounded memory."""


def table(out: Path, class_names: tuple[str, ...]) -> Table:
    """Return the kind of table that the suffix of `out` names.

    Raises:
        UsageError: it names none.
        MissingExtraError: Parquet without pyarrow.
    """
    suffix = out.suffix.lower()
    if suffix not in _KINDS:
        raise UsageError(f"out={str(out)!r} is not a table: expected a name that ends in {', '.join(_KINDS)}.")
    return _KINDS[suffix](class_names)


@dataclass(frozen=True)
class _Parquet:
    class_names: tuple[str, ...]

    def __post_init__(self) -> None:
        optional("pyarrow.parquet", "parquet")

    def write(self, path: Path, parts: Sequence[Rows]) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        unread = np.array([error is not None for rows in parts for error in rows.errors])
        numbers = np.concatenate([rows.probabilities for rows in parts])
        held = [
            pa.array([name for rows in parts for name in rows.names], pa.string()),
            pa.array([label for rows in parts for label in rows.labels], pa.string()),
            pa.array(np.concatenate([rows.probability for rows in parts]), mask=unread),
            pa.array(np.concatenate([rows.known for rows in parts]), mask=unread),
            pa.array([error for rows in parts for error in rows.errors], pa.string()),
            pa.array(np.concatenate([rows.empty for rows in parts]), mask=unread),
            *(pa.array(np.ascontiguousarray(column), mask=unread) for column in numbers.T),
        ]
        parquet.write_table(pa.Table.from_arrays(held, names=columns(self.class_names)), path)

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


@dataclass(frozen=True)
class _Csv:
    class_names: tuple[str, ...]

    def write(self, path: Path, parts: Sequence[Rows]) -> None:
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(
                [str(cell).lower() if isinstance(cell, bool) else cell for cell in record] for record in _records(parts)
            )

    def join(self, path: Path, files: Sequence[Path]) -> None:
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerow(columns(self.class_names))
        _append(path, files)


@dataclass(frozen=True)
class _JsonLines:
    class_names: tuple[str, ...]

    def write(self, path: Path, parts: Sequence[Rows]) -> None:
        names = columns(self.class_names)
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(json.dumps(dict(zip(names, record, strict=True))) + "\n" for record in _records(parts))

    def join(self, path: Path, files: Sequence[Path]) -> None:
        path.write_bytes(b"")
        _append(path, files)


_KINDS: dict[str, Callable[[tuple[str, ...]], Table]] = {".parquet": _Parquet, ".csv": _Csv, ".jsonl": _JsonLines}


def _records(parts: Sequence[Rows]) -> Iterator[list[Any]]:
    """Yield row by row, with None for what an unreadable image lacks."""
    for rows in parts:
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
