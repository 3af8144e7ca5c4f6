"""Photographs read for training: `python -m benchmarks.decode_pictures [--files 2000] [--rounds 3]`.

Writes JPEG files whose longer side has 200 to 4,000 pixels (`--longest`), evenly spread on a logarithmic scale, in
class folders in the temporary directory; then reads all of them to 64x64 pixels, in turn with `convlet.load` and with
Pillow's own loop in two processes. Both decode a JPEG small (Pillow's `draft`). Writes `results/decode-pictures.json`
(`--name`).
"""

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks import measure
from benchmarks.memory import watch
from convlet.system.machine import cores, processor, versions

SIDE = 64  # pixels that all are brought to
SHORTEST, LONGEST = 200, 4000  # pixels of the longer side
DRAFT = 4 * SIDE  # pixels of the longer side that a JPEG is decoded to at least, here as there
KINDS = 24  # different pictures; every file is a copy of one
PROCESSES = 2

OURS = f"""
import json, sys, time
import convlet
began = time.perf_counter()
dataset = convlet.load(sys.argv[1], image_size={SIDE}, kind="picture")
images = len(dataset.train) + len(dataset.test)
print(json.dumps({{"seconds": time.perf_counter() - began, "images": images}}))
"""
PILLOW = f"""
import json, multiprocessing, sys, time
from pathlib import Path
import numpy as np
from PIL import Image

def read(path):
    with Image.open(path) as image:
        longer = max(image.size)
        image.draft("RGB", tuple(max(1, side * {DRAFT} // longer) for side in image.size))
        return np.asarray(image.convert("RGB").resize(({SIDE}, {SIDE}), Image.Resampling.BICUBIC))

if __name__ == "__main__":
    began = time.perf_counter()
    paths = sorted(map(str, Path(sys.argv[1]).rglob("*.jpg")))
    with multiprocessing.Pool({PROCESSES}) as pool:
        images = np.stack(list(pool.imap(read, paths, chunksize=64)))
    print(json.dumps({{"seconds": time.perf_counter() - began, "images": len(images)}}))
"""


def main() -> None:
    """Measure, keep the raw figures, print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--longest", type=int, default=LONGEST, help="pixels of the longest side")
    parser.add_argument("--name", default="decode-pictures", help="of the file of results")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    programs = {"convlet": OURS, "pillow": PILLOW}
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in programs}
    with tempfile.TemporaryDirectory(dir=measure.large_folder()) as folder:
        data = Path(folder) / "photographs"
        size = write(data, options.files, options.longest)
        for number in range(options.rounds + 1):  # the first puts the files into memory
            for name, program in programs.items():
                found = measured(program, data, Path(folder) / f"read_with_{name}.py")
                if number:
                    rounds[name].append(found)
    speeds = {name: [found["images"] / found["seconds"] for found in each] for name, each in rounds.items()}
    result = {
        "files": options.files,
        "longest": options.longest,
        "bytes": size,
        "images_per_second": {name: statistics.median(each) for name, each in speeds.items()},
        "ratio": statistics.median(one / other for one, other in zip(speeds["convlet"], speeds["pillow"], strict=True)),
        "peak_mib": {name: max(found["peak_mib"] for found in each) for name, each in rounds.items()},
        "rounds": rounds,
        "load_average": os.getloadavg()[1],  # of the last five minutes
        "hardware": {"processor": processor(), "cores": cores()},
        "versions": versions(),
    }
    measure.save(options.name, result, whole=measure.whole(parser, options))
    print(json.dumps(result, indent=None if options.json else 2))


def measured(program: str, data: Path, script: Path) -> dict[str, float]:
    """Run a program that prints its seconds and images, and add the peak memory of all its processes."""
    script.write_text(program)
    samples: list[tuple[float, float, int]] = []
    with subprocess.Popen([sys.executable, str(script), str(data)], stdout=subprocess.PIPE) as process:
        watching = threading.Thread(target=watch, args=(process, samples))
        watching.start()
        printed, _ = process.communicate()
        watching.join()
    if process.returncode:
        raise SystemExit(process.returncode)
    found: dict[str, Any] = json.loads(printed)
    return {**found, "peak_mib": max(memory for _, memory, _ in samples)}


def write(folder: Path, files: int, longest: int) -> int:
    """Write class folders of JPEG files; return their bytes."""
    random = np.random.default_rng(0)
    sides = np.geomspace(SHORTEST, longest, min(KINDS, files)).round().astype(int).tolist()
    shapes = [(side, side * 3 // 4) if number % 2 else (side * 3 // 4, side) for number, side in enumerate(sides)]
    kinds = [photograph(width, height, random) for width, height in shapes]
    size = 0
    for number in range(files):
        place = folder / f"class-{number % 4}" / f"{number:06d}.jpg"
        place.parent.mkdir(parents=True, exist_ok=True)
        size += place.write_bytes(kinds[number % len(kinds)])
    return size


def photograph(width: int, height: int, random: np.random.Generator) -> bytes:
    """Return a JPEG with detail at every scale, as photographs have."""
    whole = np.full((height, width, 3), 128, np.float32)
    for scale in (2, 4, 16, 64, 256):
        rough = random.integers(0, 256, (height // scale + 1, width // scale + 1, 3), dtype=np.uint8)
        fine = Image.fromarray(rough).resize((width, height), Image.Resampling.BICUBIC)
        whole += (np.asarray(fine, np.float32) - 128) * (0.05 * scale**0.45)
    file = io.BytesIO()
    Image.fromarray(np.clip(whole, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=85)
    return file.getvalue()


if __name__ == "__main__":
    main()
