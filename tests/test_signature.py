import pytest

from convlet.errors import ModelError
from convlet.signature import FORMAT, Signature

SIGNATURE = Signature(
    input_shape=(28, 28, 1), class_names=("null", "één"), preprocessing="none", dataset="mnist", recipe="tutorial"
)


def test_comes_back_from_metadata_unchanged() -> None:
    assert Signature.from_metadata(SIGNATURE.to_metadata() | {"author": "somebody"}, "m.onnx") == SIGNATURE


def test_refuses_a_file_that_is_not_convlets() -> None:
    with pytest.raises(ModelError, match=r"m\.onnx carries no convlet metadata"):
        Signature.from_metadata({"author": "somebody"}, "m.onnx")


def test_refuses_a_file_of_a_newer_version() -> None:
    with pytest.raises(ModelError, match="newer convlet"):
        Signature.from_metadata(SIGNATURE.to_metadata() | {"convlet.format": str(FORMAT + 1)}, "m.onnx")


@pytest.mark.parametrize(
    "change",
    [
        {"convlet.input_shape": "[28]"},
        {"convlet.input_shape": "[28, 0, 1]"},
        {"convlet.input_shape": "[28, 2.5, 1]"},
        {"convlet.class_names": "nonsense"},
        {"convlet.class_names": "[]"},
        {"convlet.class_names": "[1, 2]"},
        {"convlet.threshold": '"high"'},
        {"convlet.threshold": "7"},
        {"convlet.form": '{"kind": "paper"}'},
        {"convlet.form": '{"kind": "ink", "box": 0}'},
        {"convlet.surplus": "1"},
    ],
)
def test_refuses_metadata_it_cannot_read(change: dict[str, str]) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        Signature.from_metadata(SIGNATURE.to_metadata() | change, "m.onnx")
