"""What only a separate process can show: startup, signals, a full disk."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from convlet.run import Run
from convlet.run.history import read_history
from convlet.system.files import sha256

pytestmark = pytest.mark.slow

CONVLET = str(Path(sys.executable).with_name("convlet"))
LONG = [CONVLET, "train", "digits", "--recipe", "small-data", "--epochs", "2000"]


def test_help_imports_nothing_but_typer_and_the_standard_library() -> None:
    """So it starts about as fast as any command made with typer."""
    program = """import sys, typer
app = typer.Typer()
app.command()(lambda: None)
sys.argv = ["least", "--help"]
try: app()
except SystemExit: pass
known = {*sys.modules, *sys.stdlib_module_names}
from convlet.cli import main
sys.argv = ["convlet", "--help"]
try: main()
except SystemExit: pass
more = {name.partition(".")[0] for name in sys.modules} - known
sys.exit(None if more == {"convlet"} else f"imported {more}")"""
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)


def start_training(folder: Path) -> subprocess.Popen[str]:
    """Start a long training and return once it has finished two epochs."""
    program = (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
    )
    command = [
        sys.executable,
        "-c",
        program,
        *LONG,
    ]  # a background shell hands SIGINT down ignored; a terminal does not
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONFAULTHANDLER": "1"},
    )
    history = folder / "runs" / "digits-small-data-1" / "history.csv"
    while len(read_history(history)) < 2:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    return process


@pytest.mark.skipif(os.name == "nt", reason="Windows has other signals")
class TestSignals:
    @pytest.mark.long
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_ctrl_c_exits_130_and_the_run_says_interrupted(self, tmp_path, number: signal.Signals) -> None:
        process = start_training(tmp_path)
        process.send_signal(number)
        try:
            out, err = process.communicate(timeout=120)
        finally:
            process.kill()
        assert process.returncode == 130, err
        assert out == ""
        assert "--resume" in err
        assert "Traceback" not in err
        run = Run(tmp_path / "runs" / "digits-small-data-1")
        assert run.status == "interrupted"
        assert len(run.history) >= 2

    @pytest.mark.long
    def test_kill_9_loses_no_finished_epoch(self, tmp_path) -> None:
        process = start_training(tmp_path)
        process.kill()
        process.communicate(timeout=120)
        run = Run(tmp_path / "runs" / "digits-small-data-1")
        assert run.status == "interrupted"
        epochs = len(run.history)
        assert epochs >= 2
        # A shorter goal, so that taking it up ends soon: the same run, the same order, the same weights.
        path = run.path / "recipe.toml"
        path.write_text(run.recipe.changed(epochs=epochs + 2).to_toml())
        run.update(recipe_sha256=sha256(path))  # as if it had been made with that goal
        done = subprocess.run(
            [CONVLET, "train", "--resume", run.path], cwd=tmp_path, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == str(run.path)
        assert len(run.history) in (epochs + 2, epochs + 3)  # the checkpoint may be one epoch ahead of the history file


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on a file's size")
def test_a_full_disk_exits_3_and_leaves_nothing_half_written(tmp_path) -> None:
    """A limit of 1 MB per file simulates a full disk: the checkpoint of 3.9 MB does not fit."""
    limited = f"ulimit -f 1000; exec {CONVLET} train digits --recipe small-data --epochs 1"
    done = subprocess.run(["/bin/bash", "-c", limited], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    assert "cannot write" in done.stderr
    assert "Traceback" not in done.stderr
    run = Run(tmp_path / "runs" / "digits-small-data-1")
    assert run.status == "failed"
    left = {path.name for path in run.path.iterdir()} - {".lock"}
    assert left <= {"run.json", "recipe.toml", "summary.txt", "history.csv"}
