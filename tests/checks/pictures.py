"""Data for the tests of checks: folders of smooth pictures, no two alike."""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from convlet.checks import Check, Finding, check
from convlet.data import Dataset
from convlet.data.loading import load_as
from convlet.data.sizing import Wanted
from convlet.system.watch import Watch
from tests.data.datafiles import save


def picture(seed: int, side: int = 32, mode: str = "RGB") -> Image.Image:
    """Soft spots of many colors, other ones for each seed."""
    spots = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(spots).resize((side, side), Image.Resampling.BICUBIC).convert(mode)


def folder(path: Path, counts: Mapping[str, int], side: int = 32) -> Path:
    """A folder with so many pictures of each class; "train/cat" has a split."""
    seed = 0
    for name, count in counts.items():
        for number in range(count):
            save(picture(seed, side), path / name / f"{number:03d}.png")
            seed += 1
    return path


def again(image: Image.Image, way: str) -> Image.Image:
    """The same picture, saved or changed a little."""
    if way == "jpeg":
        file = io.BytesIO()
        image.save(file, "jpeg", quality=60)
        return Image.open(file)
    if way == "small":
        small = image.resize((image.width * 3 // 4, image.height * 3 // 4), Image.Resampling.BICUBIC)
        return small.resize(image.size, Image.Resampling.BICUBIC)
    if way == "bright":
        return image.point(lambda value: min(255, round(value * 1.1) + 5))
    raise ValueError(way)


def loaded(path: Path) -> Dataset:
    """A data set, however many of its files are unreadable."""
    return load_as(path, None, Wanted("auto", may_lack=1), Watch())


def checked(path: Path) -> Check:
    """The findings of a folder's check."""
    return check(loaded(path))


def kinds(found: Check) -> list[str]:
    """The kinds of the findings, in order."""
    return [one.kind for one in found.findings]


def finding(found: Check, kind: str) -> Finding:
    """The finding of one kind."""
    (one,) = [one for one in found.findings if one.kind == kind]
    return one


def files(found: Check, kind: str) -> list[list[str | None]]:
    """The files of each group of a finding."""
    return [[picture.file for picture in group] for group in finding(found, kind).groups]
