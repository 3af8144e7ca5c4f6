"""The light part from a wheel, in a new environment, from an empty folder: what CI does on every system."""

import subprocess
import sys
from pathlib import Path

import pytest
from flit_core.wheel import make_wheel_in

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / ".ci" / "try_package.py"
SAYS = (
    "the light part brings nothing heavy",
    "the doctor finds nothing wrong",
    "a drawn seven is read",
    "the page is there",
    "the doctor tells of the light part alone",
    "train asks for the extra in one line",
    "a prediction imports nothing of training",
    "all of it works",
)


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """convlet's own, where an index answers with what it needs."""
    asked = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--retries", "0", "--dest", str(tmp_path)]
    try:
        done = subprocess.run([*asked, "filelock"], capture_output=True, check=False, text=True, timeout=60)
        why = (done.stderr.strip().splitlines() or ["it said nothing"])[-1] if done.returncode else ""
    except subprocess.TimeoutExpired:
        why = "no answer within a minute"
    if why:
        pytest.skip(f"no package index answers, so that nothing can be installed: {why}")
    return Path(make_wheel_in(ROOT / "pyproject.toml", tmp_path).file)


@pytest.mark.long
@pytest.mark.skipif(not SCRIPT.is_file(), reason="an sdist has no .ci")
def test_it_predicts_serves_and_asks_for_the_rest(wheel: Path) -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, wheel], capture_output=True, check=False, encoding="utf-8", errors="replace"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line for line in SAYS if line not in done.stdout.splitlines()] == []
