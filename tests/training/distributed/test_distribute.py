"""A batch shared by several processes equals that of one, and nothing hangs when a process is lost."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from convlet.errors import LostProcessError
from convlet.run import Run
from tests.engines import environment

CONVLET = str(Path(sys.executable).with_name("convlet"))
# Everything that looks at more than one image of a batch, and a last batch that two cannot share evenly.
SETTINGS = {
    "filters": [4, 8],
    "dense_units": 16,
    "batch_size": 301,
    "normalization": "batch",
    "dropout": 0.3,
    "clutter": 0.5,
    "mixing": 0.5,
    "keep": "best",
    "epochs": 500,
}
WORDS = [
    word
    for key, value in SETTINGS.items()
    for word in ("--set", f"{key}={json.dumps(value) if isinstance(value, (list, str)) else value}")
]

ALONE = """
import shutil, sys
import convlet
from convlet.system.files import sha256

digits = convlet.load("digits")
lost = convlet.Run("two/digits-small-data-1")
recipe = lost.recipe.changed(epochs=int(sys.argv[1]))

def as_if_killed(epoch):
    if epoch.epoch == 1:
        shutil.copytree("whole/digits-small-data-1", "one")

convlet.train(digits, recipe, out="whole", watch=convlet.Watch(on_epoch=as_if_killed))
(lost.path / "recipe.toml").write_text(recipe.to_toml())
lost.update(recipe_sha256=sha256(lost.path / "recipe.toml"))  # as if it had been made with so many epochs
convlet.resume(lost)
"""


def losses(run: Path) -> list[list[float]]:
    with (run / "history.csv").open() as file:
        return [[float(row["loss"]), float(row["val_loss"])] for row in csv.DictReader(file)]


@pytest.mark.long
@pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed: pip install 'convlet[jax]'")
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs Linux's /proc to find the workers")
def test_two_processes_do_what_one_does_and_each_goes_on_where_the_other_was_stopped(tmp_path) -> None:
    on_jax = os.environ | environment("jax", tmp_path)
    command = [CONVLET, "train", "digits", "--recipe", "small-data", *WORDS, "--out", "two", "--processes", "2"]
    called = subprocess.Popen(
        command, cwd=tmp_path, env=on_jax, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    two = tmp_path / "two" / "digits-small-data-1"
    while not (two / "history.csv").is_file() and called.poll() is None:
        time.sleep(0.05)
    workers = [int(word) for word in Path(f"/proc/{called.pid}/task/{called.pid}/children").read_text().split()]
    assert len(workers) == 2
    os.kill(workers[1], signal.SIGKILL)
    out, said = called.communicate(timeout=120)  # seconds: to catch a hang
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    assert (called.returncode, out) == (LostProcessError.exit_status, "")
    kept = len(losses(two))
    assert "process 1 of 2 was lost (killed by signal 9, SIGKILL" in said
    assert "kept. Resume with: convlet train --resume two/digits-small-data-1 --processes 2" in said
    assert "Traceback" not in said
    assert "Gloo" not in said  # nor a word from any other library
    assert Run(two).status == "interrupted"

    subprocess.run(
        [sys.executable, "-c", ALONE, str(kept + 1)], cwd=tmp_path, env=on_jax, check=True, capture_output=True
    )
    one, whole = tmp_path / "one", tmp_path / "whole" / "digits-small-data-1"
    done = subprocess.run(
        [CONVLET, "train", "--resume", one, "--processes", "2"],
        cwd=tmp_path,
        env=on_jax,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert len(losses(whole)) == kept + 1
    np.testing.assert_allclose(losses(two), losses(whole), atol=1e-5)  # two processes, then one
    np.testing.assert_allclose(losses(one), losses(whole), atol=1e-5)  # one, then two
    assert (Run(one).metrics["processes"], Run(two).metrics["processes"]) == (2, 1)
    assert Run(one).manifest["processes"] == 2


def test_another_engine_is_refused(tmp_path) -> None:
    done = subprocess.run(
        [CONVLET, "train", "digits", "--processes", "2"],
        cwd=tmp_path,
        env=os.environ | {"KERAS_BACKEND": "tensorflow"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "KERAS_BACKEND is 'tensorflow'" in done.stderr
    assert not list(tmp_path.iterdir())
