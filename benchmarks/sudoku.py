"""Photographs of half-solved Sudokus: `python -m benchmarks.sudoku RUN [--count 100] [--split test] [--keep FOLDER]`.

Renders grids of 9x9 cells with printed givens and MNIST digits by one pen, and empty cells between them; on paper with
something printed around, photographed with slant, bent paper, shadow and noise. Reads each as `convlet predict --grid
9x9` does. A cell is right if its text is, an empty one if nothing is read in it. Writes `results/sudoku.json`.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

import convlet
from benchmarks import measure, photographs
from convlet.errors import DataError

Floats = NDArray[np.float32]
SIDE = 9
_SEED = 2026
_CELL = 96  # pixels of the drawn grid
_MARGIN = 130  # of the sheet around it
_FONTS = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSansMono")
_SHOWN = (700, 3200)  # pixels of the photograph's longer side
_TABLES = ((94, 70, 50), (180, 175, 168), (60, 62, 66), (205, 190, 160))


def photograph(
    images: NDArray[np.uint8], labels: NDArray[np.int64], random: np.random.Generator
) -> tuple[bytes, list[str]]:
    """Draw a Sudoku and photograph it.

    Args:
        images: enough handwritten digits from 1 to 9, uint8 (n, 28, 28).
        labels: what each is.
        random: decides everything else.

    Returns:
        A JPEG file, and the text of each cell, row by row.
    """
    sheet = SIDE * _CELL + 2 * _MARGIN
    printed, cells = _printed(sheet, random)
    written = np.zeros((sheet, sheet), np.float32)
    pen = photographs.any_pen(random)
    place = 0
    for cell in np.flatnonzero(random.random(SIDE * SIDE) < random.uniform(0.2, 0.6)):
        if not cells[cell]:
            cells[cell] = str(labels[place])
            _write(written, images[place], int(cell), pen, random)
            place += 1
    paper = np.array(photographs.PAPERS[random.integers(len(photographs.PAPERS))], np.float32)
    ink = np.array(photographs.INKS[str(random.choice(list(photographs.INKS)))], np.float32)
    scene = paper + (np.float32(35) - paper) * (printed * random.uniform(0.75, 1.0))[..., np.newaxis]
    scene = scene + (ink - scene) * (written * random.uniform(0.7, 1.0))[..., np.newaxis]
    facts: dict[str, Any] = {}
    scene = _seen(scene, random)
    scene = scene * photographs.light(sheet, sheet, random, facts)[..., np.newaxis]
    blur = random.uniform(0.3, 1.3)
    side = int(np.exp(random.uniform(*np.log(_SHOWN))))
    facts |= {"width": side, "height": side}
    return photographs.camera(ndimage.gaussian_filter(scene, (blur, blur, 0)), facts, random), cells


def _printed(sheet: int, random: np.random.Generator) -> tuple[Floats, list[str]]:
    """Draw what is printed: the lines, the givens, a title. Return it, 0 to 1, and the cells' texts."""
    image = Image.new("L", (sheet, sheet))
    draw = ImageDraw.Draw(image)
    thin, thick = int(random.integers(2, 4)), int(random.integers(4, 9))
    faint = int(random.uniform(130, 255))
    for heavy in (False, True):
        for line in range(SIDE + 1):
            if (line % 3 == 0) == heavy:
                at, end = _MARGIN + line * _CELL, _MARGIN + SIDE * _CELL
                tone, width = (255, thick) if heavy else (faint, thin)
                draw.line((_MARGIN - width // 2, at, end + width // 2, at), tone, width)
                draw.line((at, _MARGIN - width // 2, at, end + width // 2), tone, width)
    import matplotlib as mpl

    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    name = str(random.choice(_FONTS))
    font = ImageFont.truetype(str(folder / f"{name}.ttf"), int(_CELL * random.uniform(0.5, 0.75)))
    cells = [""] * SIDE**2
    for cell in random.permutation(SIDE**2)[: random.integers(22, 37)]:
        cells[cell] = str(random.integers(1, 10))
        x, y = (_MARGIN + (int(part) + 0.5) * _CELL for part in (cell % SIDE, cell // SIDE))
        draw.text((x, y), cells[cell], 255, font, anchor="mm")
    if random.random() < 0.6:
        small = ImageFont.truetype(str(folder / f"{name}.ttf"), int(random.uniform(22, 46)))
        draw.text((_MARGIN, 30), f"Sudoku No. {random.integers(1, 400)}  medium", 230, small)
        draw.text((_MARGIN, sheet - 80), "Fill in the numbers 1 to 9.", 230, small)
    return (np.asarray(image) / np.float32(255)).astype(np.float32), cells


def _write(coverage: Floats, digit: NDArray[np.uint8], cell: int, pen: float, random: np.random.Generator) -> None:
    """Write a digit into a cell, off its middle, now and then onto its lines."""
    shape = photographs.stroke(digit, _CELL * random.uniform(0.5, 0.82), pen, random)
    middle = np.array([cell // SIDE, cell % SIDE]) + 0.5 + random.normal(0, 0.06, 2)
    top, left = (_MARGIN + middle * _CELL - np.array(shape.shape) / 2).astype(int)
    part = coverage[top : top + shape.shape[0], left : left + shape.shape[1]]
    np.maximum(part, shape, out=part)


def _seen(scene: Floats, random: np.random.Generator) -> Floats:
    """Return the sheet as a camera sees it: bent, turned, slanted, on a table, and the whole grid."""
    side = len(scene)
    while True:
        places = _places(side, random)
        rim = np.concatenate([places[:, 0], places[:, -1], places[:, :, 0], places[:, :, -1]], axis=1)
        if not ((rim > _MARGIN - 8) & (rim < side - _MARGIN + 8)).all(axis=0).any():
            break
    table = np.array(_TABLES[random.integers(len(_TABLES))], np.float32)
    return np.stack(
        [ndimage.map_coordinates(scene[..., each], places, order=1, cval=float(table[each])) for each in range(3)], -1
    ).astype(np.float32)


def _places(side: int, random: np.random.Generator) -> Floats:
    """Return where on the sheet each pixel of the photograph lies: (y and x, height, width)."""
    turn, far = np.deg2rad(random.normal(0, 7)), random.uniform(-0.18, 0.18, 2)
    y, x = np.mgrid[:side, :side].astype(np.float32) / side - 0.5
    x, y = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
    away = (1 + far[0] * x + far[1] * y) * random.uniform(0.85, 1.0)
    x, y = x / away, y / away
    bend, wave = random.uniform(-0.03, 0.03, 2), random.uniform(0.5, 1.2)
    x, y = x + bend[0] * np.cos(2 * np.pi * wave * y), y + bend[1] * np.cos(2 * np.pi * wave * x)
    places: Floats = (np.stack([y, x]) * side + side / 2).astype(np.float32)
    return places


def render(folder: Path, split: str, count: int) -> list[tuple[Path, list[str]]]:
    """Write the photographs into a folder; return each one's file and cells."""
    data = convlet.load("mnist").split(split)
    digits = np.flatnonzero(data.labels > 0)
    found = []
    for number in range(count):
        random = np.random.default_rng((_SEED, number))
        mine = random.choice(digits, SIDE**2, replace=False)
        file, cells = photograph(np.asarray(data.images[mine])[..., 0], data.labels[mine], random)
        path = folder / f"{number:03d}.jpg"
        path.write_bytes(file)
        found.append((path, cells))
    (folder / "truth.json").write_text(json.dumps({path.name: cells for path, cells in found}), encoding="utf-8")
    return found


def main() -> None:
    """Render, read, count, keep, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--split", choices=("test", "train"), default="test")
    parser.add_argument("--keep", type=Path, help="a folder for the photographs, which stay there")
    options = parser.parse_args()
    run = convlet.Run(options.run)
    predictor = run.predictor()
    right, shown, seconds, failed = {"empty": 0, "digit": 0}, {"empty": 0, "digit": 0}, [], 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for path, cells in render(folder, options.split, options.count):
            began = time.perf_counter()
            try:
                page = predictor.read_page(path, grid=(SIDE, SIDE))
                texts = [cell.text for row in page.rows for cell in row.numbers]
            except DataError:
                texts, failed = ["!"] * SIDE**2, failed + 1
            seconds.append(time.perf_counter() - began)
            for text, cell in zip(texts, cells, strict=True):
                kind = "digit" if cell else "empty"
                shown[kind] += 1
                right[kind] += text == cell
    result = {
        "recipe": run.recipe.name,
        "seed": run.recipe.seed,
        "photographs": options.count,
        "grids_not_found": failed,
        "cells_right": sum(right.values()) / sum(shown.values()),
        **{f"{kind}_right": right[kind] / shown[kind] for kind in right},
        "seconds": statistics.median(seconds),
        "hardware": run.manifest["hardware"],
        "versions": run.manifest["versions"],
    }
    if options.split == "test":
        measure.save("sudoku", result, whole=measure.whole(parser, options))
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
