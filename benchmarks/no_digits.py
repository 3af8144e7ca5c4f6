"""Pictures of no digit, to see what a model refuses.

No picture here is used in training, but recipes with `outliers` train on some of the same families, made by other
code: noise, blobs, empty grounds, and printed letters in matplotlib's fonts. Letters here are of other type families;
`LOOKALIKES` are those written like a digit. Nothing like the textures, pieces of photographs, is trained on.
"""

import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import ascii_letters

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

Picture = NDArray[np.uint8]  # (height, width)
LOOKALIKES = "OoIlSsZz"
_SIDE = 28
_NOT_THESE = r"dejavu|bitstream|vera|stix|^cm|^lm|latinmodern|math"  # training draws letters from these


def blanks(count: int, random: np.random.Generator) -> list[Picture]:
    """One tone, with or without the noise of a sensor."""
    tones = np.linspace(0, 255, count)
    return [
        np.clip(np.full((_SIDE, _SIDE), tone) + random.normal(0, 2 * (number % 2), (_SIDE, _SIDE)), 0, 255)
        .round()
        .astype(np.uint8)
        for number, tone in enumerate(tones)
    ]


def uniform_noise(count: int, random: np.random.Generator) -> list[Picture]:
    """Every value as likely at every pixel."""
    return list(random.integers(0, 256, (count, _SIDE, _SIDE)).astype(np.uint8))


def gaussian_blobs(count: int, random: np.random.Generator) -> list[Picture]:
    """One to three soft round or oval spots."""
    y, x = np.mgrid[:_SIDE, :_SIDE]
    made = []
    for _ in range(count):
        spots = np.zeros((_SIDE, _SIDE))
        for _ in range(random.integers(1, 4)):
            (down, right), size, oval = random.uniform(6, 22, 2), random.uniform(1.5, 6), random.uniform(0.6, 1.6)
            spots += np.exp(-((y - down) ** 2 * oval + (x - right) ** 2 / oval) / (2 * size**2))
        made.append((255 * spots / spots.max()).astype(np.uint8))
    return made


def blurred_noise(count: int, random: np.random.Generator) -> list[Picture]:
    """Normal noise behind frosted glass."""
    fields = [ndimage.gaussian_filter(random.normal(0, 1, (_SIDE, _SIDE)), random.uniform(1, 5)) for _ in range(count)]
    return [(255 * (field - field.min()) / np.ptp(field)).astype(np.uint8) for field in fields]


def textures(count: int, random: np.random.Generator) -> list[Picture]:
    """Pieces of photographs of brick, grass, gravel, coins, the moon and a man, at any scale."""
    names = ("brick", "grass", "gravel", "coins", "moon", "camera")
    return list(pieces(names, count, _SIDE, random))


def pieces(names: Sequence[str], count: int, side: int, random: np.random.Generator) -> Iterator[NDArray[np.uint8]]:
    """Yield square pieces, `side` pixels each, of scikit-image's gray photographs in turn, at any scale."""
    from skimage import data

    photographs = [getattr(data, name)() for name in names]
    for number in range(count):
        photograph = photographs[number % len(photographs)]
        whole = int(random.integers(side, min(photograph.shape) // 2))
        top, left = (int(random.integers(0, length - whole)) for length in photograph.shape)
        piece = Image.fromarray(photograph[top : top + whole, left : left + whole])
        yield np.asarray(piece.resize((side, side), Image.Resampling.BOX))


def fonts() -> list[Path]:
    """Return this system's scalable fonts with Latin letters, except families used in training."""
    listed = subprocess.run(
        ["fc-list", ":lang=en:scalable=true", "file"],  # noqa: S607  wherever the system has it
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    found = [Path(line.split(":")[0]) for line in listed]
    return sorted(
        path
        for path in found
        if path.suffix in (".ttf", ".otf") and not re.search(_NOT_THESE, path.stem, re.IGNORECASE)
    )


def letters(random: np.random.Generator) -> dict[str, list[Picture]]:
    """Print each letter, upper and lower case, dark on white in each font in a random size; by letter."""
    made: dict[str, list[Picture]] = {letter: [] for letter in ascii_letters}
    for path in fonts():
        for letter, pictures in made.items():
            size = int(random.integers(24, 160))
            image = Image.new("L", (3 * size, 3 * size), 255)
            ImageDraw.Draw(image).text((size, 3 * size // 4), letter, fill=0, font=ImageFont.truetype(path, size))
            pictures.append(np.asarray(image))
    return made
