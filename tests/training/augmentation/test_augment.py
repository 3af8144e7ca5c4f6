import numpy as np
import pytest

import convlet
from convlet.training.augmentation import warp
from convlet.training.augmentation.augment import Augmentation

SIZE = 9


def augmentation(**fields) -> Augmentation:
    return Augmentation(convlet.recipe("tutorial", **fields))


def changes(size: int = 200, shape: tuple[int, int] = (SIZE, SIZE), **fields) -> np.ndarray:
    return augmentation(**fields).draw(size, *shape, np.random.default_rng(0))


def changed(image: np.ndarray, **fields) -> np.ndarray:
    drawn = changes(shape=image.shape[:2], **fields)
    return applied(augmentation(**fields), np.repeat(image[np.newaxis], len(drawn), axis=0), drawn)


def applied(made: Augmentation, images: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    labels = np.arange(len(images))
    images, same = made.apply(images, labels, drawn)
    assert same is labels
    return np.asarray(images)


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(1).integers(50, 256, (SIZE, SIZE, 1), dtype=np.uint8)


@pytest.fixture
def dot() -> np.ndarray:
    made = np.zeros((SIZE, SIZE, 1), np.uint8)
    made[2, 5] = 200
    return made


def test_nothing_asked_for_changes_nothing(image: np.ndarray) -> None:
    assert not augmentation()
    np.testing.assert_array_equal(changed(image), np.repeat(image[np.newaxis], 200, axis=0))


def test_a_shift_moves_both_ways_and_no_further(dot: np.ndarray) -> None:
    moved = changed(dot, shift=2)
    rows, columns = np.nonzero(moved.max(axis=0)[..., 0])
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (0, 4, 3, 7)


def test_a_rotation_keeps_the_middle_and_stays_within_its_angle(dot: np.ndarray) -> None:
    middle = np.zeros_like(dot)
    middle[SIZE // 2, SIZE // 2] = 200
    assert (changed(middle, rotation=90)[:, SIZE // 2, SIZE // 2] > 190).all()
    weights = changed(dot, rotation=30).astype(float)[..., 0]
    y, x = np.mgrid[:SIZE, :SIZE] - SIZE // 2
    angles = np.degrees(np.arctan2((weights * y).sum(axis=(1, 2)), (weights * x).sum(axis=(1, 2)))) - np.degrees(
        np.arctan2(-2, 1)
    )
    assert np.abs(angles).max() < 33
    assert angles.min() < -20
    assert angles.max() > 20


@pytest.mark.parametrize(("field", "value"), [("zoom", 0.5), ("shear", 30), ("shift", 1), ("rotation", 20)])
def test_every_change_varies_from_image_to_image_and_keeps_the_form(
    field: str, value: float, image: np.ndarray
) -> None:
    made = changed(image, **{field: value})
    assert (made.shape, made.dtype) == ((200, SIZE, SIZE, 1), np.uint8)
    assert len(np.unique(made.reshape(200, -1), axis=0)) > 150


def test_a_zoom_is_about_its_fraction() -> None:
    drawn = changes(2000, zoom=0.25)
    for column in (0, 4):
        assert 1 / 1.25 - 1e-6 <= drawn[:, column].min() < 0.82
        assert 1.2 < drawn[:, column].max() <= 1.25 + 1e-6


def test_an_elastic_distortion_bends_lines_smoothly_by_about_its_pixels() -> None:
    line = np.zeros((28, 28, 1), np.uint8)
    line[:, 14] = 255
    weights = changed(line, elastic=1).astype(float)[:, 5:-5, :, 0]
    centres = (weights * np.arange(28)).sum(axis=2) / weights.sum(axis=2)  # of the line, in each row
    assert 0.5 < (centres - 14).std() < 1.2
    assert np.abs(np.diff(centres, axis=1)).max() < 1.5  # bent, not torn
    assert np.diff(centres, axis=1).std() > 0.05


def test_an_elastic_distortion_of_nothing_leaves_the_other_changes_as_they_are(image: np.ndarray) -> None:
    fields = {"shift": 1.0, "rotation": 20.0, "zoom": 0.2, "shear": 10.0}
    drawn = changes(**fields)
    still = np.concatenate([drawn, np.zeros((len(drawn), 50), np.float32)], axis=1)
    images = np.repeat(image[np.newaxis], len(drawn), axis=0)
    bent = applied(augmentation(elastic=1, **fields), images, still).astype(int)
    difference = bent - applied(augmentation(**fields), images, drawn)
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize("shape", [(9, 7, 3), (40, 21, 1)])
def test_an_elastic_distortion_of_any_shape_of_image(shape: tuple[int, int, int]) -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, *shape), dtype=np.uint8)
    drawn = changes(5, shape[:2], elastic=2)
    made = applied(augmentation(elastic=2), images, drawn)
    assert (made.shape, made.dtype) == (images.shape, np.uint8)
    assert (made != images).mean() > 0.5
    drawn[:, 8:] = 0
    np.testing.assert_array_equal(applied(augmentation(elastic=2), images, drawn), images)


def test_an_elastic_distortion_is_drawn_in_parts_alike(monkeypatch) -> None:
    whole = changes(20, elastic=1, shift=1)
    monkeypatch.setattr(warp, "_CHUNK", 7)
    np.testing.assert_array_equal(changes(20, elastic=1, shift=1), whole)


def test_images_that_are_not_square_turn_and_grow_around_their_middle() -> None:
    image = np.zeros((9, 21, 1), np.uint8)
    image[4, 10] = 200
    made = changed(image, rotation=90, zoom=0.5, shear=20)
    assert (made[:, 4, 10] > 190).all()


def test_erasing_blackens_one_box_in_its_fraction_of_the_images(image: np.ndarray) -> None:
    made = changed(image, erasing=0.5)
    black = (made == 0)[..., 0]
    boxed = black.any(axis=(1, 2))
    assert 70 < boxed.sum() < 130
    for spot in black[boxed]:
        rows, columns = np.flatnonzero(spot.any(axis=1)), np.flatnonzero(spot.any(axis=0))
        assert spot.sum() == len(rows) * len(columns) == (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
        assert max(len(rows), len(columns)) <= SIZE / 3
    np.testing.assert_array_equal(made[~boxed], np.repeat(image[np.newaxis], (~boxed).sum(), axis=0))


@pytest.fixture
def stroke() -> np.ndarray:
    image = np.zeros((28, 28, 1), np.uint8)
    image[4:24, 12:16] = 255
    return image


def test_thickness_widens_and_narrows_strokes_by_up_to_its_pixels_on_either_side(stroke: np.ndarray) -> None:
    widths = changed(stroke, thickness=1).astype(float)[:, 10:18, :, 0].sum(axis=2).mean(axis=1) / 255
    assert 2 <= widths.min() < 2.4
    assert 5.6 < widths.max() <= 6
    assert abs(widths.mean() - 4) < 0.2


def test_clutter_lays_the_edge_of_another_image_over_its_fraction(stroke: np.ndarray) -> None:
    images = np.repeat(np.zeros_like(stroke)[np.newaxis], 200, axis=0)
    images[::2] = 255
    made = applied(augmentation(clutter=0.5), images, changes(200, (28, 28), clutter=0.5))
    cluttered = (made[1::2] > 0).any(axis=(1, 2, 3))
    assert 10 < cluttered.sum() < 50  # half, and half of the others in the batch show nothing
    assert (made[1::2, 12:16, 12:16] == 0).all()  # never the middle
    np.testing.assert_array_equal(made[::2], images[::2])  # it adds ink and takes none away


def test_noise_is_normal_and_in_half_of_the_images() -> None:
    grey = np.full((28, 28, 1), 128, np.uint8)
    deviations = (changed(grey, noise=0.2).astype(float) - 128).reshape(200, -1).std(axis=1)
    assert 70 < (deviations > 0).sum() < 130
    assert 45 < deviations.max() < 56
    first, second = changed(grey, noise=0.2)[deviations > 5][:2].astype(float)
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.2


def test_dark_ink_is_changed_as_light_ink_is(stroke: np.ndarray) -> None:
    fields = {"shift": 2, "rotation": 20, "elastic": 0.5, "thickness": 1, "noise": 0.2, "erasing": 0.5}
    light = changed(stroke, reading="light-ink", **fields)
    dark = changed(255 - stroke, reading="dark-ink", **fields)
    np.testing.assert_array_equal(255 - dark, light)


def test_colour_is_changed_too() -> None:
    image = np.random.default_rng(0).integers(0, 256, (12, 15, 3), dtype=np.uint8)
    assert changed(image, thickness=0.5, clutter=1, noise=0.3, shift=1).shape == (200, 12, 15, 3)


@pytest.mark.parametrize("fields", [{}, {"shift": 2, "rotation": 20, "zoom": 0.2, "shear": 10}])
def test_a_mirrored_image_is_changed_as_its_mirror_image_would_be(image: np.ndarray, fields: dict) -> None:
    made = augmentation(flip=0.5, **fields)
    chosen = np.arange(20) % 3 == 0
    plain, mirrored = (made.draw(20, SIZE, SIZE, np.random.default_rng(0), which) for which in (None, chosen))
    images = np.repeat(image[np.newaxis], 20, axis=0)
    turned = np.where(chosen.reshape(-1, 1, 1, 1), images[:, :, ::-1], images)
    differences = applied(made, images, mirrored).astype(int) - applied(made, turned, plain)
    assert np.abs(differences).max() <= 1  # rounding


def test_a_moved_picture_shows_its_own_mirror_image_at_the_border(image: np.ndarray) -> None:
    assert changed(image, shift=2, reading="picture").min() >= image.min()  # nothing black enters
    assert changed(image, shift=2).min() == 0


def test_color_changes_brightness_contrast_and_saturation() -> None:
    image = np.full((SIZE, SIZE, 3), 100, np.uint8)
    image[: SIZE // 2] = (140, 100, 90)
    made = changed(image, color=0.4).astype(float)
    means = made.mean(axis=(1, 2, 3))
    assert np.abs(means - image.mean()).max() < 0.4 * 127 + 1
    assert np.ptp(means) > 60
    contrast = np.ptp(made.mean(axis=3), axis=(1, 2)) / np.ptp(image.mean(axis=2))
    assert 0.6 < contrast.min() < 0.9
    assert 1.1 < contrast.max() < 1.6
    saturation = np.ptp(made[:, 0, 0], axis=1) / 50
    assert 0.5 < saturation.min() < 0.8
    assert 1.3 < saturation.max() < 2


def test_a_gray_picture_has_no_saturation_to_change() -> None:
    image = np.random.default_rng(1).integers(80, 160, (SIZE, SIZE, 1), dtype=np.uint8)
    assert changed(image, color=0.3).shape == (200, SIZE, SIZE, 1)


def test_a_box_erased_from_a_picture_takes_its_mean_color() -> None:
    image = np.full((SIZE, SIZE, 3), (200, 100, 50), np.uint8)
    np.testing.assert_array_equal(changed(image, erasing=1, reading="picture"), np.repeat(image[np.newaxis], 200, 0))
    assert (changed(image, erasing=1, reading="light-ink") == 0).any()


def test_a_picture_moves_by_whole_pixels_and_so_stays_sharp() -> None:
    image = np.random.default_rng(2).integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)
    inside = changed(image, shift=2, reading="picture")[:, 2:-2, 2:-2]
    places = np.lib.stride_tricks.sliding_window_view(image, (SIZE - 4, SIZE - 4), (0, 1)).transpose(0, 1, 3, 4, 2)
    known = {place.tobytes() for place in places.reshape(25, SIZE - 4, SIZE - 4, 3)}
    assert {made.tobytes() for made in inside} == known
