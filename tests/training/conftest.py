import struct

import numpy as np
import pytest

import convlet
from convlet.data import Dataset, disk


@pytest.fixture
def on_disk(digits: Dataset, tmp_path, monkeypatch) -> Dataset:
    """The digits as IDX files, with a limit that keeps them there."""
    monkeypatch.setattr(disk, "IN_MEMORY", 1000)
    folder = tmp_path / "idx"
    folder.mkdir()
    for kind, split in (("train", digits.train), ("t10k", digits.test)):
        for name, array in (("images-idx3", split.images[..., 0]), ("labels-idx1", split.labels.astype(np.uint8))):
            header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
            (folder / f"{kind}-{name}-ubyte").write_bytes(header + array.tobytes())
    return convlet.load(str(folder))


@pytest.fixture
def strokes() -> np.ndarray:
    """300 images of an upright stroke: uint8 (300, 28, 28, 1), light on black."""
    random = np.random.default_rng(0)
    images = np.zeros((300, 28, 28, 1), np.uint8)
    for image in images:
        column = random.integers(8, 18)
        image[4:24, column : column + 3] = 255
    return images
