"""What architectures share."""

import numpy as np
import pytest

import convlet
from convlet.errors import RecipeError
from convlet.models import build_model
from convlet.models.parts import cosine_filters


def test_cosine_filters_are_orthogonal_pairs_that_training_leaves_alone() -> None:
    filters = cosine_filters(5, 1, 16)
    assert filters.shape == (5, 5, 1, 16)
    np.testing.assert_array_equal(filters[..., 0::2], -filters[..., 1::2])
    products = filters[..., 0::2].reshape(25, 8).T @ filters[..., 0::2].reshape(25, 8)
    np.testing.assert_allclose(products, np.diag([1 / 9] + [1] * 7), atol=1e-6)
    assert cosine_filters(2, 3, 31).shape == (2, 2, 3, 31)  # more than there are frequencies, and odd
    layer = build_model(convlet.recipe("fast"), (28, 28, 1), 10).get_layer("conv_1")
    assert layer.trainable_variables == []
    np.testing.assert_array_equal(layer.get_weights()[0], filters)


def test_refuses_images_that_would_fill_the_memory() -> None:
    with pytest.raises(RecipeError, match=r"512x512 pixels.*weights"):
        build_model(convlet.recipe("tutorial"), (512, 512, 3), 10)
