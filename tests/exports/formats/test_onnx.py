"""The `.onnx` file as another program opens it."""

import json

from convlet.models import PREPROCESSING
from convlet.run import Run


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
