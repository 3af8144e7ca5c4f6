import numpy as np
import pytest

import convlet
from convlet.errors import RecipeError
from convlet.system.engine import keras
from convlet.training.muon import muon

RECIPE = convlet.recipe("pictures", optimizer="muon", momentum=0.5)


def stepped(kernel: np.ndarray, *gradients: np.ndarray, rate: float = 0.1) -> np.ndarray:
    """Return the weights after a step for each gradient."""
    variable = keras().Variable(kernel)
    optimizer = muon(RECIPE, rate)
    for gradient in gradients:
        optimizer.apply([keras().ops.convert_to_tensor(gradient)], [variable])
    return np.asarray(variable)


@pytest.fixture
def kernel() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(3, 3, 4, 8)).astype(np.float32)


@pytest.fixture
def gradient() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(3, 3, 4, 8)).astype(np.float32)


def test_a_kernel_keeps_the_norm_of_its_filters(kernel: np.ndarray, gradient: np.ndarray) -> None:
    assert np.linalg.norm(stepped(kernel, gradient)) == pytest.approx(8**0.5, rel=1e-5)


def test_a_step_is_about_equally_long_in_every_direction_and_whatever_the_gradients_scale(
    kernel: np.ndarray, gradient: np.ndarray
) -> None:
    gradient[..., :4] *= 10
    step = stepped(0 * kernel, gradient)  # brought to the norm of 8 unit vectors
    spread = [np.ptp(np.log(np.linalg.svd(each.reshape(36, 8), compute_uv=False))) for each in (gradient, step)]
    assert spread[0] > np.log(10) > 4 * spread[1]
    np.testing.assert_allclose(step, stepped(0 * kernel, 1000 * gradient), atol=1e-6)


def test_a_step_goes_against_the_gradient_and_momentum_goes_on(kernel: np.ndarray, gradient: np.ndarray) -> None:
    kernel *= 8**0.5 / np.linalg.norm(kernel)
    once, twice = stepped(kernel, gradient), stepped(kernel, gradient, 0 * gradient)
    assert np.sum((once - kernel) * gradient) < 0
    assert np.sum((twice - once) * gradient) < 0


def test_other_weights_take_adams_steps() -> None:
    for shape in ((8,), (8, 3)):
        weights, gradient = np.zeros(shape, np.float32), np.ones(shape, np.float32)
        np.testing.assert_allclose(stepped(weights, gradient, rate=0.1), -0.01, rtol=1e-4)


def test_a_net_without_batch_normalization_is_refused() -> None:
    with pytest.raises(RecipeError, match="muon needs normalization = batch"):
        convlet.recipe("tutorial", optimizer="muon")
