from collections.abc import Iterator

import numpy as np
import pytest

from convlet.data import Dataset
from convlet.run import Run
from tests.serving.running import Served, served


@pytest.fixture(scope="session")
def server(run: Run) -> Iterator[Served]:
    """The digits served with default settings; tests share the server and leave it running."""
    with served(run.path) as running:
        yield running


@pytest.fixture(scope="session")
def seven(digits: Dataset) -> np.ndarray:
    """A seven that the model knows, uint8 (8, 8, 1)."""
    return np.asarray(digits.test.images[np.flatnonzero(digits.test.labels == 7)[0]])


@pytest.fixture(scope="session")
def page(digits: Dataset) -> np.ndarray:
    """Three digits in a row, enlarged, uint8 (200, 500)."""
    sheet = np.zeros((200, 500), np.uint8)
    for number in range(3):
        drawn = np.kron(np.asarray(digits.test.images[number])[..., 0], np.ones((12, 12), np.uint8))
        sheet[50:146, 40 + 150 * number : 136 + 150 * number] = drawn
    return sheet
