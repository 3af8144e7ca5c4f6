"""The one verdict after a training, from made-up epochs and answers."""

import math
from dataclasses import replace

import numpy as np
import pytest

import convlet
from convlet.evaluation import Evaluation, evaluate
from convlet.run import Epoch
from convlet.run.verdict import _least_loss, verdict

EVEN = math.log(10)


def history(losses: list[float], accuracy: float = 0.9, val_losses: list[float] | None = None) -> list[Epoch]:
    return [
        Epoch(epoch=i + 1, loss=loss, accuracy=accuracy, val_loss=val, val_accuracy=0.5, seconds=1, val_seconds=1)
        for i, (loss, val) in enumerate(zip(losses, val_losses or losses, strict=True))
    ]


def saved(right: float, n: int = 1_000, never: int | None = None) -> Evaluation:
    """Answers on 10 classes of which a fraction is right, and the others are drawn evenly; one class may be skipped."""
    random = np.random.default_rng(0)
    labels = np.arange(n) % 10
    answers = np.where(random.random(n) < right, labels, random.integers(0, 10, n))
    if never is not None:
        answers[answers == never] = (never + 1) % 10
    probabilities = np.full((n, 10), 0.05, np.float32)
    probabilities[np.arange(n), answers] = 0.55
    return evaluate(probabilities, labels, [f"c{i}" for i in range(10)])


def kind(epochs: list[Epoch], found: Evaluation, name: str = "small-data", **changes: object) -> str | None:
    given = verdict(epochs, found, convlet.recipe(name, **changes))
    return given and given.kind


def test_a_good_training_has_none() -> None:
    assert kind(history([1.0, 0.5, 0.2, 0.1]), saved(0.95)) is None
    assert kind(history([1.4, 0.9, 0.7, 0.6]), saved(0.95), "balanced") is None


@pytest.mark.parametrize("losses", [[900.0, 2.31, 2.33], [2.40, 2.36, 2.38, 2.35, 2.37], [50.0], [2.5, 9.0]])
def test_a_rate_that_is_too_high(losses: list[float]) -> None:
    found = verdict(history(losses, 0.1), saved(0), convlet.recipe("small-data", learning_rate=1))
    assert found is not None
    assert found.kind == "rate-too-high"
    assert "has not learned" in found.text
    assert "learning rate of 1 is probably too high" in found.text
    assert "Try 0.001" in found.text


def test_a_rate_that_is_too_high_and_yet_something_is_learned() -> None:
    assert kind(history([40.0, 2.0, 1.5], 0.5), saved(0.5), learning_rate=0.1) == "rate-too-high"
    assert kind(history([40.0, 2.0, 0.1]), saved(0.95)) is None  # a rough start at the usual rate


@pytest.mark.parametrize("right", [0, 0.3])
@pytest.mark.parametrize("losses", [[2.30, 2.29, 2.28, 2.27], [2.30]])
@pytest.mark.parametrize("name", ["small-data", "balanced"])
def test_a_rate_that_is_too_low(right: float, losses: list[float], name: str) -> None:
    found = verdict(history(losses, 0.1), saved(right), convlet.recipe(name, learning_rate=1e-6))
    assert found is not None
    assert found.kind == "rate-too-low"
    assert ("has not learned" in found.text) is (right == 0)
    assert f"Try {convlet.recipe(name).learning_rate:g}" in found.text


def test_a_constant_rate_that_stopped_too_early_is_told_and_a_schedule_that_ended_is_not() -> None:
    falling = history([2.2, 2.0, 1.8, 1.6], 0.5)
    assert kind(falling, saved(0.5), "tutorial") == "rate-too-low"
    assert kind(falling, saved(0.5), "balanced") is None


def test_a_loss_that_a_low_rate_moves_less_than_noise_does() -> None:
    assert kind(history([2.31, 2.29, 2.30, 2.31, 2.30], 0.1), saved(0), learning_rate=1e-6) == "rate-too-low"


