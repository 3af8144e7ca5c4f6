"""Photographs of handwriting, rendered from MNIST: paper, pens, light and camera around digits of 28x28 pixels.

`python -m benchmarks.photographs FOLDER [--split test] [--count 2000] [--digits 1] [--seed 2026]` writes JPEG files
and `truth.json` with what is on each, in reading order. Everything is drawn from the seed and the picture's number. The
reader was never shown the test split's.
"""

import argparse
import io
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

import convlet

Floats = NDArray[np.float32]
INKS = {
    "black": (25, 25, 30),
    "blue": (30, 50, 150),
    "red": (190, 35, 45),
    "green": (20, 110, 60),
    "pencil": (95, 95, 100),
}
PAPERS = ((250, 250, 248), (235, 233, 228), (205, 205, 203), (245, 236, 200), (228, 214, 170), (225, 235, 240))
RULES = ((150, 175, 215), (170, 170, 175), (215, 170, 175))
SIZES = (200, 4000)  # of the longer side
_DRAWN = 1400  # pixels of the longer side at most; larger pictures are enlarged, for no lens shows more
_TALL = 240  # pixels of a digit's height while its stroke is drawn
_TURNS = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
LINES = 3


def photograph(digits: Sequence[NDArray[np.uint8]], random: np.random.Generator) -> tuple[bytes, dict[str, Any]]:
    """Draw one digit anywhere on a sheet, or several in three lines, and photograph it.

    Returns:
        A JPEG file, and what it shows.
    """
    long = int(np.exp(random.uniform(*np.log(SIZES if len(digits) == 1 else (900, SIZES[1])))))
    short = int(long * random.choice([0.5625, 0.75, 1.0]))
    portrait = len(digits) == 1 and random.random() < 0.5
    enlarged = max(1.0, long / _DRAWN)
    height, width = (round(side / enlarged) for side in ((long, short) if portrait else (short, long)))
    facts: dict[str, Any] = {"width": round(width * enlarged), "height": round(height * enlarged)}
    chalk = random.random() < 0.05
    name = "chalk" if chalk else str(random.choice(list(INKS)))
    paper = np.array((40, 60, 50) if chalk else PAPERS[random.integers(len(PAPERS))], np.float32)
    ink = np.array((225, 225, 220) if chalk else INKS[name], np.float32) + random.normal(0, 6, 3)
    coverage, tall, box = (
        _one(digits[0], height, width, random) if len(digits) == 1 else _lines(digits, height, width, random)
    )
    strength = random.uniform(0.35, 0.7) if name == "pencil" else random.uniform(0.7, 1.0)
    facts |= {"ink": name, "strength": round(strength, 2), "tall": round(tall * enlarged)}
    grain = 1 - (0.5 if name in ("pencil", "chalk") else 0.15) * (
        _waves(height, width, max(2.0, max(height, width) / 400), random) / 2 + 0.5
    )
    scene = paper * (1 + 0.03 * _waves(height, width, max(height, width) / 40, random)[..., np.newaxis]) + np.zeros(
        (height, width, 1), np.float32
    )
    ruling = 1.0 if chalk else random.random()
    if ruling < 0.35:
        facts["ruled"] = "squared" if ruling < 0.15 else "ruled"
        scene = _ruled(scene, tall, min(height, width), random, squared=ruling < 0.15)
    scene = scene + (ink - scene) * (coverage * strength * grain)[..., np.newaxis]
    if random.random() < 0.2 and not chalk:
        facts["second_sheet"] = True
        scene = _second_sheet(scene, box, random)
    scene = scene * light(height, width, random, facts)[..., np.newaxis]
    blur = random.uniform(0.3, 0.5 + max(height, width) / 2500)
    return camera(ndimage.gaussian_filter(scene, (blur, blur, 0)), facts, random), facts


