"""Exports of a run: every format answers like the model, what disagrees is not kept, the card tells the truth."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import convlet
from convlet.errors import CheckError, OutputError, UsageError
from convlet.export import check, int8, litert
from convlet.files import sha256
from convlet.run import Run
from convlet.shipping import FORMATS, export


@pytest.fixture(scope="module")
def exported(run: Run, tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("exported")
    made = {}
    for form in FORMATS:
        (folder / form).mkdir()
        made[form] = export(run, form, folder / form)
    return made


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_answers_like_the_model(exported: dict, form: str) -> None:
    found = exported[form]
    assert found.agreement.checked_images == 1000  # 360 test images, and training images
    assert found.agreement.agreement >= (0.99 if form == "onnx-int8" else 1)
    assert found.agreement.max_abs_difference < (0.5 if form == "onnx-int8" else 1e-5)
    assert (
        found.bytes == sum(file.stat().st_size for file in found.path.rglob("*") if file.is_file())
        or found.bytes == found.path.stat().st_size
    )


def test_a_stranger_opens_the_saved_model(exported: dict, run: Run, digits) -> None:
    import tensorflow as tf

    images = digits.test.images[:7]
    served = tf.saved_model.load(str(exported["saved-model"].path)).signatures["serve"](image=tf.constant(images))
    np.testing.assert_allclose(next(iter(served.values())), run.predictor().probabilities(images), atol=1e-5)
    facts = json.loads((exported["saved-model"].path / "assets.extra" / "convlet.json").read_text())
    assert json.loads(facts["convlet.class_names"]) == list(digits.class_names)


@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated")
def test_a_stranger_opens_the_tflite_file(exported: dict, run: Run, digits) -> None:
    import tensorflow as tf

    images = digits.test.images[:7]
    interpreter = tf.lite.Interpreter(model_path=str(exported["litert"].path))
    answered = interpreter.get_signature_runner("serve")(image=images)
    np.testing.assert_allclose(next(iter(answered.values())), run.predictor().probabilities(images), atol=1e-5)
    assert b'"convlet.threshold"' in exported["litert"].path.read_bytes()


def test_int8_is_an_onnx_model_like_the_other(exported: dict, run: Run, digits) -> None:
    import onnx

    predictor = convlet.Predictor(exported["onnx-int8"].path)
    assert predictor.signature == run.predictor().signature
    assert predictor.evaluate(digits).accuracy == exported["onnx-int8"].accuracy
    assert exported["onnx-int8"].accuracy == pytest.approx(run.evaluate(digits).accuracy - exported["onnx-int8"].accuracy_lost)
    weights = onnx.load(exported["onnx-int8"].path).graph.initializer
    large = [one for one in weights if np.prod(one.dims) > 500]
    assert large
    assert {one.data_type for one in large} <= {onnx.TensorProto.INT8, onnx.TensorProto.UINT8}


def test_the_card(exported: dict, run: Run) -> None:
    found = exported["onnx-int8"]
    card = found.card.read_text()
    assert found.card.name == "MODEL.md"
    for words in (
        sha256(found.path),
        f"{found.accuracy:.2%}",
        run.manifest["dataset"]["train_sha256"],
        "what not",
        "MNIST-C",
        "points lost by 8 bits",
    ):
        assert words in card
    assert str(run.path) not in card


@pytest.mark.parametrize(("home", "limits"), [(int8, "QUANTIZED"), (litert, "EXACT")])
def test_what_disagrees_is_not_kept(run: Run, tmp_path, monkeypatch, home, limits: str) -> None:
    monkeypatch.setattr(home, limits, check.Limits(agreement=1, difference=-1.0))
    with pytest.raises(CheckError, match="Nothing was kept"):
        export(run, "onnx-int8" if home is int8 else "litert", tmp_path)
    assert not list(tmp_path.iterdir())


def test_not_a_number_disagrees() -> None:
    with pytest.raises(CheckError):
        check.require(check.Agreement(10, 1.0, float("nan")), check.EXACT, "made up")


def test_places(run: Run, tmp_path) -> None:
    found = export(run, "onnx", tmp_path / "new" / "seven.onnx")
    assert {path.name for path in found.path.parent.iterdir()} == {"seven.onnx", "seven.MODEL.md"}
    with pytest.raises(UsageError, match=r"seven\.tflite"):
        export(run, "litert", tmp_path / "seven.onnx")
    with pytest.raises(UsageError, match="onnx, onnx-int8, litert, saved-model"):
        export(run, "pickle")
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(OutputError, match="is no SavedModel"):
        export(run, "saved-model", tmp_path / "mine")
    assert (tmp_path / "mine").read_text() == "mine"


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
        str(tmp_path),
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=os.environ | {"KERAS_BACKEND": "jax"})
    assert done.returncode == 2
    assert "KERAS_BACKEND=tensorflow" in done.stderr
