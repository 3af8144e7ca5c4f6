"""The `.keras` file: plain Keras opens it, and the signature travels in it."""

import zipfile

import numpy as np
import pytest

import convlet
from convlet.errors import ModelError
from convlet.models.keras_file import load_keras, save_keras
from convlet.run import Run


def test_plain_keras_opens_the_keras_file(run: Run, digits) -> None:
    import keras

    opened = keras.models.load_model(run.path / "model.keras")
    probabilities = opened.predict(digits.test.images[:50], verbose=0)
    np.testing.assert_allclose(probabilities, run.predictor().probabilities(digits.test.images[:50]), atol=1e-5)


def test_the_signature_survives_a_save(run: Run, tmp_path) -> None:
    net, signature = load_keras(run.path / "model.keras")
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
