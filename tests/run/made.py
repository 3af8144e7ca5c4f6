"""Run folders as a training leaves them, without the training; and a process that holds one."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import convlet
from convlet.run import Epoch
from convlet.run.history import write_history
from convlet.system.files import sha256, write_text
from convlet.system.places import write_json, write_manifest

DATA = {"name": "digits", "source": "digits", "data_dir": None, "train_sha256": "0" * 64, "class_names": ["0", "1"]}
_HOLDING = """
import signal, sys, time
from convlet.run import Run
signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in a shell's background would ignore it
run = Run(sys.argv[1])
try:
    with run.recording():
        print("holds", flush=True)
        while True:  # a signal that comes just before a sleep begins does not end that sleep: it is heeded after it
            time.sleep(0.02)
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


def made_run(
    folder: Path, name: str, *, status: str = "done", epochs: int = 3, recipe: str = "small-data", **facts: Any
) -> Path:
    """Make a run folder; `facts` are of its manifest."""
    path = folder / name
    path.mkdir(parents=True)
    write_text(path / "recipe.toml", convlet.recipe(recipe).to_toml())
    manifest = {
        "status": status,
        "created": "2026-01-02T03:04:05.000006+00:00",
        "dataset": DATA | {"train": 100, "validation": 10},
        "recipe": recipe,
        "recipe_sha256": sha256(path / "recipe.toml"),
    }
    write_manifest(path / "run.json", manifest | facts)
    add_epochs(path, epochs)
    if status == "done":
        figures = {"val_accuracy": 0.875, "validated_on": "validation", "epochs": epochs, "params": 1234}
        write_json(path / "metrics.json", figures | {"train_seconds": 2.5, "kept_epochs": [epochs], "verdict": None})
    return path


def add_epochs(path: Path, epochs: int) -> None:
    """Write the history of so many epochs, whose accuracy rises."""
    write_history(
        path / "history.csv",
        [
            Epoch(
                epoch=number,
                loss=1 / number,
                accuracy=1 - 0.5 / number,
                val_loss=1.2 / number,
                val_accuracy=1 - 0.6 / number,
                seconds=1.0,
                val_seconds=0.1,
            )
            for number in range(1, epochs + 1)
        ],
    )


@contextlib.contextmanager
def held_run(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Have a process hold a run as a training does, until it is stopped."""
    command = [sys.executable, "-c", _HOLDING, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == "holds"
            yield process
        finally:
            process.kill()
