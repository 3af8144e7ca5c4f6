"""`convlet runs`: checking and cleaning."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from convlet.exports.export import export
from convlet.run import CHECKPOINTS, Run
from convlet.system.files import _here

pytestmark = pytest.mark.slow


@pytest.fixture
def copy(run: Run, tmp_path: Path) -> Path:
    return Path(shutil.copytree(run.path, tmp_path / "runs" / run.path.name))


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_whole_run(convlet, copy: Path) -> None:
    status, out, _ = convlet("runs", "check", copy, "--json")
    assert status == 0
    checked = {Path(one["file"]).name: one["problem"] for one in json.loads(out)}
    assert checked.keys() >= {"run.json", "recipe.toml", "model.onnx", "model.keras", "history.csv", "metrics.json"}
    assert set(checked.values()) == {None}


@pytest.mark.parametrize("name", ["run.json", "recipe.toml", "model.onnx", "model.keras", "history.csv", "loss.png"])
def test_a_damaged_file_is_named(convlet, name: str, copy: Path) -> None:
    _flip(copy / name)
    status, out, err = convlet("runs", "check", copy)
    assert status == 3
    assert f"{name}: damaged" in out
    assert f"{name} is damaged or was changed" in err


def test_a_missing_file_and_a_checkpoint(convlet, copy: Path) -> None:
    (copy / "loss.png").unlink()
    (copy / CHECKPOINTS[1]).write_bytes(b"half")
    status, _, err = convlet("runs", "check", copy)
    assert status == 3
    assert "loss.png is missing" in err
    assert f"{CHECKPOINTS[1]} is damaged" in err


@pytest.mark.long
@pytest.mark.parametrize("form", ["onnx", "onnx-int8", "litert", "saved-model"])
def test_exports(convlet, form: str, run: Run, tmp_path: Path) -> None:
    made = export(run, form, tmp_path / ("sm" if form == "saved-model" else f"small.{_SUFFIX[form]}")).path
    assert convlet("runs", "check", made)[0] == 0
    for file in [made] if made.is_file() else sorted(path for path in made.rglob("*") if path.is_file()):
        kept = file.read_bytes()
        if kept:
            _flip(file)
            assert convlet("runs", "check", made)[0] == 3, file
            file.write_bytes(kept)


_SUFFIX = {"onnx": "onnx", "onnx-int8": "onnx", "litert": "tflite"}


def test_what_is_nothing_to_check(convlet, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    for path, words in ((tmp_path, "nothing to check"), (tmp_path / "notes.txt", "another program wrote it")):
        status, _, err = convlet("runs", "check", path)
        assert status == 3
        assert words in err


def test_cleaning_leaves_everything_but_the_unfinished(convlet, copy: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    left = copy / f".model.convlet-{_here()}-{int(ended.stdout)}-abcdefgh.keras"
    folder = copy.parent / f".new.convlet-{_here()}-{int(ended.stdout)}-abcdefgh"
    mine = copy / ".notes-123-abcdefgh.txt"
    for path in (left, mine):
        path.write_text("half")
    folder.mkdir()
    before = {path.name for path in copy.iterdir()} - {left.name}
    status, out, _ = convlet("runs", "clean", copy.parent)
    assert status == 0
    assert set(out.split()) == {str(left), str(folder)}
    assert {path.name for path in copy.iterdir()} == before
    assert not folder.exists()
    theirs = copy / ".model.convlet-00000000-1-abcdefgh.keras"  # another machine's
    theirs.write_text("half")
    assert convlet("runs", "clean", copy.parent)[1] == ""
    os.utime(theirs, (0, 0))
    assert convlet("runs", "clean", copy.parent)[1].split() == [str(theirs)]
    assert convlet("runs", "clean", copy.parent / "none")[0] == 3
