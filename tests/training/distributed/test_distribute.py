"""A batch shared by several processes is the batch of one, and nothing hangs when one of them is lost."""

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

import convlet
from convlet.data import Dataset
from convlet.errors import InputError, LostProcessError, UsageError
from convlet.run import Run
from convlet.training.distributed import launch
from convlet.training.distributed.distribute import Part
from convlet.training.distributed.shares import shares
from convlet.training.plan import Plan

CONVLET = str(Path(sys.executable).with_name("convlet"))
# Everything that looks at more than one image of a batch, and a last batch that two cannot share evenly.
SETTINGS = {
    "filters": [4, 8],
    "dense_units": 16,
    "batch_size": 301,
    "normalization": "batch",
    "dropout": 0.3,
    "clutter": 0.5,
    "epochs": 500,
}
# Most of a short training's time is the compiler's.
COMPILED_ONCE = {"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0", "XLA_FLAGS": "--xla_backend_optimization_level=0"}
WORDS = [
    word
    for key, value in SETTINGS.items()
    for word in ("--set", f"{key}={json.dumps(value) if isinstance(value, (list, str)) else value}")
]

ALONE = """
import shutil, sys
import convlet

digits = convlet.load("digits")
lost = convlet.Run("two/digits-small-data-1")
recipe = lost.recipe.changed(epochs=int(sys.argv[1]))

def as_if_killed(epoch):
    if epoch.epoch == 1:
        shutil.copytree("whole/digits-small-data-1", "one")

convlet.train(digits, recipe, out="whole", watch=convlet.Watch(on_epoch=as_if_killed))
(lost.path / "recipe.toml").write_text(recipe.to_toml())
convlet.resume(lost)
"""


def losses(run: Path) -> list[list[float]]:
    with (run / "history.csv").open() as file:
        return [[float(row["loss"]), float(row["val_loss"])] for row in csv.DictReader(file)]


