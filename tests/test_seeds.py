"""The global generators start from one seed in every test, whatever ran before it."""

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import SEED

ROOT = Path(__file__).parents[1]
KERAS = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
{{before}}
from tests import conftest
conftest.seed_everything()
import keras
layer = keras.layers.Dense(3)
layer.build((2, 2))
print(layer.kernel.numpy().tolist(), keras.random.normal((2,)).numpy().tolist())
"""


@pytest.fixture
def drawn() -> float:
    return random.random()


@pytest.mark.parametrize("_time", [1, 2])
def test_a_fixture_and_a_test_start_from_the_seed(drawn: float, _time: int) -> None:
    assert random.random() == drawn == random.Random(SEED).random()
    assert np.random.random() == np.random.RandomState(SEED).random()


@pytest.mark.long
def test_keras_draws_the_same_whether_or_not_it_was_imported_before() -> None:
    first, second = (
        subprocess.run(
            [sys.executable, "-c", KERAS.format(before=before)], check=True, capture_output=True, text=True
        ).stdout
        for before in ("", "import keras; keras.random.normal((2,))")
    )
    assert first == second
