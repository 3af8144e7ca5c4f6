"""Whether the tests notice a change: `python -m benchmarks.mutants [ROOM ...] [--sample N] [--seed S] [--again]`.

Each mutant is one small change (`benchmarks.mutations`) to one file of a room, run against that room's tests. It is
noticed if a test fails, or takes four times its processor time. Writes `results/mutants.json`, survivors included.

A server imports the heavy libraries once and forks for each mutant; the child sees a copy of `src` with the change in
it, and so do the processes that tests start. The training that tests share is done once.
"""

import argparse
import compileall
import io
import json
import multiprocessing as mp
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import pytest

from benchmarks.mutations import Mutant, mutants

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "convlet"
RESULTS = ROOT / "benchmarks" / "results" / "mutants.json"
LIBRARIES = (
    "numpy",
    "PIL.Image",
    "scipy.stats",
    "scipy.optimize",
    "scipy.ndimage",
    "sklearn.datasets",
    "skimage.feature",
)
MEMORY = 8 << 30  # bytes


@dataclass(frozen=True)
class Room:
    """Files to change, tests that should notice, and what else the server imports for them."""

    files: tuple[str, ...]
    tests: tuple[str, ...]
    libraries: tuple[str, ...] = ()


ROOMS = {
    "files": Room(("system/files.py",), ("system/test_files.py",)),
    "signature": Room(("signature.py",), ("test_signature.py",)),
    "predictor": Room(
        ("prediction/predictor.py",), ("prediction/test_predictor.py",), ("onnxruntime", "onnx", "keras")
    ),
    "idx": Room(("data/idx.py",), ("data/test_idx.py",)),
    "evaluation": Room(
        ("evaluation",),
        ("evaluation",),
        ("keras",),
    ),
}


class Plugin:
    """Runs the quickest tests first; the fixture `run` is the training in `folder`.

    The first process, which runs the unchanged code, writes how long each test takes to `seconds`.
    """

    def __init__(self, folder: Path, seconds: Path) -> None:
        self.folder, self.place = folder, seconds
        self.took: dict[str, float] = {}
        self.known: dict[str, float] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Sort the tests."""
        if self.place.is_file():
            self.known = json.loads(self.place.read_text("utf-8"))
            items.sort(key=lambda item: self.known.get(item.nodeid, 0.0))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add up the phases of a test."""
        self.took[report.nodeid] = self.took.get(report.nodeid, 0.0) + report.duration

    def pytest_sessionfinish(self) -> None:
        """Keep the times."""
        if not self.known:
            self.place.write_text(json.dumps(self.took), "utf-8")

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Any:
        """Answer for `run`; leave the others to pytest."""
        if fixturedef.argname != "run":
            return None
        run = import_module("convlet.run").Run(self.folder)
        fixturedef.cached_result = (run, fixturedef.cache_key(request), None)
        return run


@dataclass
class Job:
    """A mutant under test."""

    file: Path
    mutant: Mutant
    overlay: Path
    process: Any = None
    began: float = field(default_factory=time.monotonic)


