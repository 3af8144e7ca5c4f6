"""A model, and more images than fit into memory, to one table on disk."""

import contextlib
import functools
import itertools
import math
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from convlet.errors import DataError, OutputError
from convlet.prediction.bulk.answers import Rows, answer, columns
from convlet.prediction.bulk.listing import CHUNK, Inputs
from convlet.prediction.bulk.parts import Counts, Parts, opened
from convlet.prediction.bulk.tables import table
from convlet.prediction.bulk.workers import in_order, processes
from convlet.prediction.predictor import Predictor, model_file
from convlet.system.files import sha256, user_path
from convlet.system.machine import cores

_PART = 8 * CHUNK  # images; what a kill costs at most, beside what is under way
_WORTH = 5.0  # seconds of work that is left: processes take one or two to start
_LOOK = 4  # chunks from which the speed is told; the first also pays for what is imported late
_PROCESSES = 6  # with this one they stay below a gigabyte


@dataclass(frozen=True)
class Predicted:
    """What came of a batch prediction.

    Attributes:
        path: the table.
        counts: what is in it.
        before: how many of its rows were there when this process began.
        seconds: from the first look into the folders to the finished table.
        ignored: files in the folders that are no images by their names.
    """

    path: Path
    counts: Counts
    before: int
    seconds: float
    ignored: int

    @property
    def images_per_second(self) -> float:
        """Of the images that this process answered."""
        return (self.counts.images - self.before) / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class Progress:
    """Who is told how it goes on: `on_rows` of rows done and in all, `on_note` of what a person may want to know."""

    on_rows: Callable[[int, int], None] = lambda done, total: None
    on_note: Callable[[str], None] = lambda text: None


def predict_files(
    model: str | Path,
    inputs: Sequence[str | Path],
    out: str | Path,
    *,
    listed: Iterable[str] = (),
    cluster: str | None = None,
    overwrite: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Predicted:
    """Answer images, however many, with bounded memory; the same call goes on where a killed one was.

    Args:
        model: as for `Predictor`.
        inputs: as for `Inputs`: folders, image files, files of pixels.
        out: a `.parquet`, `.csv` or `.jsonl` file, with a row for each image: `convlet.prediction.bulk.answers.columns`.
        listed: the paths of more image files.
        cluster: where Ray is to do it, as for `convlet.system.cluster.connected`; None for this machine.
        overwrite: replace an output that is there, and throw away parts of one that was begun with another model or other inputs.
        workers: the processes that read and answer on this machine; the default is one for each core, and at most 6.
        progress: who is told.

    Raises:
        UsageError: a suffix that names no form.
        DataError: there is nothing to answer, or pixels of another size than the model's.
        ModelError: there is no such model.
        OutputError: the output is there already, or being written by another process, or the disk is full. What is answered stays.
        MissingExtraError: Parquet without pyarrow, a cluster without Ray.
    """
    progress = progress or Progress()
    file, out = model_file(user_path(model)), user_path(out)
    predictor = Predictor(file, threads=1)
    form = table(out, predictor.signature.class_names)
    if not out.parent.is_dir() or out.is_dir():
        raise OutputError(
            f"cannot write {out}: " + ("it is a folder." if out.is_dir() else f"there is no folder {out.parent}.")
        )
    about = {"model": sha256(file), "columns": columns(predictor.signature.class_names)}
    began = time.monotonic()
    images = Inputs(inputs, listed)
    images.require_shape(predictor.signature.input_shape)
    with opened(out, form, {"inputs": images.sha256, **about}) as parts:
        if said := parts.take_up(overwrite=overwrite):
            progress.on_note(said)
        before = parts.counts.images
        progress.on_rows(before, len(images))
        with contextlib.ExitStack() as stack:
            if before == len(images):
                rows: Iterator[Rows] = iter(())
            elif cluster is None:
                rows = stack.enter_context(contextlib.closing(_here(file, predictor, images, before, workers, stack)))
            else:
                from convlet.prediction.bulk.cluster import on_cluster
                from convlet.system.cluster import connected

                rows = on_cluster(stack.enter_context(connected(cluster)), file, images, before)
            try:
                _write(rows, parts, len(images), progress)
            except KeyboardInterrupt:
                progress.on_note(
                    f"interrupted: {parts.counts.images:,} answers are kept. The same command goes on behind them."
                )
                raise
        if parts.counts.images != len(images):
            raise DataError(
                f"{len(images):,} images were asked for and {parts.counts.images:,} answered. Run the same command again to go on."
            )
        parts.join()
    return Predicted(out, parts.counts, before, time.monotonic() - began, images.ignored)


def _here(
    model: Path, predictor: Predictor, inputs: Inputs, start: int, workers: int | None, stack: contextlib.ExitStack
) -> Generator[Rows, None, None]:
    """Answer on this machine: many files in processes, few of them and arrays in threads, in which onnxruntime computes at once."""
    starts = inputs.starts(start)
    left, quickest = len(inputs) - start, math.inf
    if workers is None:
        for begin in itertools.islice(starts, _LOOK):
            began = time.monotonic()
            rows = answer(predictor, inputs.chunk(begin))
            took, left = time.monotonic() - began, left - len(rows.names)
            quickest = min(quickest, took / len(rows.names))
            yield rows
            if took > _WORTH / _LOOK:
                break
    # Arrays are there already, and a `.keras` file would cost each process a framework.
    worth = quickest * left > _WORTH and inputs.files > len(inputs) // 2 and cores() > 1 and model.suffix != ".keras"
    at_once = workers or min(cores(), _PROCESSES)
    ask = stack.enter_context(processes(model, at_once)) if worth or workers else functools.partial(answer, predictor)
    yield from in_order(ask, map(inputs.chunk, starts), at_once)


def _write(rows: Iterable[Rows], parts: Parts, total: int, progress: Progress) -> None:
    """Gather rows into parts of a size that depends on nothing, so that the table is the same however often it was interrupted."""
    held: list[Rows] = []
    done = parts.counts.images
    for chunk in rows:
        held.append(chunk)
        done += len(chunk.names)
        if done % _PART == 0 or done == total:
            parts.add(held)
            held = []
        progress.on_rows(done, total)
