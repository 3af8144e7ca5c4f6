"""Blocks of a residual net."""

import pytest

import convlet
from convlet.errors import RecipeError
from convlet.models import build_model


def net(**changes):
    plain = {"filters": (6, 6, 8), "kernel_size": 3, "padding": "same", "pool": 1, "strides": 1}
    return build_model(convlet.recipe("tutorial", architecture="residual", **(plain | changes)), (12, 12, 1), 3)


def names(model) -> set[str]:
    return {layer.name for layer in model.layers}


def test_a_shortcut_is_projected_only_where_sizes_differ() -> None:
    assert {"add_2", "add_3", "conv_3c"} <= names(net())
    assert "conv_2c" not in names(net())
    assert "conv_2c" in names(net(strides=(1, 2, 1)))


def test_a_valid_convolution_crops_its_shortcut() -> None:
    model = net(padding="valid", kernel_size=(3, 4, 3))
    assert model.get_layer("crop_2").cropping == ((1, 2), (1, 2))
    assert model.get_layer("add_2").output.shape == (None, 7, 7, 6)
    assert "conv_2c" not in names(model)


def test_it_averages_its_maps_and_pools_behind_a_block() -> None:
    model = net(pool=(1, 2, 1))
    assert model.get_layer("pool_2").input is model.get_layer("relu_2").output
    assert model.get_layer("average").output.shape == (None, 8)
    assert model.get_layer("dense").input is model.get_layer("average").output


def test_without_a_block_it_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"filters=\[8\] leaves a residual net without blocks"):
        net(filters=[8])
