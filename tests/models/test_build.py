"""What holds for all nets, beside the contract of test_architectures.py."""

import numpy as np
import pytest

import convlet
from convlet.models import ARCHITECTURES, build_model, mirror_weights, summary, with_weights


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


def pair(recipe: convlet.Recipe, shape: tuple[int, int, int]) -> tuple:
    """A net whose weights all differ, those of batch normalization too, and its mirror image."""
    random = np.random.default_rng(1)
    net = build_model(recipe, shape, 4)
    # Moving variances stay positive; kernels stay as they are, so that the answers are not 0 and 1.
    weights = [v + random.uniform(0, 0.3, v.shape) if v.ndim == 1 else v for v in net.get_weights()]
    with_weights(net, weights)
    return net, with_weights(build_model(recipe, shape, 4, mirrored=True), mirror_weights(weights))


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES.keys() - {"convnet"}))
@pytest.mark.parametrize(
    "form",
    [
        {"kernel_size": 3, "strides": 1, "padding": "same", "pool": (2, 1, 2)},
        {"kernel_size": (2, 3, 3), "strides": 1, "padding": ("valid", "same", "same"), "pool": (1, 2, 2)},
        {"kernel_size": (2, 3, 2), "strides": (1, 2, 2), "padding": "valid", "pool": 1},
        {"kernel_size": (2, 3, 5), "strides": (2, 2, 3), "padding": "same", "pool": 1},
        {"kernel_size": (2, 1, 2), "strides": (1, 2, 1), "padding": "same", "pool": (3, 1, 2)},
        {"kernel_size": (3, 2, 2), "strides": (3, 1, 2), "padding": "valid", "pool": 2},
    ],
)
@pytest.mark.parametrize("width", [20, 21, 22, 23])
def test_a_mirrored_net_answers_for_mirrored_images(architecture: str, form: dict, width: int) -> None:
    recipe = convlet.recipe("pictures", architecture=architecture, filters=(8, 8, 12), **form)
    shape, random = (17, width, 3), np.random.default_rng(0)
    net, other = pair(recipe, shape)
    images = random.integers(0, 256, (6, *shape), dtype=np.uint8)
    answers, mirror = np.asarray(net(images)), np.asarray(other(images[:, :, ::-1]))
    np.testing.assert_allclose(mirror, answers, atol=1e-4)
    assert np.abs(np.asarray(net(images[:, :, ::-1])) - answers).max() > 1e-3


@pytest.mark.parametrize("name", ["pictures-accurate", "pictures-small", "pictures"])
@pytest.mark.parametrize("side", [28, 32, 45, 64, 100])
def test_the_nets_of_pictures_are_mirrored_exactly(name: str, side: int) -> None:
    recipe, shape = convlet.recipe(name, filters=(8, 8, 8, 12, 12, 12, 12)), (side, side, 3)
    net, other = pair(recipe, shape)
    images = np.random.default_rng(0).integers(0, 256, (4, *shape), dtype=np.uint8)
    np.testing.assert_allclose(np.asarray(other(images[:, :, ::-1])), np.asarray(net(images)), atol=1e-4)
