"""What a training says of its figures: which images they come from, and which epochs' weights the model has."""

import re
from dataclasses import replace

import numpy as np
import pytest

import convlet
from convlet.data import Dataset
from convlet.run import Epoch
from convlet.training.results import epochs_kept, validated_on

RECIPE = convlet.recipe("small-data", epochs=3)


def history(*accuracies: float) -> list[Epoch]:
    return [
        Epoch(epoch=number, loss=1, accuracy=0.5, val_loss=1, val_accuracy=accuracy, seconds=1, val_seconds=1)
        for number, accuracy in enumerate(accuracies, 1)
    ]


def test_images_held_out_are_counted_and_the_test_set_stays_closed(digits: Dataset) -> None:
    dataset = digits.with_validation(0.2)
    said = validated_on(RECIPE, dataset)
    assert f"validated on {len(dataset.validation or ())} images held out from train; the test set stays closed" in said
    assert "too few" not in said


@pytest.mark.parametrize(("images", "words"), [(1, "on 1 image held out .* That is too"), (5, "5 images .* They are")])
def test_too_few_to_recognize_what_is_none_of_the_classes(images: int, words: str, digits: Dataset) -> None:
    few = replace(digits, validation=digits.train.take(np.arange(images)))
    assert re.search(words, validated_on(RECIPE, few))


def test_images_that_are_trained_on_too_are_said_to_be(digits: Dataset) -> None:
    said = validated_on(RECIPE, replace(digits, validation=digits.train))
    assert "no image could be held out" in said
    assert f"{len(digits.train):,} images that it trains on" in said


def test_the_last_epoch_an_earlier_one_and_one_of_each_net() -> None:
    epochs = history(0.5, 0.75, 0.7)
    assert "the last epoch is kept" in epochs_kept([epochs[2]], epochs, RECIPE)
    earlier = epochs_kept([epochs[1]], epochs, RECIPE)
    assert earlier == "epoch 2 of 3 is kept: its validation accuracy is 75.00%, that of the last epoch 70.00%."
    two = history(0.5, 0.75, 0.7, 0.5, 0.6, 0.8)
    several = epochs_kept([two[1], two[5]], two, RECIPE.changed(ensemble=2))
    assert several == "of the nets' 6 epochs 2, 6 are kept."
