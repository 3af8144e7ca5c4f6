import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import convlet
from convlet.data.files import FileNames
from convlet.data.names import Names
from convlet.data.paths import Paths
from convlet.errors import DataError, ModelError
from convlet.run import Run


@pytest.mark.slow
def test_a_run_and_its_model_file_give_the_same_figures(run: Run, digits, tmp_path: Path) -> None:
    for folder in ("run", "file"):
        (tmp_path / folder).mkdir()
    found = convlet.evaluate(run, out=tmp_path / "run")
    assert found == convlet.evaluate(run.path / "model.onnx", digits, out=str(tmp_path / "file"))
    assert found.accuracy > 0.8
    for folder in ("run", "file"):
        assert (tmp_path / folder / "report.html").is_file()
        assert (tmp_path / folder / "evaluation-test.json").is_file()


def test_a_model_file_knows_its_data_set(run: Run) -> None:
    assert convlet.evaluate(run.path / "model.onnx").n == convlet.evaluate(run).n


def test_what_cannot_be_evaluated(run: Run, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no model"):
        convlet.evaluate(tmp_path / "nothing.onnx")
    with pytest.raises(DataError, match="evening"):
        convlet.evaluate(run, split="evening")


def test_the_figures_name_the_files_of_images(run: Run, digits, tmp_path: Path) -> None:
    encoded = Paths(Names(f"{row}/\udce9.png" for row in range(len(digits.test))))
    test = replace(digits.test, files=FileNames(encoded, np.arange(len(digits.test))))
    found = run.evaluate(replace(digits, open_test=lambda: test), out=tmp_path)
    kept = json.loads((tmp_path / "evaluation-test.json").read_text(encoding="utf-8"))
    assert [case["file"] for case in kept["uncertain"]] == [f"{case.index}/\ufffd.png" for case in found.uncertain]
    assert f"{found.uncertain[0].index}/\ufffd.png" in (tmp_path / "report.html").read_text(encoding="utf-8")
