"""Tell everything about one run, however much of it is damaged."""

import contextlib
import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from convlet.errors import ConvletError
from convlet.recipes import Recipe, in_words
from convlet.run.folder import Run
from convlet.run.history import Epoch
from convlet.run.listing import listed

_FIGURES = "params", "train_seconds", "seconds_per_epoch", "kept_epochs", "val_loss", "verdict"


def told(path: Path) -> dict[str, Any]:
    """Return the facts of `Listed`, and more, for JSON.

    `history`: a list of epochs, each with the fields of `Epoch`; `settings`: the recipe's fields in words; `figures`:
    of `metrics.json`; `of_epochs`: how many there will be, None if unknown; `images`: those of train and validation;
    `classes`: their names; `start`: the run that it goes on from; `files`: each with its `name` and `bytes`;
    `problems`: what is wrong with it, in sentences.

    Raises:
        ModelError: there is no run folder.
    """
    run, line = Run(path), listed(path)
    problems = [line.problem] if line.problem else []

    def read(part: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return part()
        except (ConvletError, OSError) as error:
            if str(error) not in problems:
                problems.append(str(error))
            return otherwise

    manifest: dict[str, Any] = read(lambda: run.manifest, {})
    recipe: Recipe | None = read(lambda: run.recipe, None)
    history: list[Epoch] = read(lambda: run.history, [])
    metrics: dict[str, Any] = read(lambda: run.metrics, {}) if (path / "metrics.json").is_file() else {}
    data = manifest.get("dataset", {})
    return {
        **line.to_dict(),
        "history": [{name: _finite(value) for name, value in asdict(epoch).items()} for epoch in history],
        "of_epochs": recipe and recipe.epochs * recipe.ensemble,
        "settings": {name: in_words(value) for name, value in asdict(recipe).items()} if recipe else {},
        "figures": {name: _finite(metrics.get(name)) for name in _FIGURES},
        "images": {split: data.get(split) for split in ("train", "validation")},
        "classes": data.get("class_names", []),
        "start": (manifest.get("start") or {}).get("path"),
        "engine": manifest.get("engine"),
        "versions": manifest.get("versions", {}),
        "hardware": manifest.get("hardware", {}),
        "files": files_of(path),
        "problems": problems,
    }


def files_of(path: Path) -> list[dict[str, Any]]:
    """Return the names and sizes of a folder's files, those of folders in it too; hidden ones are left out."""
    found = []
    for file in sorted(path.rglob("*")):
        name = file.relative_to(path)
        if not any(part.startswith(".") for part in name.parts):
            with contextlib.suppress(OSError):
                if file.is_file():
                    found.append({"name": name.as_posix(), "bytes": file.stat().st_size})
    return found


def _finite(value: Any) -> Any:
    """Return a value for JSON, which has no infinite numbers; a damaged file may."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
