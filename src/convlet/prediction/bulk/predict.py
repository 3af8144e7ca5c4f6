"""Classify more images than fit in memory, into one table on disk."""

import contextlib
import functools
import itertools
import math
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convlet.errors import DataError, OutputError
from convlet.prediction.bulk import answers, numbers
from convlet.prediction.bulk.block import Block, Counts, joined
from convlet.prediction.bulk.listing import Chunk, Inputs
from convlet.prediction.bulk.parts import Parts, opened
from convlet.prediction.bulk.tables import table
from convlet.prediction.bulk.work import answer, answer_with
from convlet.prediction.opening import model_file
from convlet.prediction.pages import Wish
from convlet.prediction.predictor import Predictor
from convlet.system.files import sha256, user_path
from convlet.system.machine import cores
from convlet.system.places import resolve
from convlet.system.watch import Watch
from convlet.system.workers import Workers, in_order

_CHUNK = 128  # images answered together, to make a trip to a worker cheap
_PAGES = 8  # pages, which take longer
_PART = 8  # chunks of images are kept together, pages one chunk; a kill costs at most so many
_WORTH = 5.0  # seconds of remaining work that make worker processes worthwhile; they take one or two to start
_LOOK = 4  # chunks that show the speed; the first also pays for late imports
_PROCESSES = 6  # together with this one below a gigabyte


@dataclass(frozen=True)
class Predicted:
    """The outcome of a bulk prediction.

    Attributes:
        path: the table.
        counts: those of its rows.
        before: rows left by an earlier, interrupted call.
        seconds: from listing the folders to the finished table.
        ignored: files in the folders without an image's suffix.
    """

    path: Path
    counts: Counts
    before: int
    seconds: float
    ignored: int

    @property
    def images_per_second(self) -> float:
        """The speed of this call."""
        return (self.counts.images - self.before) / self.seconds if self.seconds else 0.0


def predict_files(
    model: str | Path,
    inputs: Sequence[str | Path],
    out: str | Path,
    *,
    listed: Iterable[str] = (),
    cluster: str | None = None,
    overwrite: bool = False,
    pages: Wish | None = None,
    workers: int | None = None,
    watch: Watch | None = None,
) -> Predicted:
    """Classify any number of images, or read pages, with bounded memory. Repeating an interrupted call resumes it.

    Args:
        model: a run folder, an `.onnx` or a `.keras` file, "latest" or "digits".
        inputs: folders (searched recursively), image files, and `.csv`, `.npz` and IDX files of pixels.
        out: a `.parquet`, `.csv` or `.jsonl` file to write, one row per image with the columns `input`, `label`,
            `probability`, `known`, `error`, `empty`, and `p_CLASS` for each class. Of pages one row per number or cell,
            see `numbers.columns_of`.
        listed: more image files.
        cluster: a Ray cluster, see `convlet.system.cluster.connected`; None for this machine.
        overwrite: replace an existing output, and discard an interrupted call's answers if model or inputs changed.
        pages: read pages, and how; None for one answer per image.
        workers: processes on this machine; by default one per core, at most 6.
        watch: callbacks; `on_progress("predicting", rows done, total rows, "N images/s")`.

    Raises:
        UsageError: the suffix of `out` is not that of a table, or `pages` is no way to read them.
        DataError: there are no images, or a worker was killed three times.
        ModelError: there is no such model.
        OutputError: `out` exists, another process writes it, or the disk is full. Finished answers are kept.
        MissingExtraError: Parquet without pyarrow, or a cluster without Ray.
    """
    watch = watch or Watch()
    if pages is not None:
        pages.check()
    file, out = model_file(resolve(model)), user_path(out)
    predictor = Predictor(file, threads=1)
    columns = answers.columns_of(predictor.signature.class_names) if pages is None else numbers.columns_of(pages)
    kind = table(out, columns)
    if out.is_dir() or not out.parent.is_dir():
        raise OutputError(
            f"cannot write {out}: " + ("it is a folder." if out.is_dir() else f"there is no folder {out.parent}.")
        )
    about: dict[str, Any] = {"model": sha256(file), "columns": kind.columns}
    if pages is not None:
        about |= {"print": pages.keep_print, "expect": pages.expect, "grid": list(pages.grid or ())}
    began = time.monotonic()
    chunk, part = (_CHUNK, _PART * _CHUNK) if pages is None else (_PAGES, _PAGES)
    images = Inputs(inputs, listed, watch, chunk)
    total = len(images)
    with opened(out, kind, {"inputs": images.sha256, **about}) as parts:
        if note := parts.take_up(overwrite=overwrite):
            watch.on_note(note)
        before = parts.counts.images
        watch.on_progress("predicting", before, total, "")
        with contextlib.ExitStack() as stack:
            if before == total:
                rows: Iterator[Block] = iter(())
            elif cluster is None:
                rows = stack.enter_context(contextlib.closing(_here(file, predictor, pages, images, before, workers)))
            else:
                from convlet.prediction.bulk.cluster import on_cluster
                from convlet.system.cluster import connected

                rows = on_cluster(stack.enter_context(connected(cluster)), file, pages, images, before)
            try:
                _write(rows, parts, total, part, watch, "images" if pages is None else "pages")
            except KeyboardInterrupt:
                watch.on_note(f"interrupted: {parts.counts.images:,} answers are kept. Repeat the command to resume.")
                raise
        if parts.counts.images != total:
            raise DataError(
                f"only {parts.counts.images:,} of {total:,} images were answered. Repeat the command to resume."
            )
        parts.join()
    return Predicted(out, parts.counts, before, time.monotonic() - began, images.ignored)


