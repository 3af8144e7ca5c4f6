"""Heat maps: where a model is known to look, they are hot."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import convlet
from convlet.errors import UsageError
from convlet.explanations import Heat, grad_cam, integrated_gradients, occlusion, overlay
from convlet.models.keras_file import save_keras
from convlet.signature import Form, Signature
from convlet.system.engine import keras

pytestmark = pytest.mark.slow

CORNER = (slice(6, 10), slice(2, 6))


@pytest.fixture(scope="module")
def corner(tmp_path_factory) -> Path:
    """A net that answers "yes" for ink in one corner and sees nothing else."""
    layers = keras().layers
    net = keras().Sequential(
        [
            keras().Input((12, 12, 1), dtype="uint8"),
            layers.Rescaling(1 / 255),
            layers.Conv2D(1, 1, activation="relu"),
            layers.Flatten(),
            layers.Dense(2, activation="softmax", name="probabilities"),
        ]
    )
    weights = np.zeros((12, 12, 2), np.float32)
    weights[CORNER] = (0.5, -0.5)
    net.set_weights([np.ones((1, 1, 1, 1)), np.zeros(1), weights.reshape(144, 2), np.array([-4.0, 4.0])])
    signature = Signature(
        input_shape=(12, 12, 1),
        class_names=("yes", "no"),
        preprocessing="none",
        dataset="made",
        recipe="made",
        form=Form(kind="ink"),
    )
    path = tmp_path_factory.mktemp("corner") / "model.keras"
    save_keras(net, signature, path)
    return path


@pytest.fixture
def image() -> np.ndarray:
    image = np.zeros((12, 12, 1), np.uint8)
    image[2:10, 2:10] = 255
    return image


def found(method: str, path: Path, image: np.ndarray, label: str | None = None) -> Heat:
    if method == "occlusion":
        return occlusion(convlet.Predictor(path), image, label)
    return (grad_cam if method == "grad-cam" else integrated_gradients)(path, image, label)


@pytest.mark.parametrize("method", ["occlusion", "grad-cam", "integrated-gradients"])
def test_it_is_hot_where_the_net_looks_and_nowhere_else(method: str, corner: Path, image: np.ndarray) -> None:
    heat = found(method, corner, image)
    assert (heat.label, heat.method, heat.values.shape, heat.values.dtype) == ("yes", method, (12, 12), np.float32)
    far = np.ones((12, 12), bool)
    far[5:11, 1:7] = False
    assert heat.values[CORNER].min() > 0
    assert np.abs(heat.values[far]).max() < 0.02 * heat.values.max()


@pytest.mark.parametrize("method", ["occlusion", "integrated-gradients"])
def test_what_speaks_for_one_class_speaks_against_the_other(method: str, corner: Path, image: np.ndarray) -> None:
    heat = found(method, corner, image, "no")
    assert heat.label == "no"
    assert heat.values[CORNER].max() < 0


def test_integrated_gradients_add_up_to_the_difference(corner: Path, image: np.ndarray) -> None:
    predictor = convlet.Predictor(corner)
    here, empty = (float(np.log(p[0] / p[1])) for p in predictor.probabilities(np.stack([image, np.zeros_like(image)])))
    assert integrated_gradients(corner, image).values.sum() == pytest.approx(here - empty, rel=1e-3)


@pytest.mark.long
def test_an_ensemble_with_a_top_hat(tmp_path) -> None:
    random = np.random.default_rng(0)
    images = np.zeros((80, 20, 20, 1), np.uint8)
    for number, one in enumerate(images):
        place = 3 + random.integers(0, 4)
        one[place : place + 9, 5 + 8 * (number % 2) : 7 + 8 * (number % 2)] = 255
    np.savez(tmp_path / "bars.npz", images=images, labels=np.arange(80) % 2)
    recipe = convlet.recipe(
        "small-data", top_hat=11, epochs=2, batch_size=16, filters=[4, 8], dense_units=8, ensemble=2
    )
    run = convlet.train(convlet.load(str(tmp_path / "bars.npz")), recipe, out=tmp_path / "runs")
    for method in (grad_cam, integrated_gradients):
        heat = method(run.path / "model.keras", images[0])
        assert np.isfinite(heat.values).all()
        assert np.abs(heat.values).max() > 0


def test_the_verb(run, digits, tmp_path) -> None:
    image = digits.test.images[3]
    for method in ("occlusion", "grad-cam"):
        heat = convlet.explain(run, image, method=method, label="7")
        assert (heat.method, heat.label, heat.values.shape) == (method, "7", (8, 8))
    Image.fromarray(image[..., 0]).resize((80, 80)).save(tmp_path / "three.png")
    read = run.predictor().read(tmp_path / "three.png")
    found, expected = (convlet.explain(run.path, given).values for given in (tmp_path / "three.png", read))
    np.testing.assert_array_equal(found, expected)
    for model, asked, words in [
        (run, {"method": "guessing"}, "occlusion, grad-cam, integrated-gradients"),
        (run, {"label": "zebra"}, "label='zebra': the model has no such class"),
        (run.path / "model.onnx", {"method": "grad-cam"}, "needs the Keras model"),
    ]:
        with pytest.raises(UsageError, match=words):
            convlet.explain(model, image, **asked)


def test_the_picture_is_orange_for_and_blue_against(image: np.ndarray) -> None:
    values = np.zeros((12, 12), np.float32)
    values[0, 0], values[11, 11] = 1, -1
    shown = np.asarray(overlay(image, Heat(values, "yes", "occlusion"), scale=2)).astype(int)
    assert shown.shape == (24, 24, 3)
    assert shown[0, 0, 0] > shown[0, 0, 2] + 100
    assert shown[23, 23, 2] > shown[23, 23, 0] + 100
    assert np.ptp(shown[10, 2]) == 0  # grey where nothing mattered


def test_a_dark_picture_shows_through_as_it_is() -> None:
    image = np.zeros((6, 6, 3), np.uint8)
    image[:3] = 90
    values = np.zeros((6, 6), np.float32)
    values[0] = values[5] = 1
    shown = np.asarray(overlay(image, Heat(values, "yes", "grad-cam"), scale=1, kind="picture")).astype(int)
    assert shown[1, 0].tolist() == [90, 90, 90]  # no negative
    assert shown[4, 0].tolist() == [0, 0, 0]
    assert (shown[0, 0] > shown[5, 0]).all()  # seen under the color
    assert shown[0, 0, 0] > shown[0, 0, 2] + 100
