"""Which epochs are validated, and whose weights are kept."""

import numpy as np
import pytest

import convlet
from convlet.run import Epoch
from convlet.training.keeping import Kept, validated_epochs


@pytest.mark.parametrize(
    ("epochs", "batch", "images", "expected"),
    [
        (5, 16, 8, [1, 2, 3, 4, 5]),
        (30, 16, 8, list(range(1, 31))),
        (500, 301, 1_437, list(range(1, 501))),
        (61, 16, 8, [1, *range(2, 61, 2), 61]),
        (1_500, 16, 8, [1, *range(10, 1_501, 10)]),
        (1_500, 16, 33, [1, *range(3, 1_501, 3)]),
    ],
)
def test_epochs_are_validated_but_where_many_have_few_steps(
    epochs: int, batch: int, images: int, expected: list[int]
) -> None:
    assert validated_epochs(convlet.recipe("pictures", epochs=epochs, batch_size=batch), images) == expected


class Net:
    """A net whose weights are the number of the epoch."""

    def __init__(self) -> None:
        self.values = np.zeros(1)

    def get_weights(self) -> list[np.ndarray]:
        return [self.values]


def trained(keep: str, *accuracies: float, resumed_after: int = 0) -> Kept:
    net, history = Net(), []
    kept = Kept(net, keep, 1_000)
    for number, accuracy in enumerate(accuracies, 1):
        net.values[:] = number
        history.append(
            Epoch(epoch=number, loss=1, accuracy=1, val_loss=1, val_accuracy=accuracy, seconds=1, val_seconds=0)
        )
        kept.see(history)
        if number == resumed_after:
            kept = Kept(net, keep, 1_000, kept.so_far)
    return kept


@pytest.mark.parametrize("resumed_after", [0, 1, 2, 3, 4])
def test_the_weights_of_the_best_epoch_are_kept_through_a_resume(resumed_after: int) -> None:
    kept = trained("best", 0.5, 0.9, 0.6, 0.5, resumed_after=resumed_after)
    assert kept.weights[0] == 2
    assert kept.so_far is not None


def test_the_last_needs_no_copy() -> None:
    kept = trained("last", 0.9, 0.1)
    assert kept.so_far is None
    assert kept.weights[0] == 2
