"""What checks cost: seconds of a checkpoint of `tutorial`'s net, and of looking through a model before it is opened."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import convlet
from convlet.models import build_model
from convlet.prediction.onnx_file import require_plain
from convlet.system.places import require_recorded
from convlet.training import checkpoint
from convlet.training.checkpoint import Place, State
from convlet.training.optimizer import accuracy, cross_entropy, make_optimizer

_CLASSES = 10


def overhead(times: int, run: convlet.Run) -> dict[str, Any]:
    """Save a state, and look through the model of a run, so often; return how long it takes."""
    recipe = convlet.recipe("tutorial")
    model = build_model(recipe, (28, 28, 1), _CLASSES)
    loss, figures = cross_entropy(recipe, _CLASSES), [accuracy(_CLASSES)]
    model.compile(optimizer=make_optimizer(recipe, 100), loss=loss, metrics=figures, jit_compile=False)
    random = np.random.default_rng(1)
    model.train_on_batch(random.integers(0, 256, (128, 28, 28, 1), dtype=np.uint8), random.integers(0, 10, 128))
    seconds = []
    with tempfile.TemporaryDirectory() as held:
        for _ in range(times):
            began = time.perf_counter()
            checkpoint.save(model, State(history=[], place=Place(10, 1.0)), Path(held))
            seconds.append(time.perf_counter() - began)
        size = (Path(held) / "checkpoint.safetensors").stat().st_size
    median = statistics.median(seconds)
    return {
        "saves": times,
        "bytes": size,
        "median_seconds": median,
        "largest_seconds": max(seconds),
        "share_of_the_time_between_two": median / recipe.checkpoint_seconds,
        "looking_through_a_model_ms": 1000 * statistics.median(_look_seconds(times, run.path / "model.onnx")),
    }


def _look_seconds(times: int, file: Path) -> Iterator[float]:
    content = file.read_bytes()
    for _ in range(times):
        began = time.perf_counter()
        require_plain(content, file)
        require_recorded(content, file)
        yield time.perf_counter() - began