def camera(scene: Floats, facts: dict[str, Any], random: np.random.Generator) -> bytes:
    """The sensor's noise, the way the camera was held (EXIF), JPEG."""
    seen = Image.fromarray(
        np.clip(scene + random.normal(0, random.uniform(1, 4), scene.shape), 0, 255).astype(np.uint8)
    )
    seen = seen.resize((facts["width"], facts["height"]), Image.Resampling.BICUBIC)
    pixels = np.asarray(seen, np.int16)
    patch = random.normal(0, random.uniform(0.5, 4), (256, 256, 3)).astype(np.int16)
    repeats = [-(-side // 256) for side in pixels.shape[:2]]
    seen = Image.fromarray(
        np.clip(pixels + np.tile(patch, (*repeats, 1))[: pixels.shape[0], : pixels.shape[1]], 0, 255).astype(np.uint8)
    )
    turn = int(random.choice(list(_TURNS), p=[0.7, 0.1, 0.1, 0.1]))
    if (back := _TURNS[turn]) is not None:
        seen = seen.transpose(back)
    exif = Image.Exif()
    exif[0x0112] = turn
    file = io.BytesIO()
    facts |= {"orientation": turn, "quality": int(random.integers(40, 96))}
    seen.save(file, "JPEG", quality=facts["quality"], exif=exif)
    return file.getvalue()


def _one(
    digit: NDArray[np.uint8], height: int, width: int, random: np.random.Generator
) -> tuple[Floats, float, tuple[int, ...]]:
    """A digit of a quarter to four fifths of the shorter side anywhere on the sheet, one in four near a corner."""
    tall = min(height, width) * random.uniform(0.25, 0.8)
    shape = stroke(digit, tall, any_pen(random), random)
    free = [max(side - part, 1) for side, part in zip((height, width), shape.shape, strict=True)]
    shares = random.choice([0.08, 0.92], 2) if random.random() < 0.25 else random.uniform(0.2, 0.8, 2)
    top, left = (int(room * share) for room, share in zip(free, shares, strict=True))
    shape = shape[: height - top, : width - left]
    coverage = np.zeros((height, width), np.float32)
    coverage[top : top + shape.shape[0], left : left + shape.shape[1]] = shape
    return coverage, tall, (top, left, top + shape.shape[0], left + shape.shape[1])


def _lines(
    digits: Sequence[NDArray[np.uint8]], height: int, width: int, random: np.random.Generator
) -> tuple[Floats, float, tuple[int, ...]]:
    """Digits by one pen in three lines, none touching another."""
    margin = 0.08
    pitch = min(height * (1 - 2 * margin) / LINES, width * (1 - 2 * margin) / -(-len(digits) // LINES) * 1.35)
    tall, half = pitch * random.uniform(0.5, 0.62), any_pen(random)
    coverage = np.zeros((height, width), np.float32)
    bounds = np.linspace(0, len(digits), LINES + 1).round().astype(int)
    slope = np.tan(np.deg2rad(random.uniform(-2, 2)))
    top = height * margin + random.uniform(0, 1) * max(0, height * (1 - 2 * margin) - LINES * pitch)
    box = [height, width, 0, 0]
    for line in range(LINES):
        x = width * margin + random.uniform(0, 0.3) * tall
        for digit in digits[bounds[line] : bounds[line + 1]]:
            shape = stroke(digit, tall * random.uniform(0.88, 1.12), half, random)
            y = int(
                top
                + line * pitch
                + (pitch - shape.shape[0]) / 2
                + tall * random.uniform(-0.06, 0.06)
                + slope * (x - width / 2)
            )
            y, left = int(np.clip(y, 2, height - shape.shape[0] - 2)), int(min(x, width - shape.shape[1] - 2))
            part = coverage[y : y + shape.shape[0], left : left + shape.shape[1]]
            np.maximum(part, shape, out=part)
            box = [
                min(box[0], y),
                min(box[1], left),
                max(box[2], y + shape.shape[0]),
                max(box[3], left + shape.shape[1]),
            ]
            x = left + shape.shape[1] + tall * random.uniform(0.15, 0.45)
    return coverage, tall, tuple(box)


def any_pen(random: np.random.Generator) -> float:
    """Half the stroke's width as a part of the digit's height, hair to marker; 0 for the stroke it was written with."""
    return float(np.exp(random.uniform(np.log(0.010), np.log(0.085)))) if random.random() < 0.6 else 0.0


def stroke(digit: NDArray[np.uint8], tall: float, pen: float, random: np.random.Generator) -> Floats:
    """Draw the digit's stroke, or its middle line with another pen: ink, 0 to 1, about `tall` pixels high."""
    from skimage.morphology import skeletonize

    rows, columns = np.nonzero(digit > 60)
    cut = np.pad(digit[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1], 6).astype(np.float32) / 255
    fine = min(_TALL / (cut.shape[0] - 12), 24)
    solid = np.clip(ndimage.gaussian_filter(ndimage.zoom(cut, fine, order=3), fine * 0.35), 0, 1) > 0.45
    if pen:
        distance = ndimage.gaussian_filter(ndimage.distance_transform_edt(~skeletonize(solid)), fine * 0.25)
    else:
        distance = ndimage.distance_transform_edt(~solid) - ndimage.distance_transform_edt(solid)
    angle, slant = np.deg2rad(random.uniform(-10, 10)), np.deg2rad(random.uniform(-8, 8))
    scale = tall / _TALL
    size = int(max(distance.shape) * scale * 1.25) + 4
    matrix = (
        np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        @ np.array([[1, 0], [np.tan(slant), 1]])
        / scale
    )
    offset = np.array(distance.shape) / 2 - matrix @ np.full(2, size / 2)
    warped = ndimage.affine_transform(distance, matrix, offset, (size, size), order=1, cval=1e3)
    radius = max(pen * tall, 0.8) if pen else 0.0  # no camera shows less than a pixel and a half
    radius = max(radius, float(warped.min()) * scale)  # the finest strokes of a small digit lie between the pixels
    ink = np.clip(radius - warped * scale + 0.5, 0, 1).astype(np.float32)
    used = [np.flatnonzero(ink.any(axis)) for axis in (1, 0)]
    shape: Floats = ink[used[0][0] : used[0][-1] + 1, used[1][0] : used[1][-1] + 1]
    return shape


def _waves(height: int, width: int, sigma: float, random: np.random.Generator) -> Floats:
    """Smooth random unevenness, -1 to 1."""
    small = random.normal(0, 1, (int(height / sigma) + 3, int(width / sigma) + 3)).astype(np.float32)
    wave = np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BILINEAR))
    scaled: Floats = wave / np.abs(wave).max()
    return scaled


def _ruled(scene: Floats, tall: float, short: int, random: np.random.Generator, *, squared: bool) -> Floats:
    height, width, _ = scene.shape
    gap = tall * (random.uniform(0.25, 0.6) if squared else random.uniform(0.5, 1.4))
    thick = max(1.0, short * random.uniform(0.001, 0.004))
    colour = np.array(RULES[random.integers(len(RULES))], np.float32)
    slope = np.tan(np.deg2rad(random.uniform(-4, 4)))
    y, x = np.mgrid[:height, :width].astype(np.float32)
    lines = np.abs((y - slope * x) % gap - gap / 2) < thick / 2
    if squared:
        lines |= np.abs((x + slope * y) % gap - gap / 2) < thick / 2
    ruled: Floats = (
        scene
        + (np.minimum(colour, scene) - scene)
        * (ndimage.gaussian_filter(lines.astype(np.float32), 0.5) * 0.8)[..., np.newaxis]
    )
    return ruled


def _second_sheet(scene: Floats, box: tuple[int, ...], random: np.random.Generator) -> Floats:
    """The edge of this sheet along one side, with whatever lies under it beyond."""
    height, width, _ = scene.shape
    side = int(random.integers(4))
    depth = [box[0], height - box[2], box[1], width - box[3]][side] * random.uniform(0.1, 0.6)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    tilt = np.tan(np.deg2rad(random.uniform(-3, 3)))
    inside = [y + tilt * x, height - 1 - y + tilt * x, x + tilt * y, width - 1 - x + tilt * y][side] - depth
    under = scene.mean((0, 1)) * random.choice([random.uniform(0.25, 0.6), random.uniform(0.85, 0.97), 1.06])
    shadow = 1 - 0.35 * np.exp(np.minimum(inside, 0) / (0.01 * max(height, width))) * (inside < 0)
    soft = np.clip(inside + 0.5, 0, 1)[..., np.newaxis]
    joined: Floats = (scene * soft + under * shadow[..., np.newaxis] * (1 - soft)).astype(np.float32)
    return joined


def light(height: int, width: int, random: np.random.Generator, facts: dict[str, Any]) -> Floats:
    """A lamp to one side, darker corners, and in two of five a shadow with a soft and bent edge."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    y, x = y / height - 0.5, x / width - 0.5
    turn = random.uniform(0, 2 * np.pi)
    light = (
        1
        - random.uniform(0, 0.45) * (0.5 + np.cos(turn) * x + np.sin(turn) * y)
        - random.uniform(0, 0.25) * (x * x + y * y)
    )
    if random.random() < 0.4:
        facts["shadow"] = True
        turn, start, soft = random.uniform(0, 2 * np.pi), random.uniform(-0.3, 0.3), random.uniform(0.02, 0.12)
        bend = 0.1 * np.sin(6 * (np.cos(turn) * y - np.sin(turn) * x) + random.uniform(0, 6))
        edge = np.clip((np.cos(turn) * x + np.sin(turn) * y + bend - start) / soft * 4, -30, 30)
        light = light * (1 - random.uniform(0.2, 0.55) / (1 + np.exp(-edge)))
    scaled: Floats = (light * random.uniform(0.75, 1.05)).astype(np.float32)
    return scaled


def write(
    number: int, *, folder: Path, images: NDArray[np.uint8], labels: NDArray[np.int64], digits: int, seed: int
) -> dict[str, Any]:
    """Render picture `number`, of the images from `number * digits` on, and write it."""
    rows = np.arange(number * digits, (number + 1) * digits) % len(images)
    file, facts = photograph([images[row, ..., 0] for row in rows], np.random.default_rng((seed, number)))
    path = folder / f"{number:05d}.jpg"
    path.write_bytes(file)
    return {"file": path.name, "digits": "".join(str(label) for label in labels[rows]), **facts}


def render(folder: Path, split: str, count: int, digits: int, seed: int) -> list[dict[str, Any]]:
    """Write a set of pictures and its truth, two at a time; a set that is there already, whole, is not written again.

    Raises:
        SystemExit: the set that is there is another one.
    """
    made, which = folder / "truth.json", folder / "set.json"
    wanted = {"split": split, "count": count, "digits": digits, "seed": seed}
    if which.exists() and json.loads(which.read_text(encoding="utf-8")) != wanted:
        raise SystemExit(f"{folder} holds another set: {which.read_text(encoding='utf-8')}. Name another folder.")
    if not made.exists():
        folder.mkdir(parents=True, exist_ok=True)
        data = convlet.load("mnist").split(split)
        images = np.asarray(data.images[: count * digits])
        task = partial(
            write, folder=folder, images=images, labels=data.labels[: count * digits], digits=digits, seed=seed
        )
        with ProcessPoolExecutor(2) as pool:
            truth = list(pool.map(task, range(count), chunksize=8))
        which.write_text(json.dumps(wanted), encoding="utf-8")
        made.write_text(json.dumps(truth, indent=1), encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(made.read_text(encoding="utf-8"))
    return found


def main() -> None:
    """Render a set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--split", choices=("test", "train"), default="test")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--digits", type=int, default=1)
    parser.add_argument("--seed", type=int, default=2026)
    options = parser.parse_args()
    render(options.folder, options.split, options.count, options.digits, options.seed)


if __name__ == "__main__":
    main()
