"""Odd names of folders, pictures and classes: each command takes them or says why not, and shows them safely."""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.faults.called import SMALL, called, draw_one

NAMES = (
    "with space",
    " leading",
    "-dash",
    "--help",
    "é",
    "e\N{COMBINING ACUTE ACCENT}",
    "日本語",
    "😀",
    "مرحبا",
    "100%s",
    "{name}",
    "$HOME",
    "`id`",
    "a;b&c|d",
    "'\"",
    "back\\slash",
    "new\nline",
    "\x1b[31mred\x1b[0m",
    "\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe",
    "[bold]x[bold]",
    "*?[x]",
    "~nobody-of-that-name",
    "=1+1",
    "#",
    "con",
    "dot.",
    "a=b,c",
    os.fsdecode(b"half\xff"),
    "long" * 50,
)


def paths(names: Sequence[str] = NAMES) -> dict[str, Any]:
    """Use each of the names everywhere; return what came of it."""
    found = refused = wrong = 0
    with tempfile.TemporaryDirectory() as held:
        base = Path(held) / "base"
        status, _, said = called(["train", "digits", *SMALL, "--out", str(base)])
        if status:
            raise AssertionError(said)
        for number, name in enumerate(names):
            place = Path(held) / f"{number}"
            place.mkdir()
            with contextlib.chdir(place):
                for words in _commands(name, base / "digits-small-data-1"):
                    status, out, said = called(words)
                    found += 1
                    refused += status == 3
                    problems = [*_problems(words, status, out, said)]
                    wrong += bool(problems)
                    if problems:
                        print(f"{name!r} {words[:2]}: {problems}: {out[-300:]!r} {said[-1500:]!r}", file=sys.stderr)
    return {"names": len(names), "commands": found, "commands_that_refuse_a_class": refused, "not_right": wrong}


def _commands(name: str, run: Path) -> Iterator[list[str]]:
    """Yield commands whose every path has that name somewhere; make what they need."""
    folder = Path(".") / name  # noqa: PTH201  so that a name with a dash in front is no option
    shown = f".{os.sep}{folder}"
    folder.mkdir()
    ours = f"{shown}{os.sep}{name}"
    shutil.copytree(run, ours)
    picture = f"{shown}{os.sep}{name[:200]}.png"
    draw_one(Path(picture))
    yield ["predict", ours, picture]
    yield ["predict", ours, picture, "--json"]
    yield ["predict", ours, shown, "--out", f"{shown}.csv"]
    yield ["predict", ours, picture, "--all", "--out", f"{shown}-boxes.png"]
    yield ["explain", ours, picture, "--out", f"{shown}-heat.png"]
    yield ["export", ours, "--format", "onnx", "--out", f"{shown}.onnx"]
    yield ["predict", f"{shown}.onnx", picture]
    yield ["runs", "check", ours]
    random = np.random.default_rng(1)
    for label in (name, "other"):
        place = Path("images") / label
        place.mkdir(parents=True)
        for number in range(20):
            Image.fromarray(random.integers(0, 256, (12, 12), dtype=np.uint8)).save(place / f"{name[:150]}{number}.png")
    yield ["data", "info", "images"]
    yield ["data", "check", "images", "--html", f"{shown}.html"]
    yield ["train", "images", "--set", "epochs=1", "--out", f"{shown}-runs"]


def _problems(words: list[str], status: int, out: str, said: str) -> Iterator[str]:
    named = said.count("\n") == 1 and said.startswith("error: images has a class named ")  # no printable text
    found = status == 4 and words[:2] == ["data", "check"]
    if status and not found and not named:
        yield f"exit status {status}"
    if "Traceback" in said:
        yield "a traceback"
    if harmful := {sign for sign in out + said if sign != "\n" and not (sign.isprintable() or sign in "\t\r")}:
        yield f"raw: {harmful}"
