"""Break convlet on purpose: `python -m benchmarks.faults [PART ...] [--quick] [--web DIR]`.

The parts are kills, cuts, failures, damage, images, served, requests, ends, models, paths, data, pages and overhead;
the default is all of them, three hours on two cores. Each writes its figures into `results/faults.json`; --quick does
a twentieth of each and writes nothing. --web names a folder with onnxruntime's browser build, for the damage to web
exports and the failures of writing them. The cuts and failures need a C compiler.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import convlet
from benchmarks import measure, serving
from benchmarks.faults.busy_pages import busy_pages
from benchmarks.faults.cuts import cuts
from benchmarks.faults.damage import damage
from benchmarks.faults.data_files import data_files
from benchmarks.faults.failures import failures
from benchmarks.faults.images import images, images_served
from benchmarks.faults.kills import kills
from benchmarks.faults.models import models
from benchmarks.faults.overhead import overhead
from benchmarks.faults.paths import NAMES, paths
from benchmarks.faults.requests import ends, requests

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
        "failures": lambda: failures(20 // share, options.web),
        "damage": lambda: damage(300 // share, 20 // min(share, 4), options.web),
        "images": lambda: _with_run(lambda run: images(200_000 // share, run.predictor())),
        "served": lambda: _with_run(lambda run: _served(200_000 // share, run.path)),
        "requests": lambda: _with_run(lambda run: requests(10_000 // share, run.path)),
        "ends": lambda: _with_run(lambda run: ends(100 // share, run.path)),
        "models": lambda: models(share),
        "paths": lambda: paths(NAMES[::share]),
        "data": lambda: data_files(50_000 // share),
        "pages": lambda: _with_run(busy_pages, "mnist", convlet.recipe("fast")),
        "overhead": lambda: _with_run(lambda run: overhead(10, run), "mnist", convlet.recipe("fast")),
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


def _with_run(
    part: Callable[[convlet.Run], dict[str, Any]], dataset: str = "digits", recipe: convlet.Recipe | None = None
) -> dict[str, Any]:
    """Give a part a new run, by default of a small model."""
    recipe = recipe or convlet.recipe("small-data", epochs=1)
    with tempfile.TemporaryDirectory() as held:
        return part(convlet.train(convlet.load(dataset), recipe, out=held))


def _served(count: int, run: Path) -> dict[str, Any]:
    with serving.server(run) as (port, process):
        return images_served(count, port, process.pid)


if __name__ == "__main__":
    main()
