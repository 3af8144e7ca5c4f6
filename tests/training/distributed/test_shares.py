import numpy as np
import pytest

import convlet
from convlet.data import Dataset
from convlet.training.distributed.distribute import Part
from convlet.training.distributed.shares import SharedFeed
from convlet.training.plan import Plan


@pytest.mark.parametrize("of", [1, 2, 3])
def test_shares_put_together_are_the_batch(digits: Dataset, of: int) -> None:
    recipe = convlet.recipe("balanced", batch_size=100)
    plan = Plan(recipe, len(digits.train), digits.image_shape)
    plan.epoch = 3
    parts = [SharedFeed(recipe, Part(index, of)).training_batches(digits.train, plan) for index in range(of)]
    order, changes = plan.order(), plan.changes()
    for step in (0, len(parts[0]) - 1):
        rows = order[step * 100 : (step + 1) * 100]
        found = [part[step] for part in parts]
        assert len({len(labels) for _, labels in found}) == 1
        for given, _ in found:
            assert given["size"].shape == (len(rows), 0)
        np.testing.assert_array_equal(
            np.concatenate([labels for _, labels in found])[: len(rows)], digits.train.labels[rows]
        )
        np.testing.assert_array_equal(
            np.concatenate([given["images"] for given, _ in found])[: len(rows)], digits.train.images[rows]
        )
        np.testing.assert_array_equal(
            np.concatenate([given["changes"] for given, _ in found])[: len(rows)],
            changes[step * 100 : (step + 1) * 100],
        )