@pytest.mark.parametrize("losses", [[1.58, 2.9, 1.86], [2.30, 2.31], [9.0, 9.5, 9.2]])
def test_a_low_rate_is_not_called_too_high_where_the_loss_rose_by_chance(losses: list[float]) -> None:
    found = verdict(history(losses, 0.1), saved(0), convlet.recipe("balanced", learning_rate=1e-6), images=1_000)
    assert found is not None
    assert found.kind == "rate-too-low"
    assert "Try 0.01, or more epochs" in found.text
    assert "had not fallen" in found.text


@pytest.mark.parametrize(
    ("losses", "epochs", "images", "words"),
    [
        ([2.4, 2.6], 2, 90, "had 2 steps, too few to learn from"),
        ([2.4], 1, 256, "had 1 step, too few to learn from"),
        ([2.3, 2.2], 2, 900, "had 8 steps"),
    ],
)
def test_a_training_of_a_few_steps_at_the_usual_rate_was_too_short(
    losses: list[float], epochs: int, images: int, words: str
) -> None:
    recipe = convlet.recipe("balanced", epochs=epochs)
    found = verdict(history(losses, 0.1), saved(0), recipe, images=images)
    assert found is not None
    assert found.kind == "not-learned"
    assert words in found.text
    assert "Leave epochs, batch_size and least_steps to the recipe" in found.text
    assert "rate" not in found.text.split("chance.")[1]
    # Of 200 epochs of few images no more would come.
    for longer in (recipe.changed(batch_size=1, epochs=600), recipe.changed(batch_size=256, epochs=200)):
        long = verdict(history(losses, 0.1), saved(0), longer, images=images)
        assert long is not None
        assert "too few to learn from" not in long.text


def test_a_few_validation_images_do_not_call_a_model_untaught() -> None:
    answers = np.array([[0.9, 0.1]] * 6 + [[0.2, 0.8]] * 6, np.float32)
    found = evaluate(answers, np.array([0] * 5 + [1] * 5 + [0, 1]), ["a", "b"])  # 10 of 12 are right
    assert kind(history([0.7, 0.4, 0.2, 0.1], 1.0), found) is None
    assert kind(history([0.7, 0.7, 0.69, 0.7], 0.5), found) == "not-learned"


