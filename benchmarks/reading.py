"""What reading a picture costs: `python -m benchmarks.reading [--json]`. Writes `results/reading.json`.

A photograph of 12 million pixels and its memory in a process of its own, and clean drawings of 28x28 and 280x280
pixels; on one core.
"""

import argparse
import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import convlet
from benchmarks import measure
from convlet.signature import Form

_MNIST = Form(kind="ink", light=True)
_SHAPE = (28, 28, 1)
_REPEATS = 15


def timed(read: Callable[[], Any]) -> float:
    """Median seconds of a call, after two to warm up."""
    seconds = []
    for number in range(_REPEATS + 2):
        began = time.perf_counter()
        read()
        seconds.append(time.perf_counter() - began)
        if number < 2:
            seconds.clear()
    return statistics.median(seconds)


def of_one_photograph(path: Path) -> dict[str, float]:
    """Measure in this new process: seconds of the first and of later readings, and the peak memory in MiB."""
    began = time.perf_counter()
    convlet.read_image(path, _SHAPE, _MNIST)
    first = time.perf_counter() - began
    status = Path("/proc/self/status").read_text().splitlines()  # ru_maxrss includes that of the parent
    peak = int(next(line for line in status if line.startswith("VmHWM")).split()[1]) / 1024
    return {
        "first_seconds": first,
        "seconds": timed(lambda: convlet.read_image(path, _SHAPE, _MNIST)),
        "peak_memory_mib": peak,
    }


def main() -> None:
    """Measure, keep, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--photograph", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.photograph:
        print(json.dumps(of_one_photograph(options.photograph)))
        return
    from benchmarks import photographs  # not in the process whose memory is measured

    digit = np.asarray(convlet.load("mnist").train.images[0])[..., 0]
    result: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        photographs.SIZES = (4000, 4001)
        for number in range(20):  # the first of three to four
            file, facts = photographs.photograph([digit], np.random.default_rng((3, number)))
            if facts["width"] * facts["height"] == 12_000_000:
                break
        path = Path(folder) / "photograph.jpg"
        path.write_bytes(file)
        command = [sys.executable, "-m", "benchmarks.reading", "--photograph", str(path)]
        result["photograph of 12 megapixels"] = json.loads(
            subprocess.run(command, capture_output=True, check=True).stdout
        )
    large = np.asarray(Image.fromarray(digit).resize((280, 280), Image.Resampling.BICUBIC))
    drawings = {
        "28x28 in MNIST's form": digit,
        "28x28 dark on white, off-centre": 255 - np.roll(digit, 3, axis=1),
        "280x280": large,
        "280x280 dark on white": 255 - large,
    }
    for name, drawing in drawings.items():
        png = io.BytesIO()
        Image.fromarray(drawing).save(png, "PNG")
        result[name] = {"seconds": timed(partial(convlet.read_image, png.getvalue(), _SHAPE, _MNIST))}
    measure.save("reading", result)
    print(json.dumps(result, indent=None if options.json else 2))


if __name__ == "__main__":
    main()
