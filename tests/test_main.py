import subprocess
import sys


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "convlet", *arguments], capture_output=True, text=True, check=False)


def test_python_m_convlet_is_the_command():
    assert _run("--version").stdout.startswith("convlet ")
    wrong = _run("train", "--no-such-flag")
    assert wrong.returncode == 2
    assert "--no-such-flag" in wrong.stderr
