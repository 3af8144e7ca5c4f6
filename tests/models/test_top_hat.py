"""The top-hat as Keras layers."""

import numpy as np
import pytest

import convlet
from convlet.models import build_model, top_hat


class TestTopHat:
    @pytest.fixture
    def strokes(self) -> np.ndarray:
        image = np.zeros((1, 28, 28, 1), np.uint8)
        image[0, 4:24, 13:16] = 255
        image[0, 12:14, 8:20] = 128
        return image

    def test_leaves_clean_ink_as_it_is(self, strokes: np.ndarray) -> None:
        np.testing.assert_allclose(np.asarray(top_hat((28, 28, 1), 11, dark=False)(strokes)), strokes, atol=1e-4)

    def test_takes_an_uneven_ground_away(self, strokes: np.ndarray) -> None:
        slope = np.linspace(20, 120, 28)[np.newaxis, np.newaxis, :, np.newaxis]
        lit = (slope + strokes / 255 * 100).astype(np.uint8)
        even = np.asarray(top_hat((28, 28, 1), 11, dark=False)(lit))
        assert np.abs(even - strokes).mean() < 12
        assert np.abs(lit.astype(float) - strokes).mean() > 60

    def test_dark_ink_is_turned_around_and_back(self, strokes: np.ndarray) -> None:
        light = np.asarray(top_hat((28, 28, 1), 11, dark=False)(strokes))
        np.testing.assert_allclose(
            np.asarray(top_hat((28, 28, 1), 11, dark=True)(255 - strokes)), 255 - light, atol=1e-4
        )

    def test_an_empty_ground_stays_empty(self) -> None:
        for level in (0, 100, 255):
            ground = np.full((1, 28, 28, 1), level, np.uint8)
            ground[0, 5, 5] = max(0, level - 3)
            assert np.asarray(top_hat((28, 28, 1), 11, dark=False)(ground)).max() < 20

    def test_a_net_is_trained_without_it_and_saved_with_it(self) -> None:
        recipe = convlet.recipe("balanced", top_hat=11, reading="light-ink")
        trained, saved = (build_model(recipe, (28, 28, 1), 10, training=training) for training in (True, False))
        assert [layer.name for layer in saved.layers if layer not in trained.layers].count("top_hat") == 1
        assert "top_hat" not in [layer.name for layer in trained.layers]
        assert saved.count_params() == trained.count_params()

    def test_plain_keras_opens_it(self, tmp_path) -> None:
        import keras

        recipe = convlet.recipe("balanced", top_hat=11, reading="dark-ink")
        model = build_model(recipe, (28, 28, 1), 10)
        model.save(tmp_path / "model.keras")
        images = np.random.default_rng(0).integers(0, 256, (4, 28, 28, 1), dtype=np.uint8)
        opened = keras.models.load_model(tmp_path / "model.keras")
        np.testing.assert_allclose(np.asarray(opened(images)), np.asarray(model(images)), atol=1e-6)
