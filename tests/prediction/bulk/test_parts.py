"""A bulk prediction that was stopped in any way resumes where it was and ends with the same table."""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from filelock import FileLock, Timeout

from convlet.errors import OutputError
from convlet.prediction.bulk import predict_files
from convlet.prediction.bulk.parts import opened
from convlet.prediction.bulk.tables import table
from convlet.run import Run
from convlet.system.watch import Watch

pytestmark = pytest.mark.slow

CONVLET = str(Path(sys.executable).with_name("convlet"))
KILLED = """
import os, sys
import convlet
from convlet.prediction.bulk import predict_files
model, given, out, rows = sys.argv[1:]
def killed(what, done, total, detail):
    if done >= int(rows):
        os.kill(os.getpid(), 9)
predict_files(model, [given], out, watch=convlet.Watch(on_progress=killed))
"""
SCRIPT = """
import os, psutil, sys
print("begun", flush=True)
import convlet
from convlet.prediction.bulk import predict_files
def killed(what, done, total, detail):
    if done:
        print(*(child.pid for child in psutil.Process().children()), flush=True)
        os.kill(os.getpid(), 9)
predict_files(sys.argv[1], [sys.argv[2]], sys.argv[3], workers=1, watch=convlet.Watch(on_progress=killed))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_after_a_kill(run: Run, many: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"answers{suffix}"
    expected = predict_files(run.path, [many], tmp_path / f"undisturbed{suffix}").path.read_bytes()
    for rows in (2100, 2900):
        killed = subprocess.run([sys.executable, "-c", KILLED, run.path, many, out, str(rows)], check=False)
        assert killed.returncode == -9
        assert not out.exists()
    notes: list[str] = []
    done = predict_files(run.path, [many], out, watch=Watch(on_note=notes.append))
    assert notes == ["resuming after 2,048 answers"]
    assert (done.before, done.counts.images, sum(done.counts.classes.values())) == (2048, 3500, 3500)
    assert out.read_bytes() == expected
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def stopped(run: Run, given: Path, out: Path, rows: int = 1500) -> list[str]:
    """Ctrl-C after a number of rows; returns the notes."""

    def stop(_what: str, done: int, *_: object) -> None:
        if done >= rows:
            raise KeyboardInterrupt

    notes: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        predict_files(run.path, [given], out, watch=Watch(on_progress=stop, on_note=notes.append))
    return notes


def test_what_was_begun_otherwise_is_not_gone_on_from(run: Run, many: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.csv"
    assert stopped(run, many, out) == ["interrupted: 1,024 answers are kept. Repeat the command to resume."]
    os.utime(many, (0, 0))
    with pytest.raises(OutputError, match=r"1,024 answers .* change of: inputs\..*overwrite=True"):
        predict_files(run.path, [many], out)
    notes: list[str] = []
    done = predict_files(run.path, [many], out, overwrite=True, watch=Watch(on_note=notes.append))
    assert notes == ["discarding 1,024 answers from before a change of: inputs"]
    assert (done.before, len(out.read_text().splitlines())) == (0, 3501)


def test_what_another_version_began_is_not_gone_on_from(run: Run, many: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.csv"
    stopped(run, many, out)
    state = tmp_path / ".answers.csv-parts" / "state.json"
    state.write_text(state.read_text().replace('"format": 3', '"format": 2'))
    with pytest.raises(OutputError, match=r"1,024 answers .* begun by another version of convlet\..*overwrite=True"):
        predict_files(run.path, [many], out)
    notes: list[str] = []
    assert predict_files(run.path, [many], out, overwrite=True, watch=Watch(on_note=notes.append)).before == 0
    assert notes == ["discarding 1,024 answers begun by another version of convlet"]


def test_overwriting_goes_on_too(run: Run, many: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.csv"
    stopped(run, many, out)
    out.write_text("mine")
    with pytest.raises(OutputError, match="already exists"):
        predict_files(run.path, [many], out)
    assert out.read_text() == "mine"
    assert predict_files(run.path, [many], out, overwrite=True).before == 1024


def test_killed_between_the_table_and_the_end(run: Run, many: Path, tmp_path: Path, monkeypatch) -> None:
    out = tmp_path / "answers.csv"
    with monkeypatch.context() as patch:
        unlink = Path.unlink

        def killed(path: Path, missing_ok: bool = False) -> None:
            if path.name.startswith("part-"):
                raise OSError("killed")
            unlink(path, missing_ok)

        patch.setattr(Path, "unlink", killed)
        with pytest.raises(OutputError):
            predict_files(run.path, [many], out)
    content = out.read_bytes()
    done = predict_files(run.path, [many], out)
    assert (done.before, done.counts.images) == (3500, 3500)
    assert out.read_bytes() == content
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_two_at_once(run: Run, many: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.csv"
    with opened(out, table(out, ("0",)), {}), pytest.raises(OutputError, match="by another process"):
        predict_files(run.path, [many], out)


def test_the_files_go_before_the_lock_does(tmp_path: Path, monkeypatch) -> None:
    out = tmp_path / "answers.csv"
    remove = shutil.rmtree

    def removed(folder: Path, **options: bool) -> None:
        with pytest.raises(Timeout):
            FileLock(folder / "lock").acquire(timeout=0)
        remove(folder, **options)

    monkeypatch.setattr(shutil, "rmtree", removed)
    with opened(out, table(out, ("0",)), {}):
        pass
    assert not list(tmp_path.iterdir())


def test_a_killed_worker_costs_nothing(run: Run, folder: Path, tmp_path: Path) -> None:
    expected = predict_files(run.path, [folder], tmp_path / "undisturbed.csv").path.read_bytes()
    killed: list[int] = []

    def processes() -> list[psutil.Process]:
        return [
            child for child in psutil.Process().children() if any("answer_with" in word for word in child.cmdline())
        ]

    def kill(_what: str, done: int, *_: object) -> None:
        for process in processes() if done < 200 else ():
            process.kill()
            killed.append(process.pid)

    out = predict_files(run.path, [folder], tmp_path / "answers.csv", workers=1, watch=Watch(on_progress=kill)).path
    assert out.read_bytes() == expected
    assert killed
    assert not processes()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_script_is_not_run_again_by_its_workers_which_die_with_it(run: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, tmp_path / "script.py", run.path, folder, tmp_path / "answers.csv"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == -9, done.stderr
    begun, worker = done.stdout.splitlines()
    assert begun == "begun"
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(int(worker)).wait(60)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on a file's size")
def test_a_full_disk(run: Run, many: Path, tmp_path: Path) -> None:
    """A limit per file simulates a full disk: the parts fit, the whole does not."""
    limited = f"ulimit -f 300; exec {CONVLET} predict {run.path} {many} --out answers.csv"
    done = subprocess.run(["/bin/bash", "-c", limited], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    assert "3,500 answers so far are kept" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "answers.csv").exists()
    assert predict_files(run.path, [many], tmp_path / "answers.csv").before == 3500
