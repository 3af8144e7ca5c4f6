"""Model files that are not opened, and why."""

import numpy as np
import pytest

import convlet
from convlet.errors import ModelError
from convlet.prediction import opening
from convlet.run import Run


def test_refuses_what_is_no_model(tmp_path, run: Run) -> None:
    text = tmp_path / "model.onnx"
    text.write_text("not a model")
    (tmp_path / "model.keras").write_text("not a model")
    (tmp_path / "model.h5").write_text("not a model")
    (tmp_path / "model.txt").write_text("not a model")
    for path, words in [
        (tmp_path / "nothing.onnx", "there is no model"),
        (text, "not a valid ONNX model"),
        (tmp_path / "model.keras", "not a readable Keras model"),
        (tmp_path / "model.h5", "a file of Keras 2.*convlet train DATASET"),
        (tmp_path / "model.txt", "is not a model.*convlet train DATASET"),
        (run.path.parent, r"no model\.onnx"),
    ]:
        with pytest.raises(ModelError, match=words):
            convlet.Predictor(path)


def test_a_keras_model_that_cannot_be_computed(run: Run, noise, monkeypatch) -> None:
    import keras

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("first line\nsecond")

    predictor = convlet.Predictor(run.path / "model.keras")
    monkeypatch.setattr(keras.Model, "predict", broken)
    with pytest.raises(ModelError, match=r"model\.keras cannot be computed \(first line\)\. Export it again"):
        predictor.predict(noise)


def test_keras_models_answer_few_large_images_at_a_time(run: Run, noise, monkeypatch) -> None:
    expected = run.predictor().probabilities(noise)
    monkeypatch.setattr(opening, "_TOGETHER", 1)
    found = convlet.Predictor(run.path / "model.keras").probabilities(noise)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_refuses_an_onnx_file_without_our_metadata(tmp_path, run: Run) -> None:
    import onnx

    proto = onnx.load(run.path / "model.onnx")
    del proto.metadata_props[:]
    onnx.save(proto, tmp_path / "model.onnx")
    with pytest.raises(ModelError, match="no convlet metadata"):
        convlet.Predictor(tmp_path / "model.onnx")


def test_weights_in_another_file_are_refused(run: Run, tmp_path, monkeypatch) -> None:
    import onnx

    proto = onnx.load(run.path / "model.onnx")
    onnx.save(proto, tmp_path / "split.onnx", save_as_external_data=True, location="weights.bin", size_threshold=100)
    assert (tmp_path / "weights.bin").stat().st_size > 1000
    monkeypatch.chdir(tmp_path)  # where onnxruntime would look for them
    with pytest.raises(ModelError, match=r"split\.onnx keeps its weights in other files"):
        convlet.Predictor(tmp_path / "split.onnx")


def test_too_large_a_file_is_refused_before_it_is_read(run: Run, monkeypatch) -> None:
    monkeypatch.setattr(opening, "_LARGEST", 1000)
    with pytest.raises(ModelError, match="up to 1,000"):
        run.predictor()


@pytest.mark.parametrize("change", ["batch", "rank", "type"])
def test_a_graph_that_cannot_be_what_its_metadata_say_is_refused(run: Run, tmp_path, change: str) -> None:
    import onnx

    proto = onnx.load(run.path / "model.onnx")
    answer = proto.graph.output[0].type.tensor_type
    if change == "batch":
        for value in (*proto.graph.input, *proto.graph.output):
            value.type.tensor_type.shape.dim[0].dim_value = 1
    elif change == "rank":
        proto.graph.node.append(onnx.helper.make_node("Flatten", ["probabilities"], ["flat"], axis=0))
        proto.graph.output[0].name = "flat"
        answer.shape.dim[0].dim_value = 1
    else:
        proto.graph.node.append(onnx.helper.make_node("Cast", ["probabilities"], ["cast"], to=onnx.TensorProto.DOUBLE))
        proto.graph.output[0].name = "cast"
        answer.elem_type = onnx.TensorProto.DOUBLE
    onnx.save(proto, tmp_path / "odd.onnx")
    with pytest.raises(ModelError):
        convlet.Predictor(tmp_path / "odd.onnx")


def test_a_file_of_more_than_a_gibibyte_is_refused(tmp_path) -> None:
    with (tmp_path / "model.onnx").open("wb") as file:
        file.truncate(2**30 + 1)  # sparse: it fills no disk
    with pytest.raises(ModelError, match=r"1,073,741,825 bytes; .* up to 1,073,741,824"):
        convlet.Predictor(tmp_path / "model.onnx")
