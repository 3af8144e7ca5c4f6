"""What the pages take for granted that a reader has: a few photographs, folders of them, tables, and a trained run.

A page of documentation that needs another file names one of these, or makes its own.
"""

import csv
import shutil
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from convlet.data import Dataset
from convlet.run import Run
from tests.page.handwriting import DIGITS, line

INK, PAPER = (38, 44, 78), (228, 226, 219)


def write(draw: ImageDraw.ImageDraw, digit: str, left: float, top: float, side: float, pen: int) -> None:
    """Write a digit into a square."""
    for stroke in DIGITS[digit]:
        points = [(left + x * side / 100, top + y * side / 100) for x, y in line(stroke)]
        draw.line(points, fill=INK, width=pen, joint="curve")


def written(text: str, side: int = 90, pen: int = 8) -> Image.Image:
    """Return a sheet with rows of digits, a space between two being a wider gap."""
    rows = text.split("\n")
    wide = max(map(len, rows))
    sheet = Image.new("RGB", (int((wide + 1) * side * 1.15), int((len(rows) + 0.6) * side * 1.8)), PAPER)
    draw = ImageDraw.Draw(sheet)
    for y, row in enumerate(rows):
        for x, digit in enumerate(row):
            if digit != " ":
                write(draw, digit, side * (0.5 + 1.15 * x), side * (0.6 + 1.8 * y), side, pen)
    return sheet


def sudoku(givens: dict[tuple[int, int], str], side: int = 80) -> Image.Image:
    """Return a grid of 9x9 with these digits by row and column, from 0."""
    sheet = Image.new("RGB", (11 * side, 11 * side), PAPER)
    draw = ImageDraw.Draw(sheet)
    for number in range(10):
        place, width = side * (1 + number), 6 if number % 3 == 0 else 3
        draw.line([(side, place), (10 * side, place)], fill=INK, width=width)
        draw.line([(place, side), (place, 10 * side)], fill=INK, width=width)
    for (row, column), digit in givens.items():
        write(draw, digit, side * (1.25 + column), side * (1.22 + row), side * 0.55, 6)
    return sheet


def prepare(folder: Path, run: Run, digits: Dataset) -> None:
    """Put all of it into a folder.

    Args:
        folder: an empty one.
        run: of digits; a copy becomes `runs/digits-small-data-1`, which `latest` is.
        digits: the embedded ones, whose images fill class folders and tables.
    """
    shutil.copytree(run.path, folder / "runs" / "digits-small-data-1")
    for name, text in {
        "photo.jpg": "7", "seven.jpg": "7", "seven.png": "7", "two.png": "2", "two.jpg": "2", "three.jpg": "3",
        "page.jpg": "407 12\n95 836", "page.png": "407 12\n95 836",
    }.items():  # fmt: skip
        written(text).save(folder / name)
    sudoku({(0, 0): "5", (0, 4): "3", (4, 4): "7", (8, 8): "9", (6, 2): "2"}).save(folder / "sudoku.jpg")
    (folder / "scans").mkdir()
    for name, text in {"monday.png": "120\n48", "tuesday.png": "77\n905"}.items():
        written(text).save(folder / "scans" / name)
    # Folders of class folders: a hand of one's own, and pictures by what they show.
    for name, classes, each in (("mine", "0123456789", 4), ("my-sevens", "7", 3), ("my-images", "27", 3)):
        for digit in classes:
            (folder / name / digit).mkdir(parents=True)
            for number in range(each):
                written(digit, side=60 + 8 * number, pen=6 + number).save(folder / name / digit / f"{number + 1}.png")
    for label, digit in (("apples", 3), ("pears", 6), ("plums", 9)):
        (folder / "photos" / label).mkdir(parents=True)
        for number, image in enumerate(digits.train.images[digits.train.labels == digit][:40], start=1):
            large = Image.fromarray(image[..., 0]).resize((40, 40), Image.Resampling.BICUBIC)
            large.save(folder / "photos" / label / f"{number:02}.png")
    # Kaggle's tables: a row per image, the label first where it is known.
    for name, split, labeled in (("train.csv", digits.train, True), ("test.csv", digits.test, False)):
        flat = split.images[:300].reshape(300, -1)
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["label"] * labeled + [f"pixel{place}" for place in range(flat.shape[1])])
            rows.writerows(
                ([int(label)] if labeled else []) + row.tolist()
                for label, row in zip(split.labels[:300], flat, strict=False)
            )
    np.savez(
        folder / "data.npz",
        x_train=digits.train.images, y_train=digits.train.labels, x_test=digits.test.images, y_test=digits.test.labels,
    )  # fmt: skip
