"""Write the tables of bulk predictions."""

import abc
import csv
import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convlet.errors import UsageError
from convlet.prediction.bulk.block import Block
from convlet.system.extras import optional
from convlet.system.text import cell

_GROUP = 1 << 16  # rows of a Parquet file's row group


@dataclass(frozen=True)
class Table(abc.ABC):
    """One kind of table."""

    columns: list[str]

    @abc.abstractmethod
    def write(self, path: Path, block: Block) -> None:
        """Write some answers as a part."""

    @abc.abstractmethod
    def join(self, path: Path, files: Sequence[Path]) -> None:
        """Join parts, in order, into the whole table, with bounded memory."""


def is_table(path: Path) -> bool:
    """Return whether a name is that of a table."""
    return path.suffix.lower() in _KINDS


def table(out: Path, columns: list[str]) -> Table:
    """Return the kind of table given by the suffix of `out`.

    Raises:
        UsageError: it is not that of a table.
        MissingExtraError: Parquet without pyarrow.
    """
    suffix = out.suffix.lower()
    if suffix not in _KINDS:
        raise UsageError(f"out={str(out)!r} is not a table: expected a name that ends in {', '.join(_KINDS)}.")
    if suffix == ".parquet":
        optional("pyarrow.parquet", "parquet")
    return _KINDS[suffix](columns)


class _Parquet(Table):
    def write(self, path: Path, block: Block) -> None:
        from pyarrow import parquet

        parquet.write_table(block.arrow(self.columns), path)

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
    def write(self, path: Path, block: Block) -> None:
        self._write(path, block.records())

    def join(self, path: Path, files: Sequence[Path]) -> None:
        self._write(path, [self.columns])
        _append(path, files)

    def _write(self, path: Path, records: Iterable[list[Any]]) -> None:
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(
                [self._spelled(name, value) for name, value in zip(self.columns, record, strict=True)]
                for record in records
            )

    @staticmethod
    def _spelled(column: str, value: Any) -> Any:
        if isinstance(value, bool):
            return str(value).lower()
        return cell(value) if column in _FOREIGN and isinstance(value, str) else value


class _JsonLines(Table):
    def write(self, path: Path, block: Block) -> None:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(json.dumps(dict(zip(self.columns, row, strict=True))) + "\n" for row in block.records())

    def join(self, path: Path, files: Sequence[Path]) -> None:
        _append(path, files)


_FOREIGN = frozenset({"input", "label", "text", "error"})  # texts of strangers, which no spreadsheet may compute

_KINDS: dict[str, Callable[[list[str]], Table]] = {".parquet": _Parquet, ".csv": _Csv, ".jsonl": _JsonLines}


def _append(path: Path, files: Sequence[Path]) -> None:
    with path.open("ab") as whole:
        for file in files:
            with file.open("rb") as part:
                shutil.copyfileobj(part, whole)
