import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from convlet.errors import ModelError
from convlet.exports.onnx_graph import model, onnx_model
from convlet.models import top_hat
from convlet.system.engine import keras
from tests.engines import WITHOUT_TENSORFLOW, environment
from tests.exports.onnx_graph.nets import COLOUR, GREY, LAYERS, assert_same, ensemble, members, ops, refused, sequential


def test_an_ensemble_and_its_saved_copy(tmp_path) -> None:
    model = ensemble(members())
    proto = assert_same(model)
    assert ops(proto)[-1] == "Mean"
    assert ops(proto).count("Slice") == 2  # two of the three crop alike
    assert {constant.name.split("/")[0] for constant in proto.graph.initializer} == {
        "net_0",
        "net_1",
        "net_2",
        "integers",
    }
    model.save(tmp_path / "model.keras")
    again = onnx_model(keras().models.load_model(tmp_path / "model.keras", compile=False))
    assert again == proto


def test_refuses_models_of_other_kinds() -> None:
    image, another = (keras().Input(GREY, dtype="uint8") for _ in range(2))
    refused(LAYERS.Dense(3, name="alone"), "'alone', whose input is not keras.Input")
    open_ended = keras().Sequential([LAYERS.Flatten(), LAYERS.Dense(3)], name="open")
    refused(open_ended, "'open', whose input is not keras.Input")
    floats = keras().Sequential([keras().Input(GREY), LAYERS.Flatten()], name="float")
    refused(floats, "'float', whose input is not keras.Input")
    both = LAYERS.Flatten()(LAYERS.Concatenate()([image, another]))
    refused(keras().Model([image, another], both, name="two"), "'two', whose input is not keras.Input")
    flat = LAYERS.Flatten()(image)
    refused(keras().Model(image, [flat, flat], name="twins"), "'twins' with 1 inputs and 2 outputs")
    refused(sequential(LAYERS.Conv2D(3, 3), head=False, name="picture"), "'picture', which answers with an image")
    own = type("Own", (keras().Model,), {"__module__": __name__})(image, flat, name="own")
    refused(own, r"the model 'own' \(.*test_model\.Own\)")


def test_features_are_answered_in_the_order_of_keras() -> None:
    proto = assert_same(sequential(LAYERS.Conv2D(3, 3), LAYERS.Flatten(), head=False))
    assert ops(proto)[-2:] == ["Flatten", "Gather"]


def test_refuses_layers_and_options_it_does_not_write() -> None:
    refused(sequential(LAYERS.LayerNormalization(name="norm")), r"the layer 'norm' \(LayerNormalization\)")
    refused(
        sequential(LAYERS.BatchNormalization(axis=1, name="rows")), "'rows' .BatchNormalization. along an axis other"
    )
    refused(sequential(LAYERS.Dense(3, name="wide")), r"'wide' \(Dense\) on images, without a Flatten")
    refused(sequential(LAYERS.Rescaling([1, 2, 3], name="tint"), shape=COLOUR), "'tint'.*scales each channel")
    refused(
        sequential(LAYERS.Activation("relu6", name="six")),
        "the activation 'relu6' of the layer 'six' .supported: linear, silu, ",
    )
    refused(
        sequential(LAYERS.Flatten(data_format="channels_first", name="turned")),
        "'turned' .Flatten., which takes channels first",
    )
    refused(
        sequential(type("Conv2D", (LAYERS.Conv2D,), {})(3, 3, name="own")),
        r"the layer 'own' \(.*test_model\.Conv2D\)",
    )
    adapted = sequential(LAYERS.Conv2D(3, 3, name="adapted"))
    adapted.layers[1].enable_lora(2)
    refused(adapted, "'adapted' .*, which has more weights than kernel and bias")


def in_a_fresh_process(program: str, **environment: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=os.environ | environment
    )
    assert done.returncode == 0, done.stderr


def test_the_module_needs_neither_keras_nor_an_engine() -> None:
    in_a_fresh_process(
        "import sys; sys.modules |= dict.fromkeys(('keras', 'tensorflow', 'jax', 'onnx'));"
        "import convlet.exports.onnx_graph"
    )


def test_refuses_what_no_onnx_file_can_hold(monkeypatch) -> None:
    monkeypatch.setattr(model, "_LARGEST", 1000)
    with pytest.raises(ModelError, match=r"0\.0 GB of weights; an ONNX file holds 2\.1"):
        onnx_model(sequential(LAYERS.Conv2D(32, 5)))


ENSEMBLE = f"""{WITHOUT_TENSORFLOW}
sys.path.insert(0, {str(Path(__file__).parents[3])!r})
from tests.exports.onnx_graph import nets

nets.assert_same(nets.ensemble(nets.members()))
"""


@pytest.mark.long
@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed")
def test_writes_under_jax_where_tensorflow_is_missing(tmp_path: Path) -> None:
    in_a_fresh_process(ENSEMBLE, **environment("jax", tmp_path))


def test_members_of_an_ensemble_share_the_top_hat() -> None:
    image = keras().Input(GREY, dtype="uint8")
    members = [sequential(top_hat(GREY, 3, dark=False), scale=False, name=f"net_{number}") for number in range(3)]
    assert (
        ops(onnx_model(keras().Model(image, LAYERS.Average()([member(image) for member in members])))).count("MaxPool")
        == 4
    )
