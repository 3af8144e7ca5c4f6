import numpy as np
import pytest

import convlet
from convlet.models import build_model
from convlet.training.engines.replicas import side_by_side
from convlet.training.optimizer import accuracy, cross_entropy, make_optimizer
from convlet.training.plan import Plan
from convlet.training.warm_up import warm_up

SMALL = {"filters": [4], "dense_units": 8, "dropout": 0}


def trained(recipe: convlet.Recipe, optimizer, steps: int = 5, batch: int = 16, replicas: int = 1) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    images, labels = random.integers(0, 256, (batch, 8, 8, 1), dtype=np.uint8), random.integers(0, 3, batch)
    net = build_model(recipe, (8, 8, 1), 3)
    loss = cross_entropy(recipe)
    model = side_by_side(net, loss, replicas) if replicas > 1 else net
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"], jit_compile=False)
    for _ in range(steps):
        model.train_on_batch(images, labels)
    return net.get_weights()


def close(one: list[np.ndarray], other: list[np.ndarray], tolerance: float = 1e-5) -> None:
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, atol=tolerance)


def test_adam_in_one_operation_steps_as_keras_does() -> None:
    import keras

    recipe = convlet.recipe("tutorial", learning_rate=0.01, betas=[0.8, 0.95], **SMALL)
    ours = make_optimizer(recipe, 5)
    assert type(ours) is not keras.optimizers.Adam
    close(trained(recipe, ours), trained(recipe, keras.optimizers.Adam(0.01, beta_1=0.8, beta_2=0.95)))


def test_one_cycle_rises_from_a_tenth_and_ends_at_nothing() -> None:
    schedule = make_optimizer(convlet.recipe("fast", learning_rate=0.01, warmup=0.2), 100)._learning_rate
    rates = [float(schedule(step)) for step in range(101)]
    assert rates[0] == pytest.approx(0.001)
    assert max(rates) == pytest.approx(rates[20]) == pytest.approx(0.01)
    assert rates[100] == pytest.approx(0, abs=1e-9)
    assert rates[:21] == sorted(rates[:21])
    assert rates[20:] == sorted(rates[20:], reverse=True)


def test_one_cycle_without_a_rise_begins_at_the_top() -> None:
    assert float(make_optimizer(convlet.recipe("fast", warmup=0), 10)._learning_rate(0)) == pytest.approx(0.01)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_the_loss_of_each_image(smoothing: float) -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]], np.float32)
    target = (1 - smoothing) * np.eye(3)[[0, 1]] + smoothing / 3
    expected = -(target * np.log(probabilities)).sum(axis=1)
    loss = cross_entropy(convlet.recipe("tutorial", label_smoothing=smoothing))
    np.testing.assert_allclose(np.asarray(loss(np.array([0, 1]), probabilities)), expected, rtol=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_an_outlier_is_to_be_as_likely_every_class(smoothing: float) -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]], np.float32)
    loss = cross_entropy(convlet.recipe("tutorial", label_smoothing=smoothing, outliers=0.1))
    target = np.stack([(1 - smoothing) * np.eye(3)[2] + smoothing / 3, np.full(3, 1 / 3)])
    expected = -(target * np.log(probabilities)).sum(axis=1)
    np.testing.assert_allclose(np.asarray(loss(np.array([2, 3]), probabilities)), expected, rtol=1e-5)


def test_outliers_are_not_counted_as_mistakes() -> None:
    metric = accuracy()
    metric.update_state(
        np.array([0, 1, 3, 3]), np.array([[0.7, 0.2, 0.1], [0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [1, 0, 0]], np.float32)
    )
    assert float(metric.result()) == pytest.approx(0.5)


@pytest.mark.parametrize("batch", [16, 7, 1])
@pytest.mark.parametrize("replicas", [2, 3])
def test_replicas_step_as_the_whole_batch_does(batch: int, replicas: int) -> None:
    recipe = convlet.recipe("tutorial", label_smoothing=0.1, optimizer="sgd", learning_rate=0.1, **SMALL)
    whole, split = (
        trained(recipe, make_optimizer(recipe, 5), batch=batch, replicas=number) for number in (1, replicas)
    )
    assert all(np.isfinite(weight).all() for weight in split)
    close(whole, split)


@pytest.mark.parametrize("replicas", [1, 2])
def test_warming_up_leaves_everything_as_it_was(digits, replicas: int) -> None:
    recipe = convlet.recipe("small-data", normalization="batch", filters=[4], dense_units=8)
    net = build_model(recipe, (8, 8, 1), 10)
    model = side_by_side(net, cross_entropy(recipe), replicas) if replicas > 1 else net
    model.compile(
        optimizer=make_optimizer(recipe, 5), loss=cross_entropy(recipe), metrics=["accuracy"], jit_compile=False
    )
    model.optimizer.build(model.trainable_variables)
    before = [variable.numpy() for variable in [*model.variables, *model.optimizer.variables]]
    assert warm_up(model, digits.train, Plan(recipe, len(digits.train), (8, 8, 1)), 64, []) > 0
    after = [variable.numpy() for variable in [*model.variables, *model.optimizer.variables]]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
