"""The epochs of a run: which are kept, and the file that lists them."""

import csv
from itertools import pairwise
from pathlib import Path

import pytest

import convlet
from convlet.run import Epoch
from convlet.run.history import kept_epoch, kept_epochs, read_history, write_history


def epochs(*accuracies: float | None) -> list[Epoch]:
    return [
        Epoch(
            epoch=number,
            loss=1 / number,
            accuracy=0.9,
            val_loss=None if accuracy is None else 1 - accuracy,
            val_accuracy=accuracy,
            seconds=0.5,
            val_seconds=0.25,
        )
        for number, accuracy in enumerate(accuracies, 1)
    ]


def kept(images: int, *accuracies: float | None) -> int:
    return kept_epoch(epochs(*accuracies), "best", images).epoch


def test_the_last_is_kept_however_bad_it_is() -> None:
    assert kept_epoch(epochs(0.9, 0.8, 0.1), "last", 1_000).epoch == 3


def test_where_a_training_overfits_the_best_is_kept() -> None:
    assert kept(1_000, 0.5, 0.8, 0.9, 0.7, 0.6) == 3
    assert kept(1_000, 0.5, 0.9, None, 0.7, None) == 2


def test_of_epochs_that_the_images_cannot_tell_apart_the_latest_is_kept() -> None:
    assert kept(1_000, 0.5, 0.9, 0.893, 0.7) == 3  # a standard error is 0.9 %
    assert kept(100_000, 0.5, 0.9, 0.893, 0.7) == 2
    assert kept(10, 0.5, 0.9, 0.8, 0.5) == 3


def test_one_right_answer_does_not_make_an_early_epoch_the_best() -> None:
    assert kept(1, 1.0, 1.0, 0.0, 1.0) == 4
    assert kept(2, 1.0, 0.5, 1.0, 0.5) == 3


def test_each_net_of_an_ensemble_keeps_one() -> None:
    recipe = convlet.recipe("small-data", keep="best", ensemble=2, epochs=3)
    history = epochs(0.5, 0.9, 0.6, 0.9, 0.5, 0.4)
    assert [epoch.epoch for epoch in kept_epochs(history, recipe, 1_000)] == [2, 4]
    assert [epoch.epoch for epoch in kept_epochs(history, recipe.changed(keep="last"), 1_000)] == [3, 6]


def test_what_is_kept_so_far_is_kept_in_the_end_unless_a_later_one_is_chosen() -> None:
    """The weights are taken as the epochs come: a choice can be replaced by the current epoch alone."""
    accuracies = (0.2, 0.55, 0.5, 0.7, 0.66, 0.61, 0.69, 0.4, 0.6)
    chosen = [kept(200, *accuracies[: end + 1]) for end in range(len(accuracies))]
    assert all(one in (before, now) for now, (before, one) in enumerate(pairwise(chosen), 2))
    assert chosen[-1] == 7


def test_the_file_has_every_epoch_and_says_which_are_kept(tmp_path: Path) -> None:
    written = epochs(0.5, None, 0.75)
    write_history(tmp_path / "history.csv", written, [3])
    assert read_history(tmp_path / "history.csv") == written
    with (tmp_path / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["kept"] for row in rows] == ["0", "0", "1"]
    assert [row["val_loss"] for row in rows] == ["0.5", "", "0.25"]


def test_a_file_without_the_column_is_read(tmp_path: Path) -> None:
    line = "1,2.0,0.5,1.5,0.25,3.0,0.5"
    (tmp_path / "history.csv").write_text(f"epoch,loss,accuracy,val_loss,val_accuracy,seconds,val_seconds\n{line}\n")
    (epoch,) = read_history(tmp_path / "history.csv")
    assert (epoch.epoch, epoch.val_loss) == (1, 1.5)


@pytest.mark.parametrize("accuracy", [0.5, None])
def test_an_epoch_is_a_line_of_a_terminal(accuracy: float | None) -> None:
    (epoch,) = epochs(accuracy)
    assert len(str(epoch)) <= 80
    assert ("val_accuracy 50.00%" in str(epoch)) == (accuracy is not None)
    assert str(epoch).endswith(" s")
