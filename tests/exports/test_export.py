"""`export`: places, the card, the figures, the run's own model."""

import os
import shutil
import subprocess
import sys

import pytest

from convlet.errors import OutputError, UsageError
from convlet.exports import export
from convlet.run import Run
from convlet.run.whole import check_files
from convlet.system.files import sha256
from convlet.system.watch import Watch


def test_without_its_card_a_file_is_not_kept(run: Run, tmp_path) -> None:
    (tmp_path / "seven.MODEL.md").mkdir()
    with pytest.raises(OutputError):
        export(run, "onnx", tmp_path / "seven.onnx")
    assert [file.name for file in tmp_path.iterdir()] == ["seven.MODEL.md"]


def test_the_runs_own_model_is_not_written_over(run: Run) -> None:
    before = sha256(run.path / "model.onnx")
    with pytest.raises(UsageError, match="the run's own model"):
        export(run, "onnx-int8", run.path / "model.onnx")
    assert sha256(run.path / "model.onnx") == before


def test_the_corruptions_are_measured_once(run: Run, tmp_path) -> None:
    said: list[str] = []
    export(run, "onnx", tmp_path, watch=Watch(on_note=said.append))
    said.clear()
    export(run, "onnx", tmp_path, watch=Watch(on_note=said.append))
    assert said == []


def test_places(run: Run, tmp_path) -> None:
    found = export(run, "onnx", tmp_path / "new" / "seven.onnx")
    assert {path.name for path in found.path.parent.iterdir()} == {"seven.onnx", "seven.MODEL.md"}
    with pytest.raises(UsageError, match=r"seven\.tflite"):
        export(run, "litert", tmp_path / "seven.onnx")
    with pytest.raises(UsageError, match="onnx, onnx-int8, litert, saved-model, web"):
        export(run, "pickle")
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(OutputError, match="holds something else"):
        export(run, "saved-model", tmp_path / "mine")
    assert (tmp_path / "mine").read_text() == "mine"


@pytest.mark.slow
def test_jax_cannot_write_tensorflows_forms(run: Run, tmp_path) -> None:
    pytest.importorskip("jax", reason="JAX is not installed: pip install 'convlet[jax]'")
    words = [
        sys.executable,
        "-c",
        "from convlet.cli import main; main()",
        "export",
        str(run.path),
        "--format",
        "litert",
        "--out",
        str(tmp_path / "new" / "model.tflite"),
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=os.environ | {"KERAS_BACKEND": "jax"})
    assert done.returncode == 2
    assert "KERAS_BACKEND=tensorflow" in done.stderr
    assert not list(tmp_path.iterdir())  # refused before anything is judged or made


def test_a_runtime_is_only_for_formats_that_include_one(run: Run, tmp_path) -> None:
    with pytest.raises(UsageError, match="is only for web; onnx needs none"):
        export(run, "onnx", tmp_path, runtime=tmp_path)


@pytest.mark.slow
def test_the_own_model_of_an_older_run_can_be_written_anew(run: Run, tmp_path) -> None:
    """Its `run.json` has the digest of a file without a seal."""
    import onnx

    copy = Run(shutil.copytree(run.path, tmp_path / "copy"))
    proto = onnx.load(copy.path / "model.onnx")
    del proto.metadata_props[0]
    onnx.save(proto, copy.path / "model.onnx")
    copy.record("model.onnx")
    before = copy.predictor().signature
    export(copy, "onnx")
    assert copy.predictor().signature == before
    assert not [one for one in check_files(copy.path) if one.problem]
