"""People's own pictures without any option, beside a plain Keras program: `python -m benchmarks.pictures [SET ...]`.

For each set of `picture_sets.py` and each seed (`--seeds 3`) it runs `benchmarks.stock_pictures` and `convlet train
FOLDER`, each in a process of its own, and opens the test images once. Seconds are those of the whole process. After
each it writes `results/pictures.json`, where sets that are not named stay as they were measured. `--recipe` and
`--name` measure another recipe into another file, `--alone` leaves the plain Keras program out.
"""

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import measure, picture_sets

_HOURS = "cifar-50000"  # of the plain Keras program; measured where it is named
_MIRRORED = (_HOURS, "cifar-10000", "cifar-500", "mixed-sizes", "one-to-twenty")  # what somebody would mirror by hand


def main() -> None:
    """Measure, keep the raw figures, print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", choices=[[], *picture_sets.SETS], metavar="SET")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--recipe", help="instead of the one that suits")
    parser.add_argument("--name", default="pictures", help="of the file of results")
    parser.add_argument("--alone", action="store_true", help="without the plain Keras program")
    options = parser.parse_args()
    extra = ["--recipe", options.recipe] if options.recipe else []
    found = measure.load(options.name).get("sets", {})
    with tempfile.TemporaryDirectory(dir=measure.large_folder()) as temporary:
        for name in options.sets or [name for name in picture_sets.SETS if name != _HOURS]:
            folder = picture_sets.make(name, Path(temporary) / name)
            rows = []
            for seed in range(1, options.seeds + 1):
                stock = {} if options.alone else {"stock": _stock(name, folder, seed)}
                rows.append({"seed": seed, **stock, "convlet": _convlet(folder, seed, extra)})
                found[name] = {"summary": _summary(rows), "runs": rows, **measure.machine(folder / "runs")}
                print(f"{name}, seed {seed}: {json.dumps(found[name]['summary'])}", file=sys.stderr, flush=True)
                measure.save(options.name, {"sets": found}, whole=measure.whole(parser, options))
    print(json.dumps({name: each["summary"] for name, each in found.items()}, indent=2))


def _stock(name: str, folder: Path, seed: int) -> dict[str, Any]:
    mirror = ["--mirror"] if name in _MIRRORED else []
    return measure.in_process(
        [sys.executable, "-m", "benchmarks.stock_pictures", str(folder), "--seed", str(seed), *mirror]
    )


def _convlet(folder: Path, seed: int, extra: list[str]) -> dict[str, Any]:
    command = str(Path(sys.executable).with_name("convlet"))
    source = [str(folder), "--seed", str(seed), "--out", str(folder / "runs"), "--json", *extra]
    trained = measure.in_process([command, "train", *source])
    judged = measure.run_json([command, "evaluate", trained["run"], "--json"])
    keys = ("recipe", "params", "train_seconds", "process_seconds", "peak_memory_mib")
    return {key: trained[key] for key in keys} | {key: judged[key] for key in ("accuracy", "balanced_accuracy")}


def _summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return means, spreads and the share of the plain program's time, and the points above it."""
    result: dict[str, Any] = {"seeds": len(rows)}
    for who in ("stock", "convlet") if "stock" in rows[0] else ("convlet",):
        accuracies = [row[who]["accuracy"] for row in rows]
        result[who] = {
            "accuracy": round(statistics.mean(accuracies), 4),
            "spread": round(statistics.stdev(accuracies), 4) if len(rows) > 1 else None,
            "balanced_accuracy": round(statistics.mean(row[who]["balanced_accuracy"] for row in rows), 4),
            "process_seconds": round(statistics.median(row[who]["process_seconds"] for row in rows), 1),
        }
    if "stock" not in result:
        return result
    stock, own = result["stock"], result["convlet"]
    result["points_above"] = round(100 * (own["accuracy"] - stock["accuracy"]), 2)
    result["share_of_time"] = round(own["process_seconds"] / stock["process_seconds"], 3)
    return result


if __name__ == "__main__":
    main()
