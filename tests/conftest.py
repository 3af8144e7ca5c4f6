"""What the tests share: the embedded digits, one short training of them, and MNIST where it is at hand."""

import os
from pathlib import Path

import numpy as np
import pytest

import convlet
from convlet.data import Dataset
from convlet.run import Run

# Read before any fixture clears it: whether MNIST is here is a fact of the machine, not of a test.
_DATA = os.environ.get("CONVLET_DATA")


@pytest.fixture(scope="session")
def digits() -> Dataset:
    return convlet.load("digits")


@pytest.fixture(scope="session")
def mnist() -> Dataset:
    if not _DATA or not (Path(_DATA) / "mnist").is_dir():
        pytest.skip("CONVLET_DATA names no folder with MNIST in it")
    return convlet.load("mnist", _DATA)


@pytest.fixture(scope="session")
def run(digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A short training on digits, shared: tests read it and leave it as it is."""
    recipe = convlet.recipe("small-data", epochs=4)
    return convlet.train(digits, recipe, out=tmp_path_factory.mktemp("shared") / "runs")


@pytest.fixture
def noise() -> np.ndarray:
    """12 images in the form of digits."""
    return np.random.default_rng(0).integers(0, 256, (12, 8, 8, 1), dtype=np.uint8)
