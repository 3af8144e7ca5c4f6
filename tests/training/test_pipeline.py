import numpy as np
import pytest

import convlet
from convlet.data import Split
from convlet.training.pipeline import steps_per_execution, training_batches, validation_batches
from convlet.training.plan import Plan

SHAPE = (2, 2, 1)


@pytest.fixture
def split() -> Split:
    images = np.zeros((10, *SHAPE), np.uint8)
    images[:, 0, 0, 0] = np.arange(10)  # each image knows its own number
    return Split(images, np.arange(10) * 7)


def plan(seed: int = 1, size: int = 10, **changes: object) -> Plan:
    return Plan(convlet.recipe("tutorial", seed=seed, **changes), size, SHAPE)


def epoch(batches) -> tuple[list[int], list[np.ndarray]]:
    seen = [(images.numpy(), labels.numpy()) for images, labels in batches]
    return [len(labels) for _, labels in seen], [np.concatenate(parts) for parts in zip(*seen, strict=True)]


def test_an_epoch_holds_every_image_once_beside_its_label(split: Split) -> None:
    sizes, (images, labels) = epoch(training_batches(split, 4, plan(), []))
    assert sizes == [4, 4, 2]
    assert sorted(labels) == (np.arange(10) * 7).tolist()
    np.testing.assert_array_equal(images[:, 0, 0, 0] * 7, labels)
    assert images.dtype == np.uint8


def test_the_order_follows_from_seed_and_epoch_alone(split: Split) -> None:
    going = plan(3)
    batches = training_batches(split, 4, going, [])
    orders = []
    for number in (0, 1, 0):
        going.epoch = number
        orders.append(epoch(batches)[1][1].tolist())
    assert orders[0] == orders[2] != orders[1]
    assert orders[0] == (plan(3).order() * 7).tolist()
    assert plan(3).order().tolist() != plan(4).order().tolist()


@pytest.mark.parametrize("changes", [{"shift": 1, "rotation": 20}, {"elastic": 1}])
def test_augmentation_follows_from_seed_and_epoch_alone(split: Split, changes: dict[str, float]) -> None:
    def pixels(seed: int, number: int) -> list[int]:
        going = plan(seed, **changes)
        going.epoch = number
        return epoch(training_batches(split, 4, going, []))[1][0].ravel().tolist()

    assert pixels(1, 0) == pixels(1, 0)
    assert len({tuple(pixels(seed, number)) for seed in (1, 2) for number in (0, 1)}) == 4


def test_says_how_many_batches_there_are(split: Split) -> None:
    assert [int(training_batches(split, size, plan(), []).cardinality()) for size in (1, 3, 5, 10)] == [10, 4, 2, 1]


def test_validation_keeps_the_order(split: Split) -> None:
    np.testing.assert_array_equal(epoch(validation_batches(split, []))[1][1], split.labels)


@pytest.mark.parametrize(("batch_size", "steps"), [(1, 4096), (128, 32), (4096, 1), (60_000, 1)])
def test_small_batches_run_many_steps_a_call(batch_size: int, steps: int) -> None:
    assert steps_per_execution(batch_size) == steps
