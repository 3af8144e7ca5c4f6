"""A model over several views answers with their mean, whatever the net."""

import numpy as np
import pytest

import convlet
from convlet.models import ARCHITECTURES, average, build_model, each_view, members, over_views
from convlet.system.engine import keras
from tests.exports.onnx_graph.nets import shaken

VIEWS = [("average", 0), ("none", 1), ("average", 2)]


def views_of(images: np.ndarray, mirror: str, shift: int) -> list[np.ndarray]:
    """Every view, made with NumPy."""
    _, height, width, _ = images.shape
    wide = np.pad(images, [(0, 0), (shift, shift), (shift, shift), (0, 0)], mode="reflect")
    corners = (shift, 2 * shift, 0) if shift else (0,)
    views = [wide[:, at : at + height, at : at + width] for at in corners]
    return views + [view[:, :, ::-1] for view in views] if mirror == "average" else views


def net(architecture: str, seed: int = 1, shape: tuple[int, int, int] = (9, 7, 3)):
    recipe = convlet.recipe("tutorial", architecture=architecture, filters=(4, 6), kernel_size=3, dense_units=8)
    made = build_model(recipe.changed(seed=seed), shape, 3)
    weights = shaken(made).get_weights()
    made.set_weights([*weights[:-2], *(0.02 * values for values in weights[-2:])])  # or softmax answers 0 and 1
    return made


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize(("mirror", "shift"), VIEWS)
def test_the_answer_is_the_mean_over_the_views(architecture: str, mirror: str, shift: int) -> None:
    recipe = convlet.recipe("tutorial", mirror=mirror, shifts=shift)
    images = np.random.default_rng(0).integers(0, 256, (4, 9, 7, 3), dtype=np.uint8)
    nets = [net(architecture, seed) for seed in (1, 2)]
    together = average(nets)
    wanted = np.stack([np.asarray(together(view)) for view in views_of(images, mirror, shift)])
    assert np.ptp(wanted, axis=0).max() > 1e-3  # a net that answers every view alike would show nothing
    np.testing.assert_allclose(np.asarray(each_view(together, recipe)(images)), wanted, atol=1e-6)
    model = over_views(together, recipe)
    np.testing.assert_allclose(np.asarray(model(images)), wanted.mean(axis=0), atol=1e-6)
    assert members(model) == nets
    assert model.count_params() == together.count_params()


def test_one_view_is_the_net_itself() -> None:
    recipe, images = convlet.recipe("tutorial"), np.zeros((2, 9, 7, 3), np.uint8)
    one = net("convnet")
    assert over_views(one, recipe) is one
    np.testing.assert_array_equal(np.asarray(each_view(one, recipe)(images))[0], np.asarray(one(images)))


def test_a_shift_is_less_than_a_side() -> None:
    small = build_model(convlet.recipe("tutorial", filters=(4,), kernel_size=1, pool=1), (1, 1, 1), 2)
    images = np.full((3, 1, 1, 1), 7, np.uint8)
    model = over_views(small, convlet.recipe("tutorial", shifts=3))
    np.testing.assert_allclose(np.asarray(model(images)), np.asarray(small(images)), atol=1e-6)


def test_plain_keras_opens_it(tmp_path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, 9, 7, 3), dtype=np.uint8)
    model = over_views(net("pyramid"), convlet.recipe("tutorial", mirror="average", shifts=1))
    model.save(tmp_path / "model.keras")
    again = keras().models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(np.asarray(again(images)), np.asarray(model(images)))
