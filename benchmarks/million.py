"""What training on a million image files takes: `python -m benchmarks.million [--images N] [--forms folders shards]`.

Writes PNGs of 28x28 pixels (MNIST's, repeated, each moved by a few pixels) as a folder per class and as tar shards of
10,000, trains a recipe on each for an epoch as a user does, and samples the memory of that process and its children
(`RssAnon`, `RssFile` and `RssShmem` of Linux's /proc, which `ps` adds up) every tenth of a second. Writes
`results/million-FORM-ENGINE.json`.
"""

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import convlet
from benchmarks import measure
from benchmarks.memory import watch

PER_SHARD = 10_000
# `on_epoch` comes after the validation; what tells where an epoch begins and ends is its own steps.
PROGRAM = """
import json, sys, time
import convlet
from convlet.data import disk, spill


source, recipe, out, streamed = sys.argv[1:]
if streamed == "streamed":  # as on a disk without space for the pixels, however few they are
    spill.room, disk.IN_MEMORY = lambda: 0, 0
began = time.time()
moments = {"began": began}
data = convlet.load(source)
moments["loaded"] = time.time()
steps = []
def step(epoch, done, total, logs):
    steps.append(time.time())
run = convlet.train(data, convlet.recipe(recipe, epochs=1), out=out, watch=convlet.Watch(on_step=step))
moments["ended"] = time.time()
epoch = run.history[0]
print(json.dumps({
    "images": len(data.train) + len(data.test),
    "train_images": json.loads((run.path / "run.json").read_text())["dataset"]["train"],
    "pixels": type(data.train.images).__name__,
    "load_seconds": moments["loaded"] - began,
    "before_first_step_seconds": steps[-1] - epoch.seconds - began,
    "epoch_seconds": epoch.seconds,
    "process_seconds": moments["ended"] - began,
    "val_accuracy": run.metrics["val_accuracy"],
    "epoch_began": steps[-1] - epoch.seconds,
    "epoch_ended": steps[-1],
}))
"""


def main() -> None:
    """Write the data, measure each form, keep the raw figures, print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--forms", nargs="+", choices=("folders", "shards"), default=("folders", "shards"))
    parser.add_argument("--engine", choices=("tensorflow", "jax"), default="tensorflow")
    parser.add_argument("--recipe", choices=convlet.RECIPES, default="fast")
    parser.add_argument(
        "--streamed", action="store_true", help="as on a disk without space for the pixels: decode in every epoch"
    )
    parser.add_argument(
        "--scratch", type=Path, help="where the data are written, or are already; deleted only if this made them"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=measure.large_folder()) as folder:
        scratch = options.scratch or Path(folder)
        results = {}
        for form in options.forms:
            data = scratch / form
            if not data.is_dir():
                (write_folders if form == "folders" else write_shards)(data, options.images)
            name = "-".join(["million", form, options.engine, *(["streamed"] if options.streamed else [])])
            results[name] = trained(
                data, options.recipe, options.engine, Path(folder) / "runs", streamed=options.streamed
            )
            measure.save(name, results[name], whole=measure.whole(parser, options))
    print(json.dumps(results, indent=None if options.json else 2))


def trained(data: Path, recipe: str, engine: str, out: Path, *, streamed: bool) -> dict[str, Any]:
    """One training in a process of its own, with its memory."""
    environment = os.environ | {"KERAS_BACKEND": engine, "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", PROGRAM, str(data), recipe, str(out), "streamed" if streamed else "kept"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        samples: list[tuple[float, float, int]] = []
        watching = threading.Thread(target=watch, args=(process, samples))
        watching.start()
        printed, _ = process.communicate()
        watching.join()
    if process.returncode:
        sys.exit(f"the training ended with status {process.returncode}")
    found = json.loads(printed)
    began, ended = found.pop("epoch_began"), found.pop("epoch_ended")
    tenth = (ended - began) / 10
    within = {
        "first_tenth": [memory for moment, memory, _ in samples if began <= moment <= began + tenth],
        "last_tenth": [memory for moment, memory, _ in samples if ended - tenth <= moment <= ended],
        "epoch": [memory for moment, memory, _ in samples if began <= moment <= ended],
    }
    means = {f"{part}_mib": statistics.mean(memory) for part, memory in within.items() if memory}
    return {
        "recipe": recipe,
        "engine": engine,
        **found,
        "images_per_second": found["train_images"] / found["epoch_seconds"],
        "peak_mib": max(memory for _, memory, _ in samples),
        "epoch_peak_mib": max(within["epoch"]),
        **means,
        "last_over_first_tenth": means["last_tenth_mib"] / means["first_tenth_mib"],
        "most_processes": max(count for _, _, count in samples),
        "samples": len(samples),
        "load_average": os.getloadavg()[
            1
        ],  # of the last five minutes: more than the cores there are says that others slowed this down
        **measure.machine(out),
    }


def _pictures(images: int) -> Iterator[tuple[int, int, bytes]]:
    """Number, label and PNG of each."""
    mnist = convlet.load("mnist").train
    random = np.random.default_rng(0)
    for number in range(images):
        row = int(random.integers(len(mnist)))
        moved = np.roll(mnist.images[row][..., 0], tuple(random.integers(-2, 3, 2)), axis=(0, 1))
        file = io.BytesIO()
        Image.fromarray(moved).save(file, "png", compress_level=1)
        yield number, int(mnist.labels[row]), file.getvalue()


def write_folders(folder: Path, images: int) -> None:
    """A folder per class."""
    for label in range(10):
        (folder / str(label)).mkdir(parents=True)
    for number, label, png in _pictures(images):
        (folder / str(label) / f"{number:07d}.png").write_bytes(png)


def write_shards(folder: Path, images: int) -> None:
    """Tar files in the convention of WebDataset: KEY.png and KEY.cls behind each other."""
    folder.mkdir(parents=True)
    shard: tarfile.TarFile | None = None
    for number, label, png in _pictures(images):
        if number % PER_SHARD == 0:
            if shard:
                shard.close()
            shard = tarfile.open(  # noqa: SIM115
                folder / f"shard-{number // PER_SHARD:06d}.tar", "w"
            )
        for suffix, content in (("png", png), ("cls", str(label).encode())):
            member = tarfile.TarInfo(f"{number:07d}.{suffix}")
            member.size = len(content)
            if shard:
                shard.addfile(member, io.BytesIO(content))
    if shard:
        shard.close()


if __name__ == "__main__":
    main()
