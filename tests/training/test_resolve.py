from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import convlet
from convlet.data import Dataset, Split, brought_to, disk
from convlet.signature import Form
from convlet.system.watch import Watch
from convlet.training.resolve import form_of, measured_pixels, resolved, wanted_of, with_enough_steps

INKY = {"top_hat": 11, "thickness": 0.5, "clutter": 0.3, "outliers": 0.1}


def data(images: np.ndarray) -> Dataset:
    split = Split(images, np.arange(len(images)) % 2)
    return Dataset(name="made", source="made", class_names=("a", "b"), train=split, open_test=lambda: split)


def resolve(recipe: convlet.Recipe, dataset: Dataset) -> tuple[convlet.Recipe, list[str]]:
    return resolved(recipe, dataset, form_of(recipe, dataset))


@pytest.fixture
def ink(strokes: np.ndarray) -> Dataset:
    strokes[:, 22:24, 9:19] = 255
    return data(strokes)


@pytest.fixture
def pictures() -> Dataset:
    return data(np.random.default_rng(0).integers(0, 256, (300, 28, 28, 3), dtype=np.uint8))


def test_ink_and_its_color_are_found(ink: Dataset) -> None:
    assert resolve(convlet.recipe("tutorial"), ink)[0].reading == "light-ink"
    assert resolve(convlet.recipe("tutorial"), data(255 - ink.train.images))[0].reading == "dark-ink"


def test_what_is_made_for_ink_is_off_for_pictures(ink: Dataset, pictures: Dataset) -> None:
    recipe = convlet.recipe("tutorial", noise=0.1, **INKY)
    plain, _ = resolve(recipe, pictures)
    assert (plain.reading, plain.noise) == ("picture", 0.1)
    assert (plain.top_hat, plain.thickness, plain.clutter, plain.outliers) == (0, 0, 0, 0.1)
    kept, _ = resolve(recipe, ink)
    assert (kept.top_hat, kept.thickness, kept.clutter, kept.outliers) == (11, 0.5, 0.3, 0.1)


def test_small_images_have_no_room_for_a_top_hat(digits) -> None:
    assert resolve(convlet.recipe("tutorial", **INKY), digits)[0].top_hat == 0


def test_a_reading_that_the_recipe_names_counts(ink: Dataset, pictures: Dataset) -> None:
    assert resolve(convlet.recipe("tutorial", reading="picture", **INKY), ink)[0].clutter == 0
    assert form_of(convlet.recipe("tutorial", reading="picture"), ink).kind == "picture"
    assert resolve(convlet.recipe("tutorial", reading="dark-ink"), ink)[0].reading == "dark-ink"
    form = form_of(convlet.recipe("tutorial", reading="dark-ink"), pictures)
    assert (form.kind, form.light) == ("ink", False)


def test_data_on_disk_are_trained_without_outliers_and_a_note_says_so(ink: Dataset, tmp_path, monkeypatch) -> None:
    np.savez(tmp_path / "ink.npz", images=ink.train.images, labels=ink.train.labels)
    monkeypatch.setattr(disk, "IN_MEMORY", 0)
    recipe, notes = resolve(convlet.recipe("tutorial", **INKY), convlet.load(str(tmp_path / "ink.npz")))
    assert (recipe.outliers, recipe.clutter) == (0, 0.3)
    assert "without outliers" in notes[1]
    assert len(resolve(convlet.recipe("tutorial", **INKY), ink)[1]) == 1


def test_a_resolved_recipe_stays_as_it_is_and_so_does_the_form(ink: Dataset) -> None:
    recipe = convlet.recipe("fast", **INKY)
    once, _ = resolve(recipe, ink)
    assert resolve(once, ink)[0] == once
    assert form_of(once, ink) == form_of(recipe, ink)
    assert isinstance(once.replicas, int)
    assert once.precision in ("float32", "bfloat16")


def test_the_kept_recipe_says_how_pictures_were_loaded(ink: Dataset, pictures: Dataset) -> None:
    recipe = convlet.recipe("pictures-small", image_size="auto", fit="pad")
    for dataset, expected in (
        (pictures, ("pad", "auto")),
        (replace(pictures, form=Form(fit="crop")), ("crop", "28x28")),
        (replace(pictures, form=Form(fit="stretch"), about={"size": "chosen"}), ("stretch", "auto")),
        (replace(ink, form=Form(kind="ink")), ("pad", "auto")),
    ):
        kept, _ = resolve(recipe, dataset)
        assert (kept.fit, kept.image_size) == expected
        assert form_of(kept, dataset) == form_of(recipe, dataset)
        assert resolve(kept, dataset)[0] == kept


def test_a_top_hat_that_would_change_the_images_is_off(ink: Dataset) -> None:
    recipe = convlet.recipe("tutorial", **INKY)
    faint = data((ink.train.images * 0.4).astype(np.uint8))
    broad = np.zeros_like(ink.train.images)
    broad[:, 4:24, 6:20] = 255
    assert resolve(recipe, faint)[0].top_hat == 0
    assert resolve(recipe.changed(reading="light-ink"), data(broad))[0].top_hat == 0
    large = data(ink.train.images.repeat(4, axis=1).repeat(4, axis=2))
    assert resolve(recipe, large)[0].top_hat == 11


def test_pixels_are_measured(ink: Dataset) -> None:
    pixels = measured_pixels(ink.train)
    assert pixels.mean == pytest.approx(ink.train.images.mean())
    assert pixels.deviation == pytest.approx(ink.train.images.std())
    assert measured_pixels(Split(np.zeros((3, 4, 4, 1), np.uint8), np.zeros(3, int))).deviation == 1


