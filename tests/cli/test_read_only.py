"""What a container gives: another user, no home, and a file system that nobody can write to."""

import http.client
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import convlet
from convlet.run import Run
from tests.cli.test_serve import process
from tests.images import encoded

NOBODY = 65534
NOTE = "has seen nothing but characters"
# Make the whole file system read-only, for this process alone; show it; become nobody.
READ_ONLY = (
    "mount --bind / / && mount -o remount,ro,bind / && mount --rbind -o ro $0 $0 && ! touch $0/new 2> /dev/null && "
    f'cd / && exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups --no-new-privs "$@"'
)


def _container(place: Path) -> tuple[str, ...]:
    return ("unshare", "--mount", "--propagation", "private", "sh", "-c", READ_ONLY, str(place), sys.executable)


def _works(place: Path) -> bool:
    """Whether this machine lets us make one, and whether everybody may read Python and convlet's files."""
    if shutil.which("unshare") is None or shutil.which("setpriv") is None:
        return False
    command = [*_container(place), "-c", f"open({convlet.__file__!r})"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def place(run: Run, digits) -> Iterator[Path]:
    """A folder that everybody may read, which pytest's own is not, with a run and a picture."""
    with tempfile.TemporaryDirectory() as held:
        made = Path(held)
        made.chmod(0o755)
        shutil.copytree(run.path, made / "run")
        (made / "digit.png").write_bytes(encoded(digits.test.images[0]))
        if not _works(made):
            pytest.skip("needs root, util-linux, and convlet where every user may read it")
        yield made


@pytest.fixture(autouse=True)
def no_home(monkeypatch) -> None:
    monkeypatch.setenv("HOME", "/nonexistent")
    monkeypatch.delenv("TMPDIR", raising=False)


pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="Windows has no such file systems")]


@pytest.mark.parametrize("more", [[], ["--json"], ["--all"]])
def test_predict(place: Path, more: list[str]) -> None:
    command = [*_container(place), "-m", "convlet", "predict", str(place / "run"), str(place / "digit.png"), *more]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (NOTE in done.stderr) == ("--all" in more)
    others = [line for line in done.stderr.splitlines() if NOTE not in line and not line.endswith(" ...")]
    assert [line for line in others if not line.startswith("Next: ")] == []
    assert "digit.png" in done.stdout


def test_the_model_in_the_box(place: Path) -> None:
    command = [*_container(place), "-m", "convlet", "predict", "-q", "digits", str(place / "digit.png"), "--all"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "digit.png" in done.stdout


@pytest.mark.parametrize("model", ["run", None])
def test_serve(place: Path, model: str | None) -> None:
    words = (place / model,) if model else ()
    with process(*words, program=(*_container(place), "-m", "convlet")) as (started, port):
        assert Path(f"/proc/{started.pid}").stat()[stat.ST_UID] == NOBODY
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for path in ("/predict", "/predict/page"):
            connection.request("POST", path, (place / "digit.png").read_bytes())
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            answer.read()
        connection.close()
        started.terminate()
        _, said = started.communicate(timeout=60)
        assert started.returncode == 0, said
        assert "Traceback" not in said
