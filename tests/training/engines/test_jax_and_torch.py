"""JAX and torch as the engine, in processes where TensorFlow cannot be imported."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

import convlet
from convlet.data import Dataset
from convlet.system.engine import ENGINES as KNOWN
from tests.engines import WITHOUT_TENSORFLOW, environment

pytestmark = pytest.mark.slow

needs_jax = pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed: pip install 'convlet[jax]'")
needs_torch = pytest.mark.skipif(
    find_spec("torch") is None, reason="torch is not installed: pip install 'convlet[torch]'"
)
ENGINES = [pytest.param("jax", marks=needs_jax), pytest.param("torch", marks=needs_torch)]

RECIPES = (
    WITHOUT_TENSORFLOW
    + """
import json
import convlet

digits = convlet.load("digits")
said = {}
for name in sys.argv[1:]:
    recipe = convlet.recipe(name)
    small = {"batch_size": 128, "dense_units": 16, "filters": [8] * len(recipe.filters)}
    run = convlet.train(digits, recipe.changed(epochs=1, **small), out="runs")
    assert run.metrics["onnx"]["agreement"] == 1, name
    said[name] = [run.recipe.precision, run.recipe.replicas, run.manifest["engine"]]
assert "tensorflow" not in sys.modules
print(json.dumps(said))
"""
)

LEARNING = (
    WITHOUT_TENSORFLOW
    + """
import json
import numpy as np
import convlet

digits = convlet.load("digits")
small = {"batch_size": 128, "dense_units": 16, "filters": [8, 16]}
learning = convlet.recipe("small-data", epochs=6, learning_rate=0.003, shift=0.5, rotation=5, ensemble=2, **small)
learning = learning.changed(keep="best", dropout=0.3, checkpoint_seconds=0)
whole = convlet.train(digits, learning, out="runs")
images = digits.test.images

def after_an_epoch(epoch):
    if epoch.epoch == 8:
        raise KeyboardInterrupt

def within_an_epoch(epoch, step, *_):
    if (epoch, step) == (8, 5):
        raise KeyboardInterrupt

alike = []
for place, watch in (
    ("after epoch 8 ", convlet.Watch(on_epoch=after_an_epoch)),
    ("after 4 steps of epoch 8 ", convlet.Watch(on_step=within_an_epoch)),
):
    try:
        convlet.train(digits, learning, out=place.strip(), watch=watch)
    except KeyboardInterrupt:
        notes = []
        resumed = convlet.resume(
            convlet.Run(f"{place.strip()}/digits-small-data-1"), watch=convlet.Watch(on_note=notes.append)
        )
        assert any(place in note for note in notes), notes
    answers = [run.predictor().probabilities(images) for run in (whole, resumed)]
    same_figures = [epoch.loss for epoch in whole.history] == [epoch.loss for epoch in resumed.history]
    alike.append(bool(np.array_equal(*answers)) and same_figures)
print(json.dumps([whole.evaluate().accuracy, alike]))
"""
)

SCAN = """
import json, sys
import numpy as np
import convlet
from convlet.training import feeding

digits = convlet.load("digits")
small = {"filters": [8, 16], "dense_units": 16, "batch_size": 100, "epochs": 3, "learning_rate": 0.003}
recipe = convlet.recipe(sys.argv[1], precision="float32", shift=0.5, mixing=float(sys.argv[2]), **small)
stepped = convlet.train(digits, recipe, out="runs")
feeding.jax_platform = lambda: "gpu"
scanned = convlet.train(digits, recipe, out="runs")
images = digits.test.images
difference = np.abs(stepped.predictor().probabilities(images) - scanned.predictor().probabilities(images)).max()
print(json.dumps([float(difference), [e.loss for e in stepped.history], [e.loss for e in scanned.history]]))
"""

AUGMENT = """
import numpy as np
import convlet
from convlet.training.augmentation.augment import Augmentation

