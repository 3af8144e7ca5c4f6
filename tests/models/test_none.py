import numpy as np
import pytest

import convlet
from convlet.models import before_sharing, build_model, learns_none, with_weights

RECIPE = convlet.recipe("pictures", filters=[8, 8], kernel_size=[2, 3], padding="same", pool=1, outliers=0.1)
RECIPE = RECIPE.changed(reading="picture")
IMAGES = np.random.default_rng(5).integers(0, 256, (6, 16, 16, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("reading", "outliers", "learns"), [("picture", 0.1, 1), ("picture", 0, 0), ("light-ink", 0.1, 0)]
)
def test_pictures_have_one_more_output_in_training(reading: str, outliers: float, learns: int) -> None:
    recipe = RECIPE.changed(reading=reading, outliers=outliers)
    assert learns_none(recipe) == bool(learns)
    assert build_model(recipe, (16, 16, 3), 4, training=True).output_shape == (None, 4 + learns)
    assert build_model(recipe, (16, 16, 3), 4).output_shape == (None, 4)


def test_what_speaks_for_none_of_the_classes_is_shared_evenly() -> None:
    training = build_model(RECIPE, (16, 16, 3), 4, training=True)
    weights = [values + np.float32(0.1) for values in training.get_weights()]
    training.set_weights(weights)
    saved = with_weights(build_model(RECIPE.changed(seed=2), (16, 16, 3), 4), weights)
    outputs, answers = (np.asarray(net(IMAGES, training=False)) for net in (training, saved))
    np.testing.assert_allclose(answers, outputs[:, :4] + outputs[:, 4:] / 4, atol=1e-6)
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(np.asarray(before_sharing(saved)(IMAGES, training=False)), outputs, atol=1e-6)


def test_sharing_is_not_trained() -> None:
    saved = build_model(RECIPE, (16, 16, 3), 4)
    assert [variable.shape for variable in saved.non_trainable_variables][-1] == (5, 4)
    assert not saved.layers[-1].trainable
