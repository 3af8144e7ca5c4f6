"""One suite over every architecture, and the tutorial's numbers."""

import numpy as np
import pytest

import convlet
from convlet.errors import RecipeError
from convlet.models import ARCHITECTURES, Pixels, average, build_model, summary, top_hat
from convlet.models.parts import cosine_filters
from convlet.training.engines.fused import fused_batch_normalization

SHAPES = [((28, 28, 1), 10), ((8, 8, 1), 10), ((32, 32, 3), 7), ((5, 9, 1), 2), ((1, 1, 1), 2), ((64, 48, 3), 30)]


def test_the_names_a_recipe_may_use_are_those_that_exist() -> None:
    assert convlet.recipes.SETTINGS["architecture"].values.words == f"one of {', '.join(sorted(ARCHITECTURES))}"


@pytest.mark.parametrize("name", convlet.RECIPES)
class TestEveryRecipe:
    @pytest.mark.parametrize(("shape", "classes"), SHAPES)
    def test_answers_with_a_probability_per_class(self, name: str, shape, classes: int) -> None:
        images = np.random.default_rng(0).integers(0, 256, (3, *shape), dtype=np.uint8)
        answers = np.asarray(build_model(convlet.recipe(name), shape, classes)(images))
        assert answers.shape == (3, classes)
        assert answers.dtype == np.float32
        np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-5)

    def test_one_seed_gives_one_model(self, name: str) -> None:
        one, same, other = (
            build_model(convlet.recipe(name, seed=seed), (8, 8, 1), 3).get_weights() for seed in (5, 5, 6)
        )
        assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
        assert not all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))

    @pytest.mark.parametrize("filters", [[4], [4, 4, 4, 4, 4, 4]])
    def test_takes_any_number_of_convolutions(self, name: str, filters: list[int]) -> None:
        model = build_model(convlet.recipe(name, filters=filters), (28, 28, 1), 10)
        assert sum(layer.name.startswith("conv") for layer in model.layers) == len(filters)
        assert model.output_shape == (None, 10)

    def test_has_the_same_weights_for_training_and_for_saving(self, name: str) -> None:
        trained, saved = (
            build_model(convlet.recipe(name), (28, 28, 1), 10, training=training) for training in (True, False)
        )
        assert [weight.shape for weight in trained.get_weights()] == [weight.shape for weight in saved.get_weights()]


def test_scales_pixels_itself() -> None:
    pixels = np.array([[[[0], [255]]]], np.uint8)
    unit = build_model(convlet.recipe("tutorial"), (8, 8, 1), 3).get_layer("scale")
    assert np.asarray(unit(pixels)).ravel().tolist() == [0.0, 1.0]
    standard = build_model(convlet.recipe("fast"), (8, 8, 1), 3, pixels=Pixels(mean=51.0, deviation=102.0)).get_layer(
        "scale"
    )
    np.testing.assert_allclose(np.asarray(standard(pixels)).ravel(), [-0.5, 2.0], rtol=1e-6)


def test_crops_what_is_large_enough() -> None:
    assert build_model(convlet.recipe("fast"), (28, 28, 1), 10).get_layer("crop").output.shape == (None, 24, 24, 1)
    assert "crop" not in [layer.name for layer in build_model(convlet.recipe("fast"), (8, 8, 1), 10).layers]


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


def test_an_ensemble_answers_with_its_members_mean() -> None:
    members = [build_model(convlet.recipe("fast", seed=seed), (8, 8, 1), 3) for seed in (1, 2)]
    images = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 1), dtype=np.uint8)
    mean = sum(np.asarray(member(images)) for member in members) / 2
    np.testing.assert_allclose(np.asarray(average(members)(images)), mean, atol=1e-6)
    assert average(members[:1]) is members[0]


def test_fused_batch_normalization_is_keras_own() -> None:
    recipe = convlet.recipe("tutorial", normalization="batch", filters=[4], dense_units=0, dropout=0)
    classes = (fused_batch_normalization(), None)
    fused, plain = (build_model(recipe, (8, 8, 1), 3, batch_normalization=chosen) for chosen in classes)
    assert type(fused.get_layer("norm_1")) is not type(plain.get_layer("norm_1"))
    images = np.random.default_rng(0).integers(0, 256, (64, 8, 8, 1), dtype=np.uint8)
    answers = [np.asarray(model(images, training=True)) for model in (fused, plain)]
    np.testing.assert_allclose(*answers, atol=1e-5)
    moving = [model.get_layer("norm_1").get_weights()[2:] for model in (fused, plain)]
    np.testing.assert_allclose(moving[0], moving[1], rtol=1e-3)
    np.testing.assert_allclose(*(np.asarray(model(images)) for model in (fused, plain)), atol=1e-3)


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
