"""Engines compute float32 as float32, on a GPU too: else exports would not agree with the model."""

import os
import subprocess
import sys
from pathlib import Path

from convlet.system.engine import tensorflow
from tests.engines import environment


def test_tensorflow_rounds_no_products() -> None:
    assert not tensorflow().config.experimental.tensor_float_32_execution_enabled()


def test_jax_rounds_no_products(tmp_path: Path) -> None:
    code = (
        "from convlet.system.engine import keras; keras(); import jax; print(jax.config.jax_default_matmul_precision)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment("jax", tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "highest"
