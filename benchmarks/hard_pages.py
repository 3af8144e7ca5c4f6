"""Pages that are hard to read: `python -m benchmarks.hard_pages RUN [--seeds 20] [--kinds KIND ...]`.

Renders the recipes of `pages/` beside CONVLET_DATA from MNIST test digits: ruled paper, rows that rise, joined digits,
printed text, drawn boxes, shadows, symbols, and forms of digits that MNIST lacks. Each page is read as `convlet predict
--all` reads it. Writes `results/hard-pages-RECIPE.json`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from csv import DictReader
from pathlib import Path

import convlet
from benchmarks import measure
from convlet.prediction.pages import Page

_PRINT = ("printed", 300)  # characters of that kind above so many pixels are print

# The recipes write into the current folder; `rec2.py` has its seeds fixed.
_RENDER = """
import csv, pathlib, sys
folder, seeds = pathlib.Path(sys.argv[1]), int(sys.argv[2])
sys.path.insert(0, str(folder))
import recipes
for seed in range(seeds):
    recipes.go(seed)
first = [("file", "lines"), *recipes.truth]
recipes.truth.clear()
source = (folder / "rec2.py").read_text().replace("range(4)", f"range({seeds})")
exec(compile(source, "rec2.py", "exec"))
csv.writer(open("recipes/truth.csv", "w", newline="")).writerows(first + recipes.truth)
"""


def render(folder: Path, seeds: int) -> list[tuple[str, Path, list[str]]]:
    """Render the pages into a folder; return each one's kind, file and rows."""
    source = Path(os.environ.get("CONVLET_DATA", "")).resolve().parent / "pages"
    if not (source / "recipes.py").is_file():
        sys.exit("CONVLET_DATA names no folder that has pages/ with recipes.py beside it.")
    (folder / "recipes").mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-c", _RENDER, str(source), str(seeds)], cwd=folder, check=True)
    with (folder / "recipes" / "truth.csv").open(newline="", encoding="utf-8") as file:
        pages = {row["file"]: row["lines"] for row in DictReader(file)}
    return [
        (Path(name).stem.rsplit("-", 1)[0], folder / name, lines.split("|") if lines else [])
        for name, lines in pages.items()
    ]


def judged(page: Page, kind: str, truth: list[str]) -> dict[str, float]:
    """Count one page: digits read right and in order, rows exact, answers that are no digit of the page."""
    rows: dict[int, str] = defaultdict(str)
    for character, answer, symbol in zip(page, page.answers, page.symbols, strict=True):
        rows[character.line] += "" if symbol else answer.label if answer.known else "?"
    read, wanted = "".join(rows[row] for row in sorted(rows)), "".join(truth)
    right = measure.in_order(read, wanted)
    known = sum(answer.known for answer in page.answers)
    of, height = _PRINT
    return {
        "digits": len(wanted),
        "right": right,
        "extra": known - right,
        "rows": len(truth),
        "rows_exact": measure.in_order([rows[row] for row in sorted(rows)], truth),
        "print_answered": sum(
            answer.known and character.box[3] < height for character, answer in zip(page, page.answers, strict=True)
        )
        * (kind == of),
    }


def main() -> None:
    """Render, read, count, keep, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--kinds", nargs="*")
    options = parser.parse_args()
    run = convlet.Run(options.run)
    predictor = run.predictor()
    counts: dict[str, list[dict[str, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as temporary:
        for kind, path, truth in render(Path(temporary), options.seeds):
            if options.kinds and kind not in options.kinds:
                continue
            began = time.perf_counter()
            page = predictor.read_page(path)
            seconds = time.perf_counter() - began
            counts[kind].append({**judged(page, kind, truth), "seconds": seconds})
    kinds = {}
    for kind, pages in counts.items():
        total = {key: sum(page[key] for page in pages) for key in pages[0]}
        kinds[kind] = {
            "pages": len(pages),
            "digits": total["digits"],
            "right": total["right"] / total["digits"] if total["digits"] else None,
            "rows_exact": total["rows_exact"] / total["rows"] if total["rows"] else None,
            "extra": total["extra"],
            "print_answered": total["print_answered"],
            "seconds": statistics.median(page["seconds"] for page in pages),
        }
    manifest = run.manifest
    measure.save(
        f"hard-pages-{run.recipe.name}",
        {
            "recipe": run.recipe.name,
            "seed": run.recipe.seed,
            "kinds": kinds,
            "hardware": manifest["hardware"],
            "versions": manifest["versions"],
        },
        whole=not options.kinds and measure.whole(parser, options),
    )
    print(json.dumps(kinds, indent=2))


if __name__ == "__main__":
    main()