def test_labels_that_say_nothing_about_the_images_are_named_where_a_net_has_memorized_them() -> None:
    answers = np.array([[0.9, 0.1], [0.1, 0.9]] * 10, np.float32)
    found = evaluate(answers, np.arange(20) // 10, ["a", "b"])
    told = verdict(history([0.7, 0.4, 0.1, 0.01], 1.0, [0.7, 0.9, 1.5, 2.0]), found, convlet.recipe("small-data"))
    assert told is not None
    assert told.kind == "overfits"
    assert "check that the labels belong to the images" in told.text


def test_nothing_learned_at_a_usual_rate() -> None:
    assert kind(history([2.2, 1.5, 0.9, 0.95], 0.7), saved(0)) == "not-learned"


def test_a_few_validation_images_leave_it_to_those_of_training() -> None:
    few = evaluate(np.array([[0.9, 0.1], [0.8, 0.2]], np.float32), np.array([0, 1]), ["a", "b"])
    assert kind(history([2.0, 0.5, 0.1], 1.0), few) is None
    assert kind(history([900.0, 2.4, 2.5], 0.1), few, learning_rate=1) == "rate-too-high"


def test_a_class_that_is_never_answered() -> None:
    found = verdict(history([1.0, 0.5, 0.2]), saved(0.8, never=3), convlet.recipe("balanced"))
    assert found is not None
    assert found.kind == "class-never-answered"
    assert "c3 (100)" in found.text


def test_a_class_of_one_image_may_be_missed_by_chance() -> None:
    assert kind(history([1.0, 0.5, 0.2]), saved(0.8, 10, never=3)) is None


def test_overfitting() -> None:
    rising = [1.0, 0.6, 0.8, 1.2]
    found = verdict(history([1.0, 0.3, 0.1, 0.01], 1.0, rising), saved(0.7), convlet.recipe("small-data"))
    assert found is not None
    assert found.kind == "overfits"
    assert "lowest after epoch 2 of 4" in found.text
    assert kind(history([1.0, 0.3, 0.1, 0.01], 1.0, rising), saved(0.98)) is None  # no gap
    assert kind(history([1.0, 0.3, 0.1, 0.01], 1.0, [1.0, 0.8, 0.7, 0.7]), saved(0.7)) is None  # no rise


def test_of_a_training_that_overfits_it_says_which_epoch_is_kept() -> None:
    losses, rising = [1.0, 0.3, 0.1, 0.01], [1.0, 0.6, 0.8, 1.2]
    best = convlet.recipe("small-data", keep="best", epochs=4)
    epochs = [
        replace(one, val_accuracy=a) for one, a in zip(history(losses, 1.0, rising), (0.6, 0.7, 0.6, 0.5), strict=True)
    ]
    found = verdict(epochs, saved(0.7), best)
    assert found is not None
    assert "Epoch 2 is kept, not the last." in found.text
    assert "about" not in found.text
    level = verdict(history(losses, 1.0, rising), saved(0.7), best)
    assert level is not None
    assert "Epoch 4 is kept, the last" in level.text
    assert 'keep = "best"' in verdict(epochs, saved(0.7), best.changed(keep="last")).text


def test_epochs_that_are_not_validated_are_passed_over() -> None:
    epochs = history([1.0, 0.3, 0.1, 0.01], 1.0, [1.0, 0.6, 0.8, 1.2])
    epochs[2] = replace(epochs[2], val_loss=None, val_accuracy=None)
    assert kind(epochs, saved(0.7)) == "overfits"


def test_a_long_training_of_noisy_epochs_is_judged_smoothed() -> None:
    random = np.random.default_rng(0)
    falling = np.linspace(2.3, 2.2, 300) + random.normal(0, 0.003, 300)
    assert kind(history(list(falling), 0.1), saved(0), learning_rate=1e-6) == "rate-too-low"


def test_of_an_ensemble_the_last_net_is_looked_at() -> None:
    two = history([900.0, 900.0, 0.5, 0.1])
    assert kind(two, saved(0.9), learning_rate=0.1, ensemble=2) is None
    assert kind(two, saved(0.9), learning_rate=0.1) == "rate-too-high"


def test_label_smoothing_counts_as_done() -> None:
    """With labels smoothed by 0.1 over 10 classes, no loss is below 0.5."""
    losses = history([1.2, 1.1, 0.9, 0.8])
    assert kind(losses, saved(0.9), "tutorial", label_smoothing=0.1) is None
    assert kind(history([1.9, 1.8, 1.7, 1.6]), saved(0.9), "tutorial", label_smoothing=0.1) == "rate-too-low"


@pytest.mark.parametrize(("mixing", "least"), [(0.5, 0.23), (1, 0.45)])
def test_mixed_images_count_as_done_too(mixing: float, least: float) -> None:
    """A label that counts two of 10 classes has an entropy of 0.5 on average, in the nine of ten that differ."""
    assert _least_loss(convlet.recipe("tutorial", mixing=mixing), 10) == pytest.approx(least, abs=0.01)
    losses = history([1.9, 1.6, 1.3, 1.15], 0.5)
    assert kind(losses, saved(0.9), "tutorial", mixing=1) is None
    assert kind(losses, saved(0.9), "tutorial") == "rate-too-low"


def test_of_few_mixed_images_those_of_training_tell_too_that_it_has_learned() -> None:
    pair = evaluate(np.array([[0.6, 0.4]], np.float32), np.array([0]), ["a", "b"])
    assert verdict(history([0.7, 0.6, 0.52], 0.55), pair, convlet.recipe("pictures-small")) is None
    found = verdict(history([0.7, 0.69, 0.68], 0.55), pair, convlet.recipe("pictures-small"))
    assert found is not None
    assert "has not learned" in found.text


def test_an_existing_model_that_does_better_is_told_alone_or_after_what_is_wrong() -> None:
    recipe, better = convlet.recipe("small-data"), "An existing model reads these drawings better."
    alone = verdict(history([1.0, 0.5, 0.2, 0.1]), saved(0.95), recipe, better)
    assert alone == ("existing-model", better)
    losses = [2.3, 2.3, 2.3, 2.3]
    found = verdict(history(losses, 0.1), saved(0), recipe)
    assert found is not None
    both = verdict(history(losses, 0.1), saved(0), recipe, better)
    assert both == (found.kind, f"{found.text} {better}")
