"""`convlet export`: exit status, what is on stdout, what the message says."""

import json
from pathlib import Path

import pytest

from convlet.run import Run


def test_json(convlet, run: Run) -> None:
    status, out, _ = convlet("export", run.path, "--out", "seven.onnx", "--json")
    found = json.loads(out)
    assert status == 0
    assert found.keys() == {
        *("path", "bytes", "checked_images", "agreement", "max_abs_difference"),
        *("accuracy", "accuracy_lost", "card"),
    }
    assert (found["path"], found["agreement"], found["card"]) == ("seven.onnx", 1.0, "seven.MODEL.md")
    assert found["bytes"] == Path("seven.onnx").stat().st_size


@pytest.mark.long
def test_prints_the_path_and_nothing_else(convlet, run: Run) -> None:
    status, out, err = convlet("export", run.path, "--out", "seven.onnx")
    assert (status, out) == (0, "seven.onnx\n")
    assert "the same class as the Keras model on 100.00%" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--format", "pickle"], "onnx, onnx-int8, litert, saved-model, web"),
        (["--out", "seven.txt"], "--out"),
        (["--runtime", "there"], "--runtime"),
    ],
)
def test_bad_options(words: list[str], says: str, convlet, run: Run, tmp_path) -> None:
    status, out, err = convlet("export", run.path, *words)
    assert (status, out) == (2, "")
    assert says in err
    assert "=" not in err
    assert not list(tmp_path.iterdir())
