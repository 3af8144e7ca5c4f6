import json
import zipfile

import numpy as np
import pytest

import convlet
from convlet.errors import CheckError, ModelError
from convlet.exports import compare, export_onnx, onnx_file
from convlet.exports.check import Limits
from convlet.models import PREPROCESSING
from convlet.models.keras_file import load_keras, save_keras
from convlet.run import Run


@pytest.fixture
def model(run: Run):
    return load_keras(run.path / "model.keras")


def test_plain_keras_opens_the_keras_file(run: Run, digits) -> None:
    import keras

    opened = keras.models.load_model(run.path / "model.keras")
    probabilities = opened.predict(digits.test.images[:50], verbose=0)
    np.testing.assert_allclose(probabilities, run.predictor().probabilities(digits.test.images[:50]), atol=1e-5)


def test_plain_onnxruntime_opens_the_onnx_file(run: Run) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(run.path / "model.onnx")
    (given,), (answered,) = session.get_inputs(), session.get_outputs()
    assert given.type == "tensor(uint8)"
    assert given.shape[1:] == [8, 8, 1]
    assert isinstance(given.shape[0], str)  # any number of images
    assert answered.shape[1:] == [10]
    metadata = session.get_modelmeta().custom_metadata_map
    assert json.loads(metadata["convlet.class_names"]) == list("0123456789")
    assert json.loads(metadata["convlet.preprocessing"]) == PREPROCESSING


def test_the_agreement_is_of_real_images(run: Run) -> None:
    assert run.metrics["onnx"]["checked_images"] == run.manifest["dataset"]["validation"]


def test_a_file_that_disagrees_is_not_kept(run: Run, digits, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(onnx_file, "EXACT", Limits(agreement=1, difference=-1.0))
    with pytest.raises(CheckError, match="Nothing was kept"):
        export_onnx(run.path / "model.keras", tmp_path / "model.onnx", digits.test.images)
    assert not list(tmp_path.iterdir())


def test_a_layer_that_has_no_onnx_form_leaves_no_file(digits, model, tmp_path) -> None:
    import keras

    layers = [
        keras.Input((8, 8, 1), dtype="uint8"),
        keras.layers.UpSampling2D(name="larger"),
        keras.layers.Flatten(),
        keras.layers.Dense(10),
    ]
    save_keras(keras.Sequential(layers), model[1], tmp_path / "model.keras")
    with pytest.raises(ModelError, match=r"'larger' \(UpSampling2D\) cannot be written as ONNX"):
        export_onnx(tmp_path / "model.keras", tmp_path / "model.onnx", digits.test.images)
    assert [file.name for file in tmp_path.iterdir()] == ["model.keras"]


def test_compare_tells_two_models_apart(run: Run, digits, model) -> None:
    other = convlet.build_model(convlet.recipe("small-data", seed=99), (8, 8, 1), 10)
    same = compare(run.predictor().probabilities, model[0], digits.test.images)
    different = compare(run.predictor().probabilities, other, digits.test.images)
    assert same.agreement == 1
    assert different.agreement < 0.5
    assert different.max_abs_difference > 0.1
    assert same.checked_images == len(digits.test)


def test_the_signature_survives_a_save(model, tmp_path) -> None:
    net, signature = model
    save_keras(net, signature, tmp_path / "again.keras")
    assert load_keras(tmp_path / "again.keras")[1] == signature
    assert convlet.Predictor(tmp_path / "again.keras").signature == signature


def test_a_keras_file_of_somebody_else(run: Run, tmp_path) -> None:
    with zipfile.ZipFile(run.path / "model.keras") as ours, zipfile.ZipFile(tmp_path / "plain.keras", "w") as plain:
        for name in ours.namelist():
            if name != "convlet.json":
                plain.writestr(name, ours.read(name))
    with pytest.raises(ModelError, match="no convlet metadata"):
        load_keras(tmp_path / "plain.keras")
