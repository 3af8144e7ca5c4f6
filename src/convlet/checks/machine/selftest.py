"""Use convlet: the model in the box reads a digit that is drawn here, and a small net is trained."""

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convlet.checks.machine.engines import can_train, chosen
from convlet.checks.machine.item import OFF, OK, WRONG, Item
from convlet.system.box import DIGITS, boxed
from convlet.system.installing import requirement, told_pip
from convlet.system.watch import Watch

if TYPE_CHECKING:
    from PIL import Image

_GROUP = "self-test"
_SEVEN = [(60, 70), (220, 70), (135, 240)]  # two strokes
_SIDE, _PEN = 280, 20  # pixels
_SECONDS = 600  # more than the slowest and busiest machine takes
_LEAST = 0.5  # of the images; by chance it would be a tenth
# Every kind of layer of a usual net, and few numbers: what takes time is the engine's import, then making its graphs.
_SMALL: dict[str, Any] = {"epochs": 4, "filters": (8, 16), "kernel_size": 3, "dense_units": 64, "learning_rate": 0.005}
_PROGRAM = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from convlet.checks.machine.selftest import trained
trained(sys.argv[2])
"""


def items(watch: Watch) -> Iterator[Item]:
    """Yield what is found."""
    yield _reading()
    if not can_train():
        yield Item(_GROUP, "trains", OFF, "not tried, as there is no engine to train with")
        return
    watch.on_note(f"self-test: training a small net with {chosen()} (seconds; its import takes most of them) ...")
    yield _training()


def drawn() -> "Image.Image":
    """Return a picture of a seven, as somebody draws it."""
    from PIL import Image, ImageDraw

    picture = Image.new("L", (_SIDE, _SIDE), 255)
    ImageDraw.Draw(picture).line(_SEVEN, fill=0, width=_PEN, joint="curve")
    return picture


def _reading() -> Item:
    from convlet.prediction.predictor import Predictor

    began = time.perf_counter()
    folder = boxed(DIGITS)
    (answer,) = Predictor(folder or DIGITS).predict(drawn())
    told = f"answers {answer.label} ({answer.probability:.1%}) to a drawn 7, in {time.perf_counter() - began:.2f} s"
    if answer.label == "7" and answer.known:
        return Item(_GROUP, "reads", OK, told)
    again = told_pip("install", "--force-reinstall", "onnxruntime", *requirement())
    cure = f"{again}; if that does not help, please report it."
    return Item(_GROUP, "reads", WRONG, f"{told}. Expected 7", cure)


def _training() -> Item:
    """Train in a process of its own: on some machines an engine ends the process without a word."""
    began = time.perf_counter()
    asked = [sys.executable, "-P", "-c", _PROGRAM, json.dumps(sys.path)]
    with tempfile.TemporaryDirectory(prefix="convlet-doctor-") as folder:
        try:
            done = subprocess.run(  # noqa: S603  this Python, with this package
                [*asked, folder], stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            told = f"a training of five seconds was not done after {_SECONDS}"
            return Item(_GROUP, "trains", WRONG, told, "See whether other programs keep the processor or the GPU busy.")
        except OSError as error:
            return Item(_GROUP, "trains", WRONG, f"no process could be started: {error}", "Allow it, or free memory.")
    said = done.stdout.decode(errors="replace").strip().splitlines()
    if done.returncode or not said:
        last = (done.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
        told = f"{chosen()} ended with status {done.returncode}: {last[:300]}"
        cure = f"{told_pip('install', '--upgrade', *requirement('train'))}; if that does not help, please report it."
        return Item(_GROUP, "trains", WRONG, told, cure)
    measured = json.loads(said[-1])
    accuracy, importing = float(measured["accuracy"]), float(measured["importing"])
    told = (
        f"{accuracy:.0%} of digits right after a short training with {chosen()}, in "
        f"{time.perf_counter() - began - importing:.1f} s, after {importing:.1f} s to import it"
    )
    if math.isfinite(accuracy) and accuracy >= _LEAST:
        return Item(_GROUP, "trains", OK, told)
    upgrade = told_pip("install", "--upgrade", *requirement("train"))
    cure = f"Try another engine (KERAS_BACKEND=jax), or {upgrade}, and report it."
    return Item(_GROUP, "trains", WRONG, f"{told}. Expected at least {_LEAST:.0%}", cure)


def trained(folder: str) -> None:
    """Train on the embedded digits, answer with the run's model, and write its accuracy to stdout."""
    out, began = os.dup(1), time.perf_counter()
    os.dup2(2, 1)  # keeps a library's prints out
    from convlet.system.engine import keras

    keras()
    importing = time.perf_counter() - began
    from convlet.data.loading import load
    from convlet.recipes import recipe
    from convlet.training import train

    digits = load("digits")
    run = train(digits, recipe("small-data", **_SMALL), out=Path(folder))
    split = digits.test
    labels = [digits.class_names[label] for label in split.labels]
    answers = run.predictor().predict(split.images)
    right = sum(one.label == label for one, label in zip(answers, labels, strict=True))
    os.write(out, (json.dumps({"accuracy": right / len(labels), "importing": importing}) + "\n").encode())
    os.close(out)