@pytest.mark.slow
@pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed: pip install 'convlet[jax]'")
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs Linux's /proc to find the workers")
def test_two_processes_do_what_one_does_and_each_goes_on_where_the_other_was_stopped(tmp_path) -> None:
    environment = (
        os.environ
        | COMPILED_ONCE
        | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "JAX_COMPILATION_CACHE_DIR": str(tmp_path / "c")}
    )
    command = [CONVLET, "train", "digits", "--recipe", "small-data", *WORDS, "--out", "two", "--processes", "2"]
    called = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    two = tmp_path / "two" / "digits-small-data-1"
    while not (two / "history.csv").is_file() and called.poll() is None:
        time.sleep(0.05)
    workers = [int(word) for word in Path(f"/proc/{called.pid}/task/{called.pid}/children").read_text().split()]
    assert len(workers) == 2
    os.kill(workers[1], signal.SIGKILL)
    began = time.monotonic()
    out, said = called.communicate(timeout=60)
    assert time.monotonic() - began < 30
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    assert (called.returncode, out) == (LostProcessError.exit_status, "")
    kept = len(losses(two))
    assert "process 1 of 2 was lost (killed by signal 9, SIGKILL" in said
    assert f"kept. Go on with: convlet train --resume {two} --processes 2" in said
    assert "Traceback" not in said
    assert "Gloo" not in said  # nor a word from any other library
    assert Run(two).status == "interrupted"

    subprocess.run(
        [sys.executable, "-c", ALONE, str(kept + 1)], cwd=tmp_path, env=environment, check=True, capture_output=True
    )
    one, whole = tmp_path / "one", tmp_path / "whole" / "digits-small-data-1"
    done = subprocess.run(
        [CONVLET, "train", "--resume", one, "--processes", "2"],
        cwd=tmp_path,
        env=environment,
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


@pytest.mark.parametrize("of", [1, 2, 3])
def test_shares_put_together_are_the_batch(digits: Dataset, of: int) -> None:
    recipe = convlet.recipe("balanced", batch_size=100)
    plan = Plan(recipe, len(digits.train), digits.image_shape)
    plan.epoch = 3
    parts = [shares(digits.train, 100, plan, Part(index, of)) for index in range(of)]
    order, changes = plan.order(), plan.changes()
    for step in (0, len(parts[0]) - 1):
        rows = order[step * 100 : (step + 1) * 100]
        found = [part[step] for part in parts]
        assert len({len(labels) for _, labels in found}) == 1
        for given, _ in found:
            assert given["size"].shape == (len(rows), 0)
        np.testing.assert_array_equal(
            np.concatenate([labels for _, labels in found])[: len(rows)], digits.train.labels[rows]
        )
        np.testing.assert_array_equal(
            np.concatenate([given["images"] for given, _ in found])[: len(rows)], digits.train.images[rows]
        )
        np.testing.assert_array_equal(
            np.concatenate([given["changes"] for given, _ in found])[: len(rows)],
            changes[step * 100 : (step + 1) * 100],
        )


class TestLaunch:
    """The parent, with children that are quick to start."""

    def start(self, program: str, folder: Path) -> int:
        told = "import json, os, signal, sys, time; from pathlib import Path; told = json.loads(os.environ['CONVLET_WORKER'])\n"
        (folder / "pids").mkdir()
        noted = f"(Path({str(folder / 'pids')!r}) / str(os.getpid())).touch()\n"
        return launch.launch([sys.executable, "-c", told + noted + program], launch.workers(2, None, None), os.environ)

    def all_gone(self, folder: Path) -> bool:
        return not any(Path(f"/proc/{child.name}").exists() for child in (folder / "pids").iterdir())

    def test_all_done(self, tmp_path) -> None:
        assert self.start("", tmp_path) == 0

    def test_an_error_that_the_first_has_shown(self, tmp_path) -> None:
        assert self.start("sys.exit(3) if told['index'] == 0 else time.sleep(60)", tmp_path) == 3
        assert self.all_gone(tmp_path)

    def test_an_error_of_another(self, tmp_path) -> None:
        program = (
            "if told['index'] == 0: time.sleep(60)\n"
            "(Path(told['folder']) / '1.log').write_text('noise\\nerror: no such data\\n'); sys.exit(3)"
        )
        with pytest.raises(InputError, match="process 1: no such data"):
            self.start(program, tmp_path)

    def test_the_one_that_was_killed_is_named_and_not_those_that_fell_with_it(self, tmp_path) -> None:
        program = "time.sleep(0.3 * told['index']); sys.exit(6) if told['index'] == 0 else os.kill(os.getpid(), 9)"
        with pytest.raises(LostProcessError, match=r"process 1 of 2 was lost \(killed by signal 9"):
            self.start(program, tmp_path)
        assert self.all_gone(tmp_path)

    def test_one_that_jax_no_longer_hears_is_named(self, tmp_path) -> None:
        said = "JAX distributed service detected fatal errors ... unhealthy (stopped sending heartbeats):\\n1\\nThe tasks have crashed."
        program = (
            "if told['index'] == 1: time.sleep(60)\n"
            f"(Path(told['folder']) / '0.log').write_text('{said}'); os.kill(os.getpid(), signal.SIGABRT)"
        )
        with pytest.raises(LostProcessError, match="process 1 was lost: it no longer answers"):
            self.start(program, tmp_path)
        assert self.all_gone(tmp_path)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((2, None, 1), "belongs to --coordinator"),
        ((2, "auto", None), "leave the others away"),
        ((2, "10.0.0.1", 0), "expected HOST:PORT"),
        ((2, "10.0.0.1:99999", 0), "expected HOST:PORT"),
        ((None, "10.0.0.1:29500", 0), "needs --processes N"),
        ((2, "10.0.0.1:29500", None), "--process-id I"),
        ((2, "10.0.0.1:29500", 2), "from 0 to N - 1"),
    ],
)
def test_options_that_do_not_go_together(given, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        launch.workers(*given)


def test_another_engine_is_refused(tmp_path) -> None:
    environment = os.environ | {"KERAS_BACKEND": "tensorflow"}
    done = subprocess.run(
        [CONVLET, "train", "digits", "--processes", "2"],
        cwd=tmp_path,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "KERAS_BACKEND is 'tensorflow'" in done.stderr
    assert not list(tmp_path.iterdir())