image = np.add.outer(np.arange(28), np.arange(28)).astype(np.uint8)[..., np.newaxis] * 4
images = np.stack([image, image[::-1], image[:, ::-1], 255 - image] * 16)
changed, labels = [], []
for name in ("compact", "accurate"):  # without and with elastic distortion
    augmentation = Augmentation(convlet.recipe(name, erasing=0.5, thickness=0.5, clutter=0.5, noise=0.2, mixing=0.5))
    changes = augmentation.draw(64, 28, 28, np.random.default_rng(0))
    made, mixed = augmentation.apply(images, np.arange(64), changes)
    changed.append(np.array(made))
    labels.append(np.array(mixed))
np.savez("changed.npz", images=changed, labels=labels)
"""


AGREE = """
import dataclasses, sys
import numpy as np
import convlet

mnist = convlet.load("mnist", sys.argv[1])
few = dataclasses.replace(mnist, train=mnist.train.take(mnist.train.sample(10_000)))
recipes = [convlet.recipe("fast", seed=seed, precision="float32", replicas=1) for seed in (1, 2)]
runs = [convlet.train(few, recipe, out="runs") for recipe in recipes]
answers = [run.predictor().probabilities(mnist.test.images).argmax(axis=1) for run in runs]
print(np.mean([given == mnist.test.labels for given in answers]))
"""


def on(engine: str, program: str, folder, *arguments: str) -> str:
    """What a program prints."""
    command = [sys.executable, "-c", program, *arguments]
    given = os.environ | environment(engine, folder)
    done = subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.long
@pytest.mark.parametrize("engine", ENGINES)
def test_every_recipe_trains_and_exports_without_tensorflow(tmp_path, engine: str) -> None:
    names = list(convlet.RECIPES)
    assert json.loads(on(engine, RECIPES, tmp_path, *names)) == {name: ["float32", 1, engine] for name in names}


@pytest.mark.long
@pytest.mark.parametrize("engine", ENGINES)
def test_an_ensemble_learns_and_resumes_without_tensorflow(tmp_path, engine: str) -> None:
    accuracy, alike = json.loads(on(engine, LEARNING, tmp_path))
    assert accuracy > 0.75  # single nets of six seeds came to 0.69 to 0.84, whatever the engine
    assert alike == [True, True]


@pytest.mark.long
@pytest.mark.parametrize("engine", ENGINES)
def test_engines_augment_alike(tmp_path, engine: str) -> None:
    images, labels = [], []
    for other in (engine, "tensorflow"):
        on(other, AUGMENT, tmp_path)
        with np.load(tmp_path / "changed.npz") as changed:
            images.append(changed["images"].astype(int))
            labels.append(changed["labels"])
    np.testing.assert_allclose(*labels, rtol=1e-6)
    # One rounds where the other cuts off; at the black border and at the edge of a box a pixel may fall on either side.
    for one, other in zip(*images, strict=True):
        assert one.max() > 200
        assert (np.abs(one - other) > 2).mean() < 0.02


@pytest.mark.long
@needs_jax
@pytest.mark.parametrize(("recipe", "mixing"), [("small-data", "0"), ("small-data", "1"), ("accurate", "0.5")])
def test_a_whole_epoch_in_one_call_learns_what_its_steps_do(tmp_path, recipe: str, mixing: str) -> None:
    difference, stepped, scanned = json.loads(on("jax", SCAN, tmp_path, recipe, mixing))
    assert difference < 0.01  # sums are made in another order, and Adam divides small gradients by small ones
    np.testing.assert_allclose(scanned, stepped, rtol=1e-3)


@pytest.mark.long
def test_engines_learn_alike(mnist: Dataset, tmp_path) -> None:
    here = [engine for engine in KNOWN if find_spec(engine)]
    if len(here) == 1:
        pytest.skip(f"{here[0]} is the only engine installed")
    accuracies = [float(on(engine, AGREE, tmp_path, str(mnist.data_dir))) for engine in here]
    assert min(accuracies) > 0.95
    assert max(accuracies) - min(accuracies) < 0.005