def _here(
    model: Path, predictor: Predictor, pages: Wish | None, inputs: Inputs, start: int, workers: int | None
) -> Generator[Block, None, None]:
    """Answer on this machine: many files in processes; a few files, or arrays, in threads."""
    starts = inputs.starts(start)
    left, quickest = len(inputs) - start, math.inf
    if workers is None:
        for begin in itertools.islice(starts, _LOOK):
            began = time.monotonic()
            rows = answer(predictor, pages, inputs.chunk(begin))
            took, left = time.monotonic() - began, left - len(rows.names)
            quickest = min(quickest, took / len(rows.names))
            yield rows
            if took > _WORTH / _LOOK:
                break
    # arrays need no reading; with a `.keras` file each process would import a framework
    worth = quickest * left > _WORTH and inputs.files > len(inputs) // 2 and cores() > 1 and model.suffix != ".keras"
    chunks, at_once = map(inputs.chunk, starts), workers or min(cores(), _PROCESSES)
    if not (worth or workers):
        yield from in_order(functools.partial(answer, predictor, pages), chunks, at_once)
        return
    with contextlib.closing(Workers(f"{answer.__module__}:{answer_with.__name__}", str(model))) as processes:
        yield from in_order(functools.partial(_ask, processes, pages), chunks, at_once)


def _ask(processes: Workers, pages: Wish | None, chunk: Chunk) -> Block:
    try:
        rows: Block = processes.ask(pages, chunk)
    except OSError as error:
        raise DataError(
            f"cannot read {chunk.names[0]} to {chunk.names[-1]}: {error}. "
            "Earlier answers are kept. Repeat the command to resume."
        ) from error
    return rows


def _write(rows: Iterable[Block], parts: Parts, total: int, part: int, watch: Watch, what: str) -> None:
    """Gather rows into parts of a fixed size, so that interruptions do not change the table."""
    held: list[Block] = []
    done = before = parts.counts.images
    began = time.monotonic()
    for chunk in rows:
        held.append(chunk)
        done += len(chunk.names)
        if done % part == 0 or done == total:
            parts.add(joined(held))
            held = []
        rate = (done - before) / max(1e-3, time.monotonic() - began)
        watch.on_progress("predicting", done, total, f"{rate:,.{0 if rate > 10 else 1}f} {what}/s")
