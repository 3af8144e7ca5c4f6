"""Break convlet on purpose: `python -m benchmarks.faults [PART ...] [--quick] [--web DIR]`.

The parts are kills, cuts, damage, images, data and overhead; the default is all of them, an hour on two cores. Each
writes its figures into `results/faults.json`; --quick does a twentieth of each and writes nothing. --web names a folder
with onnxruntime's browser build, for the damage to web exports. The cuts need a C compiler.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import measure
from benchmarks.faults.cuts import cuts
from benchmarks.faults.damage import damage
from benchmarks.faults.data_files import data_files
from benchmarks.faults.images import images
from benchmarks.faults.kills import kills
from benchmarks.faults.overhead import overhead

_QUICK = 20
_RESULT = "faults"


def main() -> None:
    """Run the parts, and keep their figures beside those of parts that were run before."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--web", type=Path)
    options = parser.parse_args()
    share = _QUICK if options.quick else 1
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "kills": lambda: kills(200 // share),
        "cuts": lambda: cuts(200 // share),
        "damage": lambda: damage(300 // share, 20 // min(share, 4), options.web),
        "images": lambda: _images(200_000 // share),
        "data": lambda: data_files(50_000 // share),
        "overhead": lambda: overhead(10),
    }
    if unknown := set(options.parts) - parts.keys():
        sys.exit(f"there is no part {min(unknown)!r}. The parts are: {', '.join(parts)}.")
    file = measure.RESULTS / f"{_RESULT}.json"
    found = json.loads(file.read_text()) if file.is_file() else {}
    for name in options.parts or parts:
        began = time.monotonic()
        figures = parts[name]() | {"seconds": round(time.monotonic() - began)}
        print(json.dumps({name: figures}, indent=2))
        found[name] = figures
        if not options.quick:
            measure.save(_RESULT, found)


def _images(count: int) -> dict[str, Any]:
    import convlet

    with tempfile.TemporaryDirectory() as held:
        run = convlet.train(convlet.load("digits"), convlet.recipe("small-data", epochs=1), out=held)
        return images(count, run.predictor())


if __name__ == "__main__":
    main()
