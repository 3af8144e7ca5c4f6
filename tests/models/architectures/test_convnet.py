"""The tutorial's net, and convnets of other lengths."""

import pytest

import convlet
from convlet.models import build_model


def test_the_tutorials_parameters_layer_by_layer() -> None:
    model = build_model(convlet.recipe("tutorial"), (28, 28, 1), 10)
    assert [layer.count_params() for layer in model.layers if layer.count_params()] == [832, 51_264, 3_212_288, 10_250]
    assert model.count_params() == 3_274_634


def test_the_tutorials_layers_in_order() -> None:
    model = build_model(convlet.recipe("tutorial"), (28, 28, 1), 10)
    assert [type(layer).__name__ for layer in model.layers] == [
        "Rescaling",
        "Conv2D",
        "MaxPooling2D",
        "Conv2D",
        "MaxPooling2D",
        "Flatten",
        "Dense",
        "Dropout",
        "Dense",
    ]
    settings = {layer.name: layer.get_config() for layer in model.layers}
    for name in ("conv_1", "conv_2"):
        assert settings[name]["kernel_size"] == (5, 5)
        assert (settings[name]["padding"], settings[name]["activation"]) == ("same", "relu")
    assert settings["dropout"]["rate"] == 0.2
    assert settings["probabilities"]["activation"] == "softmax"


@pytest.mark.parametrize("filters", [[4], [4, 4, 4, 4, 4, 4]])
@pytest.mark.parametrize("name", convlet.RECIPES)
def test_takes_any_number_of_convolutions(name: str, filters: list[int]) -> None:
    model = build_model(convlet.recipe(name, filters=filters), (28, 28, 1), 10)
    assert sum(layer.name.startswith("conv") for layer in model.layers) == len(filters)
    assert model.output_shape == (None, 10)
