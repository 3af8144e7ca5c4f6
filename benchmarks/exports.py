"""Every format of every run, compared with its Keras model.

    python -m benchmarks.exports RUN... [--runtime DIR] [--json]

Each is checked on the test images of the run's data set, 10,000 for MNIST: the fraction with the same class as Keras,
the largest difference of any probability, the accuracy lost in points, the size relative to the float32 ONNX file's.
Writes `results/exports.json`.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import convlet
from benchmarks import measure
from convlet.exports import FORMATS, export
from convlet.system.machine import cores, processor, versions


def main() -> None:
    """Export, save the figures, print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument(
        "--runtime", type=Path, help="the files of the npm package onnxruntime-web; by default npm fetches them"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    found = []
    for path in options.runs:
        run = convlet.Run(path)
        dataset = run.dataset()
        with tempfile.TemporaryDirectory() as folder:
            for name, format_ in FORMATS.items():
                out = Path(folder) / (name if format_.holds_card else "")
                made = export(run, name, out, dataset=dataset, runtime=options.runtime if format_.runtime else None)
                found.append({"run": path.name, "recipe": run.recipe.name, "format": name, **figures(made)})
                if not options.json:
                    print(line(found[-1]), flush=True)
    sizes = {one["run"]: one["bytes"] for one in found if one["format"] == "onnx"}
    for one in found:
        one["size_of_onnx"] = one["bytes"] / sizes[one["run"]]
    result = {"hardware": {"processor": processor(), "cores": cores()}, "versions": versions(), "exports": found}
    measure.save("exports", result)
    if options.json:
        print(json.dumps(result))


def figures(made: Any) -> dict[str, Any]:
    """Return what was measured of one export."""
    return {
        "bytes": made.bytes,
        "checked_images": made.agreement.checked_images,
        "agreement": made.agreement.agreement,
        "max_abs_difference": made.agreement.max_abs_difference,
        "accuracy": made.accuracy,
        "accuracy_lost": made.accuracy_lost,
    }


def line(one: dict[str, Any]) -> str:
    """Return one export as a line of a table."""
    return (
        f"{one['run']:24} {one['format']:12} same class {one['agreement']:8.3%}  "
        f"difference {one['max_abs_difference']:.1e}  "
        f"accuracy {one['accuracy']:.2%} ({100 * one['accuracy_lost']:+.2f} points lost)  {one['bytes']:>12,} bytes"
    )


if __name__ == "__main__":
    main()
