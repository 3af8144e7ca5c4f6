"""Damage to every file of a run and to every export: each is noticed when the file is opened."""

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import convlet
from benchmarks.faults.mutants import flipped
from convlet.errors import ConvletError
from convlet.exports import FORMATS
from convlet.models.keras_archive import signature_of
from convlet.run import CHECKPOINTS
from convlet.run.whole import check_files
from convlet.training import checkpoint

_RECIPE = {"epochs": 2, "checkpoint_seconds": 0}


def damage(flips: int, cuts: int, web: Path | None, seed: int = 1) -> dict[str, Any]:
    """Flip bits of each file and cut it short, that often; return how often it was noticed.

    Args:
        flips: for each file.
        cuts: for each file.
        web: a folder with onnxruntime's browser build, for the web export; None leaves that out.
        seed: of what is damaged where.
    """
    random = np.random.default_rng(seed)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as held:
        for name, file, opened in _files(Path(held), web):
            content = file.read_bytes()
            noticed = {"flips": 0, "cuts": 0}
            for kind, count in (("flips", flips), ("cuts", cuts)):
                for _ in range(count):
                    at = int(random.integers(len(content)))
                    file.write_bytes(flipped(content, random) if kind == "flips" else content[:at])
                    noticed[kind] += _is_noticed(opened)
            file.write_bytes(content)
            opened()  # undamaged again
            found[name] = {"flips": flips, "cuts": cuts} | {f"{kind}_noticed": n for kind, n in noticed.items()}
            print(name, found[name], file=sys.stderr)
    return found


def _files(place: Path, web: Path | None) -> list[tuple[str, Path, Callable[[], object]]]:
    """Make a run and its exports; return each file's name, its path, and what opens it."""
    digits = convlet.load("digits")
    recipe = convlet.recipe("small-data", **_RECIPE)
    run = convlet.train(digits, recipe, out=place / "runs")
    interrupted = _interrupted(digits, recipe, place / "stopped")
    image = digits.test.images[:1]
    opened: list[tuple[str, Path, Callable[[], object]]] = [
        ("model.onnx in its run", run.path / "model.onnx", lambda: convlet.Predictor(run).predict(image)),
        ("run.json", run.path / "run.json", lambda: run.manifest),
        ("recipe.toml", run.path / "recipe.toml", lambda: run.recipe),
        ("history.csv", run.path / "history.csv", lambda: run.history),
        ("metrics.json", run.path / "metrics.json", lambda: run.metrics),
        ("model.keras", run.path / "model.keras", lambda: signature_of(run.path / "model.keras")),
        ("checkpoint", interrupted.path / "checkpoint.safetensors", lambda: _read(interrupted.path)),
    ]
    for form, suffix in (("onnx", "onnx"), ("onnx-int8", "int8.onnx"), ("litert", "tflite")):
        made = convlet.export(run, form, place / "exports" / f"small.{suffix}").path
        opened.append((form, made, lambda form=form, made=made: FORMATS[form].open(made)))  # type: ignore[misc]
    copy = Path(shutil.copy(run.path / "model.keras", place / "alone.keras"))
    opened.append(("model.keras alone", copy, lambda: signature_of(copy)))
    if web:
        site = convlet.export(run, "web", place / "site", runtime=web).path
        files = sorted(path for path in site.rglob("*") if path.is_file() and path.name != "MODEL.md")
        opened += [(f"web: {file.relative_to(site)}", file, lambda: _whole(site)) for file in files]
    return opened


def _interrupted(digits: convlet.Dataset, recipe: convlet.Recipe, out: Path) -> convlet.Run:
    def stop(_: object) -> None:
        raise KeyboardInterrupt

    with contextlib.suppress(KeyboardInterrupt):
        convlet.train(digits, recipe, out=out, watch=convlet.Watch(on_epoch=stop))
    run = convlet.Run(out / "digits-small-data-1")
    (run.path / CHECKPOINTS[1]).unlink(missing_ok=True)  # so that no other is taken
    return run


def _read(folder: Path) -> None:
    if checkpoint.load(folder) is None:
        raise AssertionError("the checkpoint is gone")


def _whole(site: Path) -> None:
    for one in check_files(site):
        if one.problem:
            raise convlet.ConvletError(one.problem)


def _is_noticed(opened: Callable[[], object]) -> bool:
    try:
        opened()
    except ConvletError:
        return True
    return False
