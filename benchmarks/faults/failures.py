"""A disk that is full, read-only or broken from each write of a command on: one clear line, and nothing half-written.

`failures` starts one process for each error, `python -m benchmarks.faults.failures`, with `disk.c` preloaded: that
process runs each command again and again, and lets it fail at its first write, its second, and so on.
"""

import concurrent.futures
import contextlib
import ctypes
import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.faults import disk
from benchmarks.faults.called import SMALL, called, draw_one

ERRORS = ("ENOSPC", "EROFS", "EIO")
_RUN = "runs/digits-small-data-1"
VERBS = {
    "train": ["train", "digits", *SMALL, "--out", "new"],
    "resume": ["train", "--resume", "stopped/digits-small-data-1"],
    "evaluate": ["evaluate", _RUN],
    "predict": ["predict", _RUN, "one.png", "--out", "answers.csv"],
    "parquet": ["predict", _RUN, "one.png", "--out", "answers.parquet"],
    "page": ["predict", _RUN, "one.png", "--all", "--out", "boxes.png"],
    "explain": ["explain", _RUN, "one.png", "--out", "heat.png"],
    "onnx": ["export", _RUN, "--format", "onnx", "--out", "small.onnx"],
    "int8": ["export", _RUN, "--format", "onnx-int8", "--out", "int8.onnx"],
    "litert": ["export", _RUN, "--format", "litert", "--out", "small.tflite"],
    "saved-model": ["export", _RUN, "--format", "saved-model", "--out", "saved"],
    "tune": ["tune", "digits", "--recipe", "small-data", "--trials", "1", "--out", "studies"],
    "show": ["data", "show", "digits", "--out", "digits.png"],
    "check": ["data", "check", "digits", "--html", "check.html"],
}
_RESUMES = ("train", "resume")


def failures(
    most: int, verbs: Sequence[str] = tuple(VERBS), errors: Sequence[str] = ERRORS, seed: int = 1
) -> dict[str, Any]:
    """Let the disk fail at each write of each command; return what came of it, for each error.

    Args:
        most: at how many of a command's writes; of more than that, some chosen at random.
        verbs: which commands.
        errors: which errors, by their names in `errno`.
        seed: of the choice.
    """
    with tempfile.TemporaryDirectory() as held, concurrent.futures.ThreadPoolExecutor(2) as pool:
        library = disk.compiled(Path(held))

        def fail(error: str) -> dict[str, int]:
            place = Path(held) / error
            place.mkdir()
            words = [error, str(place), str(most), str(seed), *verbs]
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.faults.failures", *words],
                env=disk.failing(library, place, 0, 0) | {"TF_CPP_MIN_LOG_LEVEL": "3"},
                stdout=subprocess.PIPE,
                check=True,
            )
            counts: dict[str, int] = json.loads(done.stdout)
            return counts

        return dict(zip(errors, pool.map(fail, errors), strict=True))


def _main(error: str, place: Path, most: int, seed: int, verbs: list[str]) -> None:
    random = np.random.default_rng(seed)
    report = os.fdopen(os.dup(1), "w")  # so that what the commands print goes elsewhere
    base = place / "base"
    base.mkdir()
    _prepare(base)
    library = ctypes.CDLL(None)
    found: Counter[str] = Counter()
    for verb in verbs:
        with _fresh(base, place):
            library.disk_fails(0, 0)
            status, _, said = called(VERBS[verb])
            writes = library.disk_calls()
        if status and (verb, status) != ("check", 4):  # it found something
            raise AssertionError(f"{verb} ended with {status} on a whole disk: {said}")
        found["writes"] += writes
        for at in sorted(int(one) + 1 for one in random.permutation(writes)[:most]):
            with _fresh(base, place) as work:
                library.disk_fails(at, getattr(errno, error))
                status, _, said = called(VERBS[verb])
                library.disk_fails(0, 0)
                found["tried"] += 1
                found["failed"] += status == 3
                found["went_on"] += status == 0
                problems = [*_problems(verb, status, said, work)]
                found["not_right"] += bool(problems)
                if problems:
                    print(f"{error} at {at} of {writes}, {verb}: {problems}: {said[-1500:]}", file=sys.stderr)
    report.write(json.dumps({name: found[name] for name in ("writes", "tried", "failed", "went_on", "not_right")}))
    report.flush()


def _prepare(base: Path) -> None:
    """Make a run, one that was interrupted, and a picture."""
    import convlet

    digits, recipe = convlet.load("digits"), convlet.recipe("small-data", epochs=2, checkpoint_seconds=0)
    convlet.train(digits, recipe, out=base / "runs")

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    with contextlib.suppress(KeyboardInterrupt):
        convlet.train(digits, recipe, out=base / "stopped", watch=convlet.Watch(on_epoch=stop))
    draw_one(base / "one.png")


@contextlib.contextmanager
def _fresh(base: Path, place: Path) -> Iterator[Path]:
    """Copy the base to a folder of its own, and work there."""
    work = Path(shutil.copytree(base, place / "work"))
    with contextlib.chdir(work):
        yield work
    shutil.rmtree(work)


def _problems(verb: str, status: int, said: str, work: Path) -> Iterator[str]:
    """Yield what is not as it should be after a command met a disk that failed."""
    from convlet.run.whole import check_files

    if status not in (0, 3):
        yield f"exit status {status}"
    errors = [line for line in said.splitlines() if line.startswith("error:")]
    if status == 3 and len(errors) != 1:
        yield f"{len(errors)} errors"
    if "Traceback" in said or "Exception ignored" in said:
        yield "a traceback"
    if left := [path.name for path in work.rglob(".*.convlet-*")]:
        yield f"left unfinished: {left}"
    if wrong := [one.problem for one in check_files(work / _RUN) if one.problem]:
        yield f"damaged: {wrong}"
    if verb in _RESUMES:
        folder = work / ("new" if verb == "train" else "stopped") / "digits-small-data-1"
        if (folder / "run.json").is_file():
            status, _, said = called(["train", "--resume", str(folder)])
            if status and "is done" not in said:
                yield f"not resumed: {said[-500:]}"


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
