"""Draw invented characters or printed letters as outliers, sized (`side`, pixels) and placed like the classes'."""

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from convlet.system.cache import keep_together

LETTER = 96  # pixels, the size of a drawn letter
_STYLES = "Bold|Bol|Ita|Italic|BolIta|Oblique|BoldOblique|BoldItalic"
_FONTS = rf"(DejaVu(Sans|SansMono|Serif)|STIXGeneral)(-?({_STYLES}))?|cm(b|r|ss|tt)10"
FINE = 4  # times larger than the result: the size at which strokes are drawn

Ink = NDArray[np.uint8]  # (n, height, width) or (height, width), light on black


def character(height: int, width: int, side: float, random: np.random.Generator) -> Ink:
    """Draw an invented character: lines, arcs and rings between points of a coarse grid, with one pen."""
    tall, wide = side * FINE, side * FINE * random.uniform(0.45, 1.0)
    if random.random() < 0.15:
        tall, wide = wide, tall
    image = Image.new("L", (width * FINE, height * FINE))
    pen = max(2, int(side / 20 * FINE * random.uniform(1.3, 4.5)))
    draw = ImageDraw.Draw(image)
    grid_x = np.linspace(-wide / 2, wide / 2, random.integers(2, 5))
    grid_y = np.linspace(-tall / 2, tall / 2, random.integers(2, 6))
    slant, unsteady = random.normal(0, 0.12), random.uniform(0, 0.06) * side * FINE
    middle = np.array(image.size) / 2

    def point() -> NDArray[np.float64]:
        x, y = random.choice(grid_x), random.choice(grid_y)
        placed: NDArray[np.float64] = middle + np.array([x - slant * y, y]) + random.normal(0, unsteady, 2)
        return placed

    begin = point()
    for _ in range(random.integers(2, 6)):
        end = point()
        for _ in range(8):  # a small set of points may have none far enough
            if np.abs(end - begin).max() > side * FINE / 5:
                break
            end = point()
        kind = random.random()
        if kind < 0.85:
            aside = np.array([begin[1] - end[1], end[0] - begin[0]]) * random.uniform(0.25, 0.9)
            aside = aside * random.choice([-1, 1]) * (kind > 0.55)
            t = np.linspace(0, 1, 16)[:, np.newaxis]
            arc = (1 - t) ** 2 * begin + 2 * t * (1 - t) * ((begin + end) / 2 + aside) + t**2 * end
            draw.line([tuple(place) for place in arc], fill=255, width=pen, joint="curve")
            for x, y in (begin, end):
                draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=255)
        else:
            center, radius = (begin + end) / 2, np.abs(end - begin) / 2 + side * FINE * 0.08
            draw.ellipse((*(center - radius), *(center + radius)), outline=255, width=pen)
        begin = end if random.random() < 0.6 else point()
    return in_place(image, height, width, side * random.uniform(0.9, 1.1))


def printed(letter: str, font: Any, height: int, width: int, side: float, random: np.random.Generator) -> Ink:
    """Print a letter, half of the time wider or narrower than its font."""
    image = Image.new("L", (2 * LETTER, 2 * LETTER))
    ImageDraw.Draw(image).text((LETTER // 2, LETTER // 3), letter, fill=255, font=font)
    if random.random() < 0.5:
        image = image.resize((round(image.width * random.uniform(0.6, 1.3)), image.height))
    return in_place(image, height, width, side * random.uniform(0.9, 1.1))


def fonts() -> list[Any]:
    """Return matplotlib's plain fonts as Pillow fonts."""
    keep_together()
    import matplotlib as mpl

    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    return [
        ImageFont.truetype(path, LETTER) for path in sorted(folder.glob("*.ttf")) if re.fullmatch(_FONTS, path.stem)
    ]


def in_place(drawn: Image.Image, height: int, width: int, side: float) -> Ink:
    """Scale the ink's box to `side` pixels and move its center of mass to the center."""
    made = np.zeros((height, width), np.uint8)
    cut = drawn.crop(drawn.getbbox() or (0, 0, 1, 1))
    scale = min(side / max(cut.size), width / cut.width, height / cut.height)
    ink = np.asarray(
        cut.resize((max(1, int(cut.width * scale)), max(1, int(cut.height * scale))), Image.Resampling.BOX)
    )
    rows, columns = ink.shape
    mass = max(1, ink.sum(dtype=np.int64))
    top = round(height / 2 - (ink.sum(axis=1) @ np.arange(rows)) / mass - 0.5)
    left = round(width / 2 - (ink.sum(axis=0) @ np.arange(columns)) / mass - 0.5)
    top, left = min(max(top, 0), height - rows), min(max(left, 0), width - columns)
    made[top : top + rows, left : left + columns] = ink
    return made
