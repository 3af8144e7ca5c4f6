"""One contract over all architectures; each of them trained, resumed, exported and explained."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import convlet
from convlet.explanations import grad_cam, integrated_gradients, occlusion
from convlet.exports import FORMATS, export
from convlet.exports.browser_runtime import FILES
from convlet.exports.onnx_graph import onnx_model
from convlet.models import ARCHITECTURES, average, build_model, members
from convlet.recipes import SETTINGS
from convlet.run import Run
from tests.engines import environment

SHAPES = [((28, 28, 1), 10), ((8, 8, 1), 10), ((32, 32, 3), 7), ((64, 48, 3), 30), ((5, 9, 1), 2), ((1, 1, 1), 2)]
PLAIN = convlet.recipe("tutorial", filters=(6, 6), kernel_size=3, dense_units=8, dropout=0)
CHANGES = {
    "top_hat": 11,
    "crop": 2,
    "pixels": "standard",
    "filters": (6, 6, 6),
    "kernel_size": (3, 4),
    "strides": (1, 2),
    "padding": ("same", "valid"),
    "pool": (2, 1),
    "normalization": "batch",
    "activation": ("relu", "silu"),
    "first_filters": "cosine",
    "dense_units": 0,
    "dropout": 0.3,
}

pytestmark = pytest.mark.parametrize("name", ARCHITECTURES, scope="module")


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, 28, 28, 1), dtype=np.uint8)


def identical(one, other) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


@pytest.mark.parametrize("recipe", convlet.RECIPES)
@pytest.mark.parametrize(("shape", "classes"), SHAPES)
def test_answers_with_a_probability_per_class(name: str, recipe: str, shape, classes: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, *shape), dtype=np.uint8)
    answers = np.asarray(build_model(convlet.recipe(recipe, architecture=name, mirror="none"), shape, classes)(images))
    assert answers.shape == (3, classes)
    assert answers.dtype == np.float32
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("recipe", convlet.RECIPES)
def test_one_seed_gives_one_net(name: str, recipe: str) -> None:
    one, same, other = (
        build_model(convlet.recipe(recipe, architecture=name, mirror="none", seed=seed), (8, 8, 1), 3)
        for seed in (5, 5, 6)
    )
    assert identical(one, same)
    assert not identical(one, other)


@pytest.mark.parametrize("recipe", convlet.RECIPES)
def test_weights_are_the_same_for_training_and_saving_in_either_precision(name: str, recipe: str) -> None:
    changed = convlet.recipe(recipe, architecture=name, mirror="none")
    trained = build_model(changed, (28, 28, 1), 10, "bfloat16", training=True)
    assert identical(trained, build_model(changed, (28, 28, 1), 10))
    assert trained.get_layer("conv_1").compute_dtype == "bfloat16"
    assert {weight.dtype for weight in trained.weights} == {"float32"}


def test_bfloat16_answers_in_float32(name: str, images: np.ndarray) -> None:
    answers = [
        build_model(PLAIN.changed(architecture=name), (28, 28, 1), 4, p)(images) for p in ("bfloat16", "float32")
    ]
    assert np.asarray(answers[0]).dtype == np.float32
    np.testing.assert_allclose(*map(np.asarray, answers), atol=0.05)


@pytest.mark.parametrize("field", CHANGES)
def test_every_field_changes_the_net(name: str, field: str) -> None:
    plain = PLAIN.changed(architecture=name)
    one, other = (
        build_model(recipe, (28, 28, 1), 4).get_config() for recipe in (plain, plain.changed(**{field: CHANGES[field]}))
    )
    assert one != other


def test_every_field_of_a_net_has_a_case(name: str) -> None:
    fields = list(SETTINGS)
    assert set(fields[fields.index("top_hat") : fields.index("optimizer")]) == set(CHANGES), name


@pytest.mark.parametrize("field", CHANGES)
def test_onnx_answers_like_the_net(name: str, field: str, images: np.ndarray) -> None:
    import onnxruntime

    recipe = PLAIN.changed(**{"normalization": "batch", field: CHANGES[field]}, architecture=name)
    model = build_model(recipe, (28, 28, 1), 4)
    session = onnxruntime.InferenceSession(onnx_model(model).SerializeToString(), providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(session.run(None, {"image": images})[0], np.asarray(model(images)), atol=1e-5)


def test_an_ensemble_answers_with_its_members_mean(name: str, images: np.ndarray) -> None:
    nets = [build_model(PLAIN.changed(architecture=name, seed=seed, top_hat=11), (28, 28, 1), 3) for seed in (1, 2)]
    mean = np.mean([np.asarray(net(images)) for net in nets], axis=0)
    together = average(nets)
    np.testing.assert_allclose(np.asarray(together(images)), mean, rtol=1e-6)
    assert members(together) == nets
    assert members(nets[0]) == [nets[0]] == [average(nets[:1])]


@pytest.fixture(scope="module")
def run(name: str, tmp_path_factory) -> Run:
    """An ensemble of two in two replicas, interrupted in its second net and resumed."""
    recipe = convlet.recipe("small-data", architecture=name, filters=(16, 32), kernel_size=3, normalization="batch")
    recipe = recipe.changed(dense_units=32, top_hat=11, epochs=8, ensemble=2, replicas=2, learning_rate=3e-3)

    def stop(epoch) -> None:
        if epoch.epoch == 10:
            raise KeyboardInterrupt

    out = tmp_path_factory.mktemp(name)
    with pytest.raises(KeyboardInterrupt):
        convlet.train(convlet.load("digits"), recipe, out=out, watch=convlet.Watch(on_epoch=stop))
    return convlet.resume(Run(out / "digits-small-data-1"))


@pytest.mark.long
def test_it_learns_and_resumes(name: str, run: Run) -> None:
    assert (run.status, run.recipe.architecture, run.recipe.replicas, len(run.history)) == ("done", name, 2, 16)
    assert run.evaluate().accuracy > 0.8


@pytest.mark.long
@pytest.mark.parametrize("kind", FORMATS)
def test_every_export_answers_like_it(name: str, kind: str, run: Run, tmp_path: Path) -> None:
    runtime = None
    if FORMATS[kind].runtime:
        (runtime := tmp_path / "runtime").mkdir()
        for file in FILES:
            (runtime / file).write_text(f"not the real {file}")
    found = export(run, kind, tmp_path / "site" if FORMATS[kind].holds_card else tmp_path, runtime=runtime)
    assert found.agreement.agreement >= (0.99 if kind == "onnx-int8" else 1), name


@pytest.mark.long
@pytest.mark.parametrize("method", [occlusion, grad_cam, integrated_gradients])
def test_every_method_explains_it(name: str, method, run: Run, digits) -> None:
    source = run.predictor() if method is occlusion else run.path / "model.keras"
    heat = method(source, digits.test.images[3])
    assert heat.values.shape == (8, 8), name
    assert np.isfinite(heat.values).all()
    assert np.ptp(heat.values) > 0


ON_JAX = """
import json, sys
import convlet
from convlet.explanations import grad_cam, integrated_gradients

digits = convlet.load("digits")
recipe = convlet.recipe("small-data", architecture=sys.argv[1], filters=(8, 16), normalization="batch", epochs=1)
run = convlet.train(digits, recipe, out="runs")
heats = [method(run.path / "model.keras", digits.test.images[3]).values for method in (grad_cam, integrated_gradients)]
print(json.dumps([run.status, run.manifest["engine"], [float(abs(heat).max()) for heat in heats]]))
"""


@pytest.mark.long
@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed")
def test_it_trains_and_explains_on_jax(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", ON_JAX, name]
    on_jax = os.environ | environment("jax", tmp_path)
    done = subprocess.run(command, cwd=tmp_path, env=on_jax, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    status, engine, heats = json.loads(done.stdout)
    assert (status, engine) == ("done", "jax")
    assert min(heats) > 0
