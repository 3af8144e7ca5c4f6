"""What disagrees with the model, or cannot be written, leaves no file."""

from dataclasses import replace

import pytest

from convlet.errors import CheckError, ModelError
from convlet.exports import FORMATS, write
from convlet.exports.check import Limits
from convlet.models.keras_file import load_keras, save_keras
from convlet.run import Run


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_what_disagrees_is_not_kept(run: Run, digits, browser_files, tmp_path, name: str) -> None:
    strict = replace(FORMATS[name], limits=Limits(agreement=1, difference=-1.0))
    images = digits.test.images[:20]
    with pytest.raises(CheckError, match=f"the {name} export does not answer like the model.*Nothing was kept"):
        write(
            strict, run.path / "model.keras", tmp_path / strict.file, images, train=digits.train, runtime=browser_files
        )
    assert not list(tmp_path.iterdir())


def test_another_signature_is_not_kept(run: Run, digits, tmp_path) -> None:
    onnx = FORMATS["onnx"]
    other = replace(onnx, open=lambda path: (replace(onnx.open(path)[0], recipe="other"), onnx.open(path)[1]))
    with pytest.raises(CheckError, match="different signature"):
        write(other, run.path / "model.keras", tmp_path / "model.onnx", digits.test.images)
    assert not list(tmp_path.iterdir())


def test_a_layer_that_has_no_onnx_form_leaves_no_file(run: Run, digits, tmp_path) -> None:
    import keras

    layers = [
        keras.Input((8, 8, 1), dtype="uint8"),
        keras.layers.UpSampling2D(name="larger"),
        keras.layers.Flatten(),
        keras.layers.Dense(10),
    ]
    save_keras(keras.Sequential(layers), load_keras(run.path / "model.keras")[1], tmp_path / "model.keras")
    with pytest.raises(ModelError, match=r"'larger' \(UpSampling2D\) cannot be written as ONNX"):
        write(FORMATS["onnx"], tmp_path / "model.keras", tmp_path / "model.onnx", digits.test.images)
    assert [file.name for file in tmp_path.iterdir()] == ["model.keras"]
