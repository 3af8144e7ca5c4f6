import pytest

import convlet
from convlet.data import Dataset
from convlet.training import feeding
from convlet.training.distributed.distribute import Part
from convlet.training.distributed.shares import SharedFeed
from convlet.training.engines.scan import EpochFeed
from convlet.training.engines.tf_data import TensorFlowFeed
from convlet.training.feed import Feed


@pytest.mark.parametrize(
    ("processes", "tensorflow", "platform", "in_memory", "expected"),
    [
        (1, True, "", True, TensorFlowFeed),
        (1, False, "", True, Feed),  # torch
        (1, False, "cpu", True, Feed),
        (1, False, "gpu", True, EpochFeed),
        (1, False, "gpu", False, Feed),
        (2, False, "gpu", True, SharedFeed),
        (2, False, "cpu", True, SharedFeed),
    ],
)
def test_every_training_has_its_feed(
    processes, tensorflow, platform, in_memory, expected, digits: Dataset, on_disk: Dataset, monkeypatch
) -> None:
    monkeypatch.setattr(feeding, "part", lambda: Part(0, processes))
    monkeypatch.setattr(feeding, "on_tensorflow", lambda: tensorflow)
    monkeypatch.setattr(feeding, "jax_platform", lambda: platform)
    data = digits if in_memory else on_disk
    assert type(feeding.choose_feed(convlet.recipe("tutorial", replicas=1), data.train)) is expected
