"""The time of one answer from the shell, as a whole process: `python -m benchmarks.predict RUN`.

RUN is a run folder trained on MNIST, the picture the first test image as a PNG file. The time is the median of nine
after one that fills the caches. Writes `results/predict.json`.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import convlet
from benchmarks import measure
from benchmarks.serving import png
from convlet.system.machine import cores, processor, versions


def main() -> None:
    """Measure, keep the raw figures, print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    run = parser.parse_args().run
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "picture.png"
        picture.write_bytes(png(convlet.load("mnist").test.images[0][..., 0]))
        for _ in range(10):
            began = time.perf_counter()
            subprocess.run(
                [Path(sys.executable).with_name("convlet"), "predict", run, picture],
                check=True,
                stdout=subprocess.DEVNULL,
            )
            seconds.append(time.perf_counter() - began)
    result = {"seconds": statistics.median(seconds[1:]), "all_seconds": seconds, "recipe": convlet.Run(run).recipe.name}
    result |= {"hardware": {"processor": processor(), "cores": cores()}, "versions": versions()}
    measure.save("predict", result)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
