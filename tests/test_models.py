"""One suite over every architecture, and the tutorial's numbers."""

import numpy as np
import pytest

import convlet
from convlet.errors import RecipeError
from convlet.models import ARCHITECTURES, build_model, summary
from convlet.recipes import ARCHITECTURES as NAMES

SHAPES = [((28, 28, 1), 10), ((8, 8, 1), 10), ((32, 32, 3), 7), ((5, 9, 1), 2), ((1, 1, 1), 2), ((64, 48, 3), 30)]


def small(architecture: str, **changes: object) -> convlet.Recipe:
    return convlet.recipe("tutorial", **{"architecture": architecture, "filters": [4, 8], "dense_units": 16, **changes})


def test_the_names_a_recipe_may_use_are_those_that_exist() -> None:
    assert set(NAMES) == set(ARCHITECTURES)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
class TestEveryArchitecture:
    @pytest.mark.parametrize(("shape", "classes"), SHAPES)
    def test_answers_with_a_probability_per_class(self, architecture: str, shape, classes: int) -> None:
        images = np.random.default_rng(0).integers(0, 256, (3, *shape), dtype=np.uint8)
        answers = np.asarray(build_model(small(architecture), shape, classes)(images))
        assert answers.shape == (3, classes)
        assert answers.dtype == np.float32
        np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-5)

    def test_scales_pixels_itself(self, architecture: str) -> None:
        model = build_model(small(architecture), (8, 8, 1), 3)
        assert model.input_dtype == "uint8" if hasattr(model, "input_dtype") else model.inputs[0].dtype == "uint8"
        scaled = np.asarray(model.layers[0](np.array([[[[0], [255]]]], np.uint8)))
        assert scaled.ravel().tolist() == [0.0, 1.0]

    def test_one_seed_gives_one_model(self, architecture: str) -> None:
        one, same, other = (build_model(small(architecture, seed=seed), (8, 8, 1), 3).get_weights() for seed in (5, 5, 6))
        assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
        assert not all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))

    @pytest.mark.parametrize("filters", [[4], [4, 4, 4, 4, 4, 4]])
    def test_takes_any_number_of_convolutions(self, architecture: str, filters: list[int]) -> None:
        model = build_model(small(architecture, filters=filters), (28, 28, 1), 10)
        assert sum("conv" in layer.name for layer in model.layers) == len(filters)
        assert model.output_shape == (None, 10)


def test_refuses_images_that_would_fill_the_memory() -> None:
    with pytest.raises(RecipeError, match=r"512x512 pixels.*weights"):
        build_model(convlet.recipe("tutorial"), (512, 512, 3), 10)


def test_bfloat16_keeps_weights_and_answers_in_float32() -> None:
    model = build_model(convlet.recipe("tutorial"), (8, 8, 1), 10, "bfloat16")
    answers = model(np.zeros((1, 8, 8, 1), np.uint8))
    assert {weight.dtype for weight in model.weights} == {"float32"}
    assert model.layers[1].compute_dtype == "bfloat16"
    assert np.asarray(answers).dtype == np.float32
    assert build_model(convlet.recipe("tutorial"), (8, 8, 1), 10).layers[1].compute_dtype == "float32"


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


def test_the_summary_names_every_layer_and_the_total() -> None:
    text = summary(build_model(convlet.recipe("tutorial"), (28, 28, 1), 10))
    for words in ("conv_1", "(None, 14, 14, 32)", "3,212,288", "Total params: 3,274,634"):
        assert words in text