def test_pictures_are_brought_to_the_size_the_recipe_names_and_the_signature_says_how(pictures: Dataset) -> None:
    recipe = convlet.recipe("tutorial", image_size="40x30", fit="crop")
    brought = brought_to(pictures, wanted_of(recipe), Watch())
    assert brought.image_shape == (30, 40, 3)
    assert form_of(recipe, brought) == Form(fit="crop")
    for reading in ("auto", "picture"):  # whatever a recipe that names no size says
        assert form_of(convlet.recipe("tutorial", reading=reading), brought) == Form(fit="crop")


@pytest.mark.parametrize(
    ("images", "changes", "batch", "epochs"),
    [
        (57_000, {}, 256, 8),  # enough steps as it is
        (5_000, {}, 64, 8),  # smaller batches
        (2_000, {}, 64, 19),  # and more epochs
        (500, {}, 32, 38),  # where an epoch has few steps, still smaller ones
        (100, {}, 16, 86),
        (10, {}, 10, 200),  # but no more than show each image 200 times
        (10, {"epochs": 300, "least_steps": 9}, 10, 300),
        (500, {"epochs": 2}, 256, 2),  # what somebody chose stays
        (100, {"epochs": 2}, 100, 2),  # in batches that there are images for
        (500, {"batch_size": 64}, 64, 8),
        (500, {"epochs": 2, "least_steps": 100}, 32, 7),
    ],
)
def test_few_images_get_enough_steps(images: int, changes: dict[str, int], batch: int, epochs: int) -> None:
    found = with_enough_steps(convlet.recipe("balanced", **changes), images)
    assert (found.batch_size, found.epochs) == (batch, epochs)
    assert with_enough_steps(found, images) == found


@pytest.mark.parametrize(
    ("images", "batch", "epochs"), [(48_000, 512, 14), (30_000, 256, 14), (9_500, 128, 18), (1_600, 64, 52)]
)
def test_batches_stay_at_a_quarter_where_twice_the_epochs_are_enough(images: int, batch: int, epochs: int) -> None:
    found = with_enough_steps(convlet.recipe("pictures"), images)
    assert (found.batch_size, found.epochs) == (batch, epochs)


@pytest.mark.parametrize(
    ("images", "changes", "rate"),
    [
        (100_000, {}, 0.12),  # in batches of 512
        (10_000, {}, 0.06),  # of 128
        (1_600, {}, 0.042),  # of 64
        (10_000, {"learning_rate": 0.1}, 0.1),  # what somebody chose stays
        (10_000, {"batch_size": 64}, 0.12),
        (10_000, {"optimizer": "adam"}, 0.12),
        (10_000, {"name": "mine"}, 0.12),
        (95_232, {"batch_size": 2048, "least_steps": 1300}, 0.085),  # halved from 2048
    ],
)
def test_the_rate_of_muon_falls_with_the_root_of_the_batch(images: int, changes: dict[str, Any], rate: float) -> None:
    found = with_enough_steps(convlet.recipe("pictures", **changes), images)
    assert found.learning_rate == rate
    assert with_enough_steps(found, images) == found


def test_a_note_says_what_few_images_changed(pictures: Dataset) -> None:
    images = len(pictures.train)
    recipe, notes = resolve(convlet.recipe("pictures"), pictures)
    said = next(note for note in notes if "are few for pictures" in note)
    assert f"{images} images" in said
    assert f"{recipe.epochs} epochs in batches of {recipe.batch_size} at " in said
    assert f"a learning rate of {recipe.learning_rate:g}, instead of 14 epochs in batches of 512 at 0.12." in said
    longer = resolve(convlet.recipe("pictures", epochs=90), pictures)[1]
    assert any("it trains in batches of" in note and "instead of in batches of 512 at 0.12." in note for note in longer)
    enough = convlet.recipe("pictures").changed(epochs=3, batch_size=64, least_steps=3)
    for plenty in (recipe, enough):
        assert not any("are few" in note for note in resolve(plenty, pictures)[1])


def test_flips_follow_the_data(ink: Dataset, pictures: Dataset) -> None:
    recipe = convlet.recipe("tutorial", flip="auto")
    assert resolve(recipe, pictures)[0].flip == 0.5
    assert resolve(recipe, ink)[0].flip == 0
    leaning = pictures.train.images.copy()
    leaning[:, :, :14] //= 2
    assert resolve(recipe, data(leaning))[0].flip == 0


def test_no_average_over_mirror_images_where_training_mirrors_none(ink: Dataset, pictures: Dataset) -> None:
    recipe = convlet.recipe("pictures", mirror="average")
    assert resolve(recipe, pictures)[0].mirror == "average"
    for data_set, asked in ((ink, recipe), (pictures, recipe.changed(flip=0))):
        found, notes = resolve(asked, data_set)
        assert found.mirror == "none"
        assert "the model does not average over mirror images, since training mirrors none (flip = 0)." in notes
        assert resolve(found, data_set)[0] == found


@pytest.mark.parametrize(("images", "mixing"), [(18, 0), (20, 1)])
def test_a_named_recipe_mixes_no_images_where_each_class_has_a_few(pictures: Dataset, images: int, mixing: int) -> None:
    few = replace(pictures, train=pictures.train.take(range(images)))
    made, notes = resolve(convlet.recipe("pictures-small"), few)
    assert made.mixing == mixing
    assert any("images are not mixed: no class has 10 images" in note for note in notes) == (not mixing)
    assert resolve(convlet.recipe("pictures-small", mixing=0.5), few)[0].mixing == 0.5
    assert resolve(made, few)[0].mixing == mixing  # resumed
