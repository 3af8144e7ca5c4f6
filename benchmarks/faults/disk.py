"""A disk that fails, or forgets at a power cut what was not flushed: `disk.c`, and what a cut does."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np


def compiled(folder: Path) -> Path:
    """Compile the library to preload; it needs a C compiler."""
    made = folder / "disk.so"
    source = Path(__file__).with_name("disk.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(made), str(source), "-ldl"], check=True)  # noqa: S607
    return made


def failing(library: Path, below: Path, at: int, error: int) -> dict[str, str]:
    """Return the environment of a process on a disk that fails from its call number `at` on."""
    own = {"FAULTS_BELOW": str(below.resolve()), "FAULTS_FAIL_AT": str(at), "FAULTS_ERRNO": str(error)}
    return os.environ | own | {"LD_PRELOAD": str(library)}


def forgetting(library: Path, below: Path, journal: Path, kept: Path) -> dict[str, str]:
    """Return the environment of a process whose writes `cut` can undo; `kept` is on the same disk as `below`."""
    kept.mkdir(exist_ok=True)
    own = {"FAULTS_BELOW": str(below.resolve()), "FAULTS_JOURNAL": str(journal), "FAULTS_KEPT": str(kept)}
    return os.environ | own | {"LD_PRELOAD": str(library)}


def cut(journal: Path, below: Path, random: np.random.Generator) -> tuple[int, int]:
    """Do to a folder what a power cut does; return how many moves were undone, and how many files lost content.

    A move that its folder's flush does not follow may be undone: each is by even odds, the latest first. What was
    written to a file and not flushed is lost: it becomes zeros, or nothing.
    """
    events = list(_events(journal))
    undone = 0
    for number in range(len(events) - 1, -1, -1):
        what, *names = events[number]
        if what != "move":
            continue
        source, target, before = map(Path, names)
        if number == len(events) - 1 and source.exists():
            continue  # a move is noted first, and the process was killed before it was made
        flushed = any(event[0] == "folder" and event[2] == str(target.parent) for event in events[number:])
        if flushed or random.random() < 0.5 or not target.exists():
            continue
        target.rename(source)
        if names[2]:
            before.rename(target)
        undone += 1
    unflushed: set[int] = set()
    for what, inode, *_ in events:
        if what == "write":
            unflushed.add(int(inode))
        elif what == "flush":
            unflushed.discard(int(inode))
    lost = 0
    for path in below.rglob("*"):
        if path.is_file() and path.stat().st_ino in unflushed:
            path.write_bytes(bytes(path.stat().st_size) if random.random() < 0.5 else b"")
            lost += 1
    return undone, lost


def _events(journal: Path) -> Iterator[list[str]]:
    if journal.is_file():
        for line in journal.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
            if line.count("\t") == 3:
                yield line.split("\t")
