"""What a shell completes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from convlet.cli import complete
from convlet.exports import FORMATS
from convlet.recipes.files import NAMES
from convlet.training.tracking.trackers import TRACKERS
from convlet.tuning.study import OBJECTIVES


def test_names() -> None:
    assert complete.recipes("") == list(NAMES)
    assert complete.recipes("pictures-") == ["pictures-small", "pictures-accurate"]
    assert complete.datasets("mn") == ["mnist"]
    assert complete.formats("") == list(FORMATS)
    assert complete.settings("drop") == ["dropout="]
    assert complete.splits("t") == ["test", "train"]
    assert set(complete.objectives("")) == set(OBJECTIVES)
    assert set(complete.trackers("")) == set(TRACKERS)
    assert complete.recipes("nonsense") == []


def test_runs_here_and_below_what_was_begun(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert complete.models("") == ["latest", "digits"]
    for name in ("runs/a-1", "other/b-1", "runs/no-run"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("runs/a-1", "other/b-1"):
        (tmp_path / name / "run.json").touch()
    assert complete.models("") == ["latest", "digits", "runs/a-1"]
    assert complete.models("other/") == ["other/b-1"]
    assert complete.own("") == ["latest", "runs/a-1"]
    assert complete.models("there/is/none") == []
    (tmp_path / "studies" / "mnist-1").mkdir(parents=True)
    assert complete.studies("") == ["latest", "studies/mnist-1"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("convlet tra", {"train"}),
        ("convlet train --recipe pictures-s", {"pictures-small"}),
        ("convlet export digits --format sav", {"saved-model"}),
        ("convlet data info fashion", {"fashion-mnist"}),
        ("convlet train --set dropo", {"dropout="}),
        ("convlet evaluate dig", {"digits"}),
        ("convlet runs show dig", {"digits"}),
        ("convlet runs remove lat", {"latest"}),
        ("convlet predict digits --qui", {"--quiet"}),
    ],
)
def test_bash_is_offered_them(typed: str, offered: set[str], tmp_path: Path) -> None:
    """As bash asks: the program is run with the line in variables."""
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1), "_CONVLET_COMPLETE": "complete_bash"}
    command = [str(Path(sys.executable).with_name("convlet"))]
    env = os.environ | words
    done = subprocess.run(command, env=env, check=False, capture_output=True, text=True, cwd=tmp_path)
    assert offered <= set(done.stdout.split())
    assert done.stderr == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell(shell: str) -> None:
    command = [str(Path(sys.executable).with_name("convlet"))]
    env = os.environ | {"_CONVLET_COMPLETE": f"source_{shell}"}
    done = subprocess.run(command, env=env, check=False, capture_output=True, text=True)
    assert "_CONVLET_COMPLETE" in done.stdout
    assert done.stderr == ""
