"""Digits drawn as lines, and what happens to them before somebody photographs them."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from convlet.signature import Form
from tests.images import encoded

MNIST = Form(kind="ink", light=True, box=20 / 28, centre="mass")
SHAPE = (28, 28, 1)

# Strokes as (x, y) in a square of 100.
DIGITS = {
    "0": [[(50, 0), (25, 12), (15, 50), (25, 88), (50, 100), (75, 88), (85, 50), (75, 12), (50, 0)]],
    "2": [[(15, 25), (30, 5), (55, 0), (78, 12), (80, 32), (60, 58), (12, 100), (90, 98)]],
    "3": [[(18, 10), (50, 0), (78, 12), (75, 35), (45, 46), (78, 58), (84, 82), (55, 100), (15, 90)]],
    "4": [[(55, 0), (15, 62), (90, 62)], [(65, 30), (62, 100)]],
    "5": [[(30, 6), (25, 45), (55, 40), (80, 58), (75, 88), (48, 100), (15, 90)], [(32, 4), (85, 2)]],
    "7": [[(12, 4), (88, 2), (42, 100)], [(35, 50), (78, 48)]],
    "9": [[(80, 15), (50, 0), (22, 20), (28, 46), (60, 48), (80, 15), (74, 60), (55, 100)]],
}


def coverage(digit: str, size: tuple[int, int], box: tuple[float, float, float], pen: float) -> np.ndarray:
    """How much ink lies where: float32 (height, width), 0 to 1. `size`: (width, height); `box`: (left, top, side)."""
    fine = 4 if max(size) <= 600 else 2 if max(size) <= 1500 else 1
    sheet = Image.new("L", (size[0] * fine, size[1] * fine))
    draw = ImageDraw.Draw(sheet)
    left, top, side = box
    for stroke in DIGITS[digit]:
        points = [((left + x * side / 100) * fine, (top + y * side / 100) * fine) for x, y in stroke]
        draw.line(points, fill=255, width=max(1, round(pen * fine)), joint="curve")
        radius = pen * fine / 2
        for x, y in points if radius > 1 else []:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(sheet.resize(size, Image.Resampling.BOX), np.float32) / 255


def on_paper(ink: np.ndarray, paper=(235, 233, 225), pen=(30, 40, 120), strength: float = 0.9) -> np.ndarray:
    """float32 (height, width, 3), 0 to 255."""
    sheet = np.full((*ink.shape, 3), paper, np.float32)
    return sheet + (np.array(pen, np.float32) - sheet) * (strength * ink)[..., np.newaxis]


def ruled(
    scene: np.ndarray, gap: int, thick: int, colour=(150, 175, 215), *, squared: bool = False, slope: float = 0.0
) -> np.ndarray:
    """Printed lines, under the ink as far as it is darker."""
    y, x = np.mgrid[: scene.shape[0], : scene.shape[1]]
    lines = (y + slope * x) % gap < thick
    if squared:
        lines |= (x - slope * y) % gap < thick
    return np.where(lines[..., np.newaxis], np.minimum(scene, np.array(colour, np.float32)), scene)


def lit(scene: np.ndarray, gradient: float = 0.4) -> np.ndarray:
    """A lamp at the upper left."""
    y, x = np.mgrid[: scene.shape[0], : scene.shape[1]]
    return scene * (1 - gradient * (x / scene.shape[1] + y / scene.shape[0]) / 2)[..., np.newaxis]


def shadowed(scene: np.ndarray, depth: float = 0.4, soft: float = 0.03) -> np.ndarray:
    """A hand's shadow from the lower right corner, with a bent soft edge."""
    height, width = scene.shape[:2]
    y, x = np.mgrid[:height, :width]
    edge = x / width + y / height - 1 + 0.12 * np.sin(6 * (x / width - y / height))
    return scene * (1 - depth / (1 + np.exp(-np.clip(edge / soft * 2, -30, 30))))[..., np.newaxis]


def pixels(scene: np.ndarray, noise: float = 3.0, blur: float = 0.7) -> np.ndarray:
    """What a sensor makes of a scene: uint8 (height, width, 3)."""
    image = Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(blur))
    grain = np.random.default_rng(1).normal(0, noise, scene.shape)
    return np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8)


def jpeg(image: np.ndarray, quality: int = 70, turn: int = 1) -> bytes:
    """A JPEG file of an array; `turn` is EXIF's orientation."""
    exif = Image.Exif()
    exif[0x0112] = turn
    return encoded(image, "JPEG", quality=quality, exif=exif)


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """How alike two readings are: the correlation of their pixels, a little blurred; 1 for the same."""
    blurred = [
        np.asarray(Image.fromarray(image[..., 0]).filter(ImageFilter.GaussianBlur(1)), np.float64).ravel()
        for image in (one, other)
    ]
    if min(np.ptp(image) for image in blurred) == 0:
        return 0.0
    return float(np.corrcoef(*blurred)[0, 1])
