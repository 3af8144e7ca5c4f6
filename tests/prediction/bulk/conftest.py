"""A typical folder of images."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def folder(digits, tmp_path: Path) -> Path:
    """300 digits in folders, one on white and larger, one that is damaged, and files that are no images."""
    made = tmp_path / "scans"
    for index in range(300):
        place = made / f"box {index % 3}" / f"{index:03d}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(digits.test.images[index, ..., 0]).save(place)
    Image.fromarray(255 - digits.test.images[0, ..., 0]).resize((80, 80), Image.Resampling.BICUBIC).save(
        made / "photo.jpg"
    )
    (made / "box 1" / "damaged.png").write_bytes(b"no image")
    (made / "notes.txt").write_text("no image either")
    (made / ".hidden.png").write_bytes(b"")
    return made


@pytest.fixture
def many(digits, tmp_path: Path) -> Path:
    """3,500 images in one file: four parts."""
    images = np.tile(digits.train.images, (4, 1, 1, 1))[:3500]
    np.savez(tmp_path / "many.npz", images=images, labels=np.zeros(len(images), np.int64))
    return tmp_path / "many.npz"
