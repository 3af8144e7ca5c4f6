"""A disk that is full, read-only or broken from each write of a command on: one clear line, and nothing half-written.

`failures` starts one process for each error, `python -m benchmarks.faults.failures`, with `disk.c` preloaded: that
process runs each command again and again, and lets it fail at its first write, its second, and so on.
"""

import concurrent.futures
import contextlib
import ctypes
import errno
import hashlib
import json
import os
import re
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
_WEB = "export", _RUN, "--format", "web", "--out", "web", "--runtime", "../runtime"
_RESUMED = {  # where what a command did not end is, and what goes on with it
    "train": ("new/digits-small-data-1/run.json", ["train", "--resume", "new/digits-small-data-1"]),
    "resume": ("stopped/digits-small-data-1/run.json", ["train", "--resume", "stopped/digits-small-data-1"]),
    "tune": ("studies/digits-1/study.json", ["tune", "--resume", "studies/digits-1", "--trials", "1"]),
}
_MINUTE = rb"\d{4}-\d\d-\d\d \d\d:\d\d UTC"


def failures(
    most: int,
    web: Path | None = None,
    verbs: Sequence[str] = tuple(VERBS),
    errors: Sequence[str] = ERRORS,
    seed: int = 1,
) -> dict[str, Any]:
    """Let the disk fail at each write of each command; return what came of it, for each error.

    Args:
        most: at how many of a command's writes; of more than that, some chosen at random.
        web: a folder with onnxruntime's browser build, for the export to a web page; without one, that is left out.
        verbs: which commands.
        errors: which errors, by their names in `errno`.
        seed: of the choice.
    """
    with tempfile.TemporaryDirectory() as held, concurrent.futures.ThreadPoolExecutor(2) as pool:
        library = disk.compiled(Path(held))

        def fail(error: str) -> dict[str, int]:
            place = Path(held) / error
            place.mkdir()
            if web:
                (place / "runtime").symlink_to(web.resolve())
            words = [error, str(place), str(most), str(seed), *verbs, *(["web"] if web else [])]
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
    _prepare(base, verbs)
    library = ctypes.CDLL(None)
    library.disk_fails.argtypes, library.disk_calls.restype = [ctypes.c_long, ctypes.c_int], ctypes.c_long
    found: Counter[str] = Counter()
    before = _digests(base)
    for verb in verbs:
        words, after = VERBS.get(verb, list(_WEB)), []
        for _ in range(2):
            with _fresh(base, place) as work:
                library.disk_fails(0, 0)
                status, _, said = called(words)
                writes = library.disk_calls()
                after.append(_digests(work))
            if status:
                raise AssertionError(f"{verb} ended with {status} on a whole disk: {said}")
        found["writes"] += writes
        for at in sorted(int(one) + 1 for one in random.permutation(writes)[:most]):
            with _fresh(base, place) as work:
                library.disk_fails(at, getattr(errno, error))
                status, _, said = called(words)
                library.disk_fails(0, 0)
                found["tried"] += 1
                found["failed"] += status == 3
                found["went_on"] += status == 0
                problems = [*_halves(status, work, before, after), *_problems(verb, status, said, work)]
                found["not_right"] += bool(problems)
                if problems:
                    print(f"{error} at {at} of {writes}, {verb}: {problems}: {said[-1500:]}", file=sys.stderr)
    report.write(json.dumps({name: found[name] for name in ("writes", "tried", "failed", "went_on", "not_right")}))
    report.flush()


def _prepare(base: Path, verbs: Sequence[str]) -> None:
    """Make a run, one that was interrupted if it is to be resumed, and a picture."""
    import convlet

    digits, recipe = convlet.load("digits"), convlet.recipe("small-data", epochs=2, checkpoint_seconds=0)
    convlet.train(digits, recipe, out=base / "runs")
    draw_one(base / "one.png")

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    if "resume" in verbs:
        with contextlib.suppress(KeyboardInterrupt):
            convlet.train(digits, recipe, out=base / "stopped", watch=convlet.Watch(on_epoch=stop))


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
    runs = [path.parent for path in work.rglob("run.json")]
    if wrong := [one.problem for run in runs for one in check_files(run) if one.problem]:
        yield f"damaged: {wrong}"
    begun, again = _RESUMED.get(verb, ("", []))
    if begun and (work / begun).is_file():
        status, _, said = called(again)
        if status and "is done" not in said:
            yield f"not resumed: {said[-500:]}"


def _halves(status: int, work: Path, before: dict[str, str], after: list[dict[str, str]]) -> Iterator[str]:
    """Yield which files are neither as before the command nor as after one whose disk was whole."""
    found = _digests(work)
    changing = {name for name in after[0] if after[0][name] != after[1].get(name)}  # with times and durations
    if lost := {name for name in before if name in after[0]} - found.keys():
        yield f"lost: {sorted(lost)}"
    right = {name: {before.get(name), after[0].get(name)} for name in before | after[0]}
    wrong = [name for name in found if name not in changing and found[name] not in right.get(name, ())]
    if halves := [name for name in wrong if not _is_kept(name)]:
        yield f"half-written or not to be there: {halves}"
    if not status and found.keys() != after[0].keys():
        yield f"without a word, not the files of a whole disk: {sorted(found.keys() ^ after[0].keys())}"


def _is_kept(name: str) -> bool:
    """Whether a file is what to go on from: a state of a training, or of the answers so far. Each has its digest."""
    from convlet.run import CHECKPOINTS

    return Path(name).name in CHECKPOINTS or Path(name).parts[0].endswith("-parts")


def _digests(folder: Path) -> dict[str, str]:
    """Return the digest of each file, whenever it was written: reports tell the minute."""
    files = (path for path in folder.rglob("*") if path.is_file())
    contents = {path: re.sub(_MINUTE, b"", path.read_bytes()) for path in files}
    return {str(path.relative_to(folder)): hashlib.sha256(content).hexdigest() for path, content in contents.items()}


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