def main() -> None:
    """Try the mutants, print the survivors and the share noticed, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=f"of {', '.join(ROOMS)}; all if none is named")
    parser.add_argument("--sample", type=int, help="mutants of a room, drawn at random; all if not given")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--again", action="store_true", help="only the survivors of the last time")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="mutants at a time")
    options = parser.parse_args()
    if unknown := set(options.rooms) - set(ROOMS):
        parser.error(f"no room {', '.join(unknown)}; there are: {', '.join(ROOMS)}")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.rooms or ROOMS:
            before = json.loads(RESULTS.read_text("utf-8")) if RESULTS.is_file() else {}
            last = before.get(name) if options.again else None
            found = _try_room(name, ROOMS[name], Path(folder), options, last)
            before = json.loads(RESULTS.read_text("utf-8")) if RESULTS.is_file() else {}
            RESULTS.write_text(json.dumps(before | {name: found}, indent=1) + "\n", "utf-8")
            print(f"{name}: {found['noticed']} of {found['mutants']} noticed", flush=True)


def _try_room(
    name: str, room: Room, folder: Path, options: argparse.Namespace, last: dict[str, Any] | None
) -> dict[str, Any]:
    for library in (*LIBRARIES, *room.libraries):
        import_module(library)
    plugins = [Plugin(_shared_run(folder) if "onnxruntime" in room.libraries else folder, folder / f"{name}.json")]
    paths = [path for file in room.files for path in sorted((SOURCE / file).glob("*.py")) or [SOURCE / file]]
    todo = [(path, mutant) for path in paths for mutant in mutants(path.read_text("utf-8"))]
    total = len(todo)
    if last:
        todo = [one for one in todo if _key(_described(*one)) in map(_key, last["survivors"])]
    elif options.sample and options.sample < total:
        todo = random.Random(options.seed).sample(todo, options.sample)  # noqa: S311 - no secret
    overlays = [_overlay(folder / f"{name}-{number}") for number in range(options.jobs)]
    unchanged = Job(paths[0], Mutant(0, "", "", paths[0].read_text("utf-8")), overlays[0])
    seconds = _start(unchanged, room, plugins, limit=None)
    unchanged.process.join()
    if unchanged.process.exitcode:
        sys.exit(f"{name}: its tests fail on the unchanged code")
    used, took = seconds.value, time.monotonic() - unchanged.began
    print(f"{name}: {len(todo)} of {total} mutants; the tests take {used:.1f} s of processor time", flush=True)
    found = {_key(_described(*one)) for one in todo}
    survivors = [one for one in last["survivors"] if _key(one) not in found] if last else []  # their code has changed
    for job, survived_it in _outcomes(todo, overlays, room, plugins, limit=(int(10 + 4 * used), 60 + 20 * took)):
        if survived_it:
            survivors.append(_described(job.file, job.mutant))
            print("  {file}:{line}: {before} -> {after}".format(**survivors[-1]), flush=True)
    tried = last["mutants"] if last else len(todo)
    return {
        "possible": total,
        "mutants": tried,
        "noticed": tried - len(survivors),
        "share": round(1 - len(survivors) / tried, 4),
        "survivors": sorted(survivors, key=lambda one: (one["file"], one["line"], one["after"])),
    }


def _described(file: Path, mutant: Mutant) -> dict[str, Any]:
    code = file.read_text("utf-8").splitlines()[mutant.line - 1].strip()
    where = {"file": str(file.relative_to(SOURCE)), "line": mutant.line, "code": code}
    return where | {"before": mutant.before, "after": mutant.after}


def _key(described: dict[str, Any]) -> tuple[str, ...]:
    return tuple(described[part] for part in ("file", "code", "before", "after"))


def _outcomes(
    todo: list[tuple[Path, Mutant]], overlays: list[Path], room: Room, plugins: list[Any], limit: tuple[int, float]
) -> Iterator[tuple[Job, bool]]:
    """Yield each mutant, as it ends, and whether it survived: no test failed or ran too long."""
    waiting, free, running = list(todo), list(overlays), list[Job]()
    while waiting or running:
        while waiting and free:
            job = Job(*waiting.pop(0), free.pop())
            _start(job, room, plugins, limit[0])
            running.append(job)
        wait([job.process.sentinel for job in running], timeout=1)
        for job in list(running):
            late = job.process.exitcode is None and time.monotonic() - job.began > limit[1]
            if late:
                os.killpg(job.process.pid, signal.SIGKILL)
                job.process.join()
            if job.process.exitcode is not None:
                running.remove(job)
                free.append(job.overlay)
                shutil.copy2(job.file, job.overlay / "convlet" / job.file.relative_to(SOURCE))
                yield job, job.process.exitcode == 0


def _start(job: Job, room: Room, plugins: list[Any], limit: int | None) -> Any:
    """Fork a child that runs the tests on the changed file; return the processor seconds it used, once it ends."""
    (job.overlay / "convlet" / job.file.relative_to(SOURCE)).write_text(job.mutant.source, "utf-8")
    context = mp.get_context("fork")
    seconds = context.Value("d", 0.0)
    job.process = context.Process(target=_child, args=(job.overlay, room, plugins, limit, seconds))
    job.process.start()
    return seconds


def _child(overlay: Path, room: Room, plugins: list[Any], limit: int | None, seconds: Any) -> None:
    os.setsid()
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    sys.dont_write_bytecode = True
    os.environ |= {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # other plugins take longer to import than these tests run
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(overlay),
    }
    sys.path.insert(0, str(overlay))
    os.chdir(ROOT)
    quiet = ["-x", "-q", "-p", "no:cacheprovider", f"--basetemp={overlay / 'pytest'}"]
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        code = pytest.main([*quiet, *(f"tests/{one}" for one in room.tests)], plugins=plugins)
    seconds.value = sum(
        part
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        for part in (resource.getrusage(who).ru_utime, resource.getrusage(who).ru_stime)
    )
    os._exit(code)  # without waiting for what a mutant left behind


def _overlay(folder: Path) -> Path:
    shutil.copytree(SOURCE, folder / "convlet", ignore=shutil.ignore_patterns("__pycache__"))
    compileall.compile_dir(folder, quiet=1)
    return folder


def _shared_run(folder: Path) -> Path:
    """Train what tests/conftest.py trains, in a process of its own: a fork cannot use an engine that has begun."""
    program = "import convlet; convlet.train(convlet.load('digits'), convlet.recipe('small-data', epochs=4), out={!r})"
    out = folder / "shared"
    if not out.is_dir():
        subprocess.run([sys.executable, "-c", program.format(str(out))], check=True, stdout=subprocess.DEVNULL)
    return next(path for path in out.iterdir() if (path / "model.onnx").is_file())


if __name__ == "__main__":
    main()
