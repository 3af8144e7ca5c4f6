"""The memory that training on many images takes: `python -m benchmarks.streaming [--recipe fast] [--images N]`.

Writes images to an IDX folder in the temporary directory (MNIST's, repeated, each moved by a few pixels), trains the
recipe on them for an epoch as a user does, and reports the peak memory of that process. Writes
`results/streaming.json`, or `streaming-RECIPE.json`.
"""

import argparse
import json
import struct
import sys
import tempfile
from pathlib import Path

import numpy as np

import convlet
from benchmarks import measure

CHUNK = 10_000


def main() -> None:
    """Measure, keep the raw figures, print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", choices=convlet.RECIPES, default="fast")
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=measure.large_folder()) as folder:
        data, out = Path(folder) / "many", Path(folder) / "runs"
        write(data, options.images)
        command = str(Path(sys.executable).with_name("convlet"))
        trained = measure.in_process(
            [command, "train", str(data), "--recipe", options.recipe, "--epochs", "1", "--out", str(out), "--json"]
        )
        keys = ("train_seconds", "compile_seconds", "process_seconds", "peak_memory_mib", "val_accuracy")
        result = {
            "recipe": options.recipe,
            "images": options.images,
            **{key: trained[key] for key in keys},
            **measure.machine(out),
        }
    name = "streaming" if options.recipe == "fast" else f"streaming-{options.recipe}"
    measure.save(name, result, whole=measure.whole(parser, options))
    print(json.dumps(result, indent=None if options.json else 2))


def write(folder: Path, images: int) -> None:
    """Raw IDX files with so many training images, and MNIST's test images."""
    folder.mkdir()
    mnist = convlet.load("mnist")
    random = np.random.default_rng(0)
    with (
        (folder / "train-images-idx3-ubyte").open("wb") as pixels,
        (folder / "train-labels-idx1-ubyte").open("wb") as labels,
    ):
        pixels.write(struct.pack(">IIII", 0x803, images, 28, 28))
        labels.write(struct.pack(">II", 0x801, images))
        for start in range(0, images, CHUNK):
            rows = random.integers(0, len(mnist.train), min(CHUNK, images - start))
            moved = np.roll(mnist.train.images[rows][..., 0], tuple(random.integers(-2, 3, 2)), axis=(1, 2))
            pixels.write(moved.tobytes())
            labels.write(mnist.train.labels[rows].astype(np.uint8).tobytes())
    test = np.asarray(mnist.test.images)
    (folder / "t10k-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 0x803, *test.shape[:3]) + test.tobytes())
    (folder / "t10k-labels-idx1-ubyte").write_bytes(
        struct.pack(">II", 0x801, len(test)) + mnist.test.labels.astype(np.uint8).tobytes()
    )


if __name__ == "__main__":
    main()
