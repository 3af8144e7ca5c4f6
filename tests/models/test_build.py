"""What holds for all nets, beside the contract of test_architectures.py."""

import numpy as np
import pytest

import convlet
from convlet.models import ARCHITECTURES, build_model, mirrored, summary, with_weights


def test_the_names_a_recipe_may_use_are_those_that_exist() -> None:
    assert convlet.recipes.SETTINGS["architecture"].values.words == f"one of {', '.join(sorted(ARCHITECTURES))}"


def test_bfloat16_keeps_weights_and_answers_in_float32() -> None:
    model = build_model(convlet.recipe("tutorial"), (8, 8, 1), 10, "bfloat16")
    answers = model(np.zeros((1, 8, 8, 1), np.uint8))
    assert {weight.dtype for weight in model.weights} == {"float32"}
    assert model.layers[1].compute_dtype == "bfloat16"
    assert np.asarray(answers).dtype == np.float32
    assert build_model(convlet.recipe("tutorial"), (8, 8, 1), 10).layers[1].compute_dtype == "float32"


def test_the_summary_names_every_layer_and_the_total() -> None:
    text = summary(build_model(convlet.recipe("tutorial"), (28, 28, 1), 10))
    for words in ("conv_1", "(None, 14, 14, 32)", "3,212,288", "Total params: 3,274,634"):
        assert words in text


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES.keys() - {"convnet"}))
def test_a_mirrored_net_answers_for_mirrored_images(architecture: str) -> None:
    form = {"filters": (8, 8, 12), "kernel_size": 3, "strides": 1, "padding": "same", "pool": (2, 1, 2)}
    recipe = convlet.recipe("pictures", architecture=architecture, **form)
    net, other = (build_model(recipe, (16, 20, 3), 4) for _ in range(2))
    random = np.random.default_rng(0)
    with_weights(other, mirrored(net.get_weights()))
    images = random.integers(0, 256, (6, 16, 20, 3), dtype=np.uint8)
    answers, mirror = np.asarray(net(images)), np.asarray(other(images[:, :, ::-1]))
    np.testing.assert_allclose(mirror, answers, atol=1e-4)
    assert np.abs(np.asarray(net(images[:, :, ::-1])) - answers).max() > 1e-3
