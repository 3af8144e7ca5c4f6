"""Ray answers what this machine answers."""

import subprocess
import sys
from pathlib import Path

import pytest

from convlet.prediction.bulk import predict_files
from convlet.run import Run

pytestmark = pytest.mark.slow

CONVLET = str(Path(sys.executable).with_name("convlet"))


@pytest.mark.long
def test_the_same_table(run: Run, folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    expected = predict_files(run.path, [folder], tmp_path / "here.parquet").path.read_bytes()
    command = [CONVLET, "predict", run.path, "scans", "--out", "there.parquet", "--cluster", "local"]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (3, "there.parquet\n"), done.stderr
    assert "box 1/damaged.png is not an image" in done.stderr
    assert "INFO" not in done.stderr
    assert (tmp_path / "there.parquet").read_bytes() == expected
