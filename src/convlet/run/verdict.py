"""Find what went wrong with a training, from its epochs and the saved model's validation answers; usually nothing."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from convlet.evaluation import Evaluation, learned
from convlet.recipes import MOST_EPOCHS, RECIPES, Recipe
from convlet.run.history import Epoch, kept_epoch, of_last_net

_USUAL_RATE = 0.001  # for the Adam family
_USUAL_RATE_OF_SGD = 0.05
_FAR = 3  # times the usual rate, or a third of it
_GREW = 1.5  # times the loss of uniform answers
_HALFWAY = 0.6  # of the way from uniform answers to the least possible loss, or of the training images
_STEADY = 0.8  # of the last epochs lower the loss
_LAST = 10  # epochs
_FEW_STEPS = 100  # too few to learn from with any recipe
_FIGURES = 30  # enough to see whether the loss falls
_PARTS = 101  # possible shares of an image that another's box may cover
_GAP = 0.1  # validation accuracy is this much below training accuracy
_RISEN = 1.1  # times its least value
_BY_CHANCE = 0.05


class Verdict(NamedTuple):
    """What is wrong.

    Attributes:
        kind: "rate-too-high", "rate-too-low", "not-learned", "class-never-answered", "overfits" or "existing-model".
        text: what was observed, and what to try, in a few sentences.
    """

    kind: str
    text: str


def verdict(
    history: Sequence[Epoch], saved: Evaluation, recipe: Recipe, existing: str = "", *, images: int | None = None
) -> Verdict | None:
    """Judge a finished training.

    Args:
        history: all epochs, for an ensemble those of every net; the last net's are examined.
        saved: the saved model's validation.
        recipe: the resolved recipe of the training.
        images: the number of training images, which determines the steps; None if unknown.
        existing: which existing model does better, see `better_existing`; "" if none.

    Returns:
        The most serious finding, or None.
    """
    own = of_last_net(history, recipe.ensemble)
    found = _rate(own, saved, recipe, images) or _never_answered(saved) or _overfits(own, saved, recipe)
    if existing and found:
        return Verdict(found.kind, f"{found.text} {existing}")
    return Verdict("existing-model", existing) if existing else found


def _rate(own: Sequence[Epoch], saved: Evaluation, recipe: Recipe, images: int | None) -> Verdict | None:
    """Judge whether it has learned, and whether the rate is to blame."""
    losses, even = _smoothed([epoch.loss for epoch in own]), math.log(len(saved.class_names))
    usual, rate = _usual(recipe), recipe.learning_rate
    known, useless = learned(saved.confusion), _useless(saved)
    progress = (even - losses[-1]) / (even - _least_loss(recipe, len(saved.class_names)))
    if known is None:  # too few validation images: use the training images
        known = own[-1].accuracy > _HALFWAY or progress > 1 - _HALFWAY
        useless = f"The model has not learned: it is right on {own[-1].accuracy:.1%} of the training images. "
    steps = -np.diff(losses[-_LAST - 1 :])
    falling = bool((steps > 0).mean() >= _STEADY) if len(steps) > 1 else rate < usual / _FAR
    low, high = rate < usual / _FAR, rate > _FAR * usual
    text = "" if known else useless
    if not known and not low and not high and (short := _short(recipe, images)):
        return Verdict("not-learned", text + short)
    grew = max(losses) > _GREW * even or losses[-1] > max(even, losses[0])
    if not low and ((grew and (not known or high)) or (not known and not falling and high)):
        text += f"The training loss went from {losses[0]:.3g} to {losses[-1]:.3g}; blind guessing "
        text += f"gives {even:.3g}. The learning rate of {rate:g} is probably too high. "
        return Verdict("rate-too-high", f"{text}Try {usual if high else rate / 10:g}.")
    if (falling and progress < _HALFWAY and (not known or low or recipe.schedule == "constant")) or (not known and low):
        how = "had not fallen" if losses[-1] > losses[0] else "was still falling" if falling else "had hardly fallen"
        text += f"The training loss {how} when the training ended, at {losses[-1]:.3g}. The learning rate "
        text += f"of {rate:g} is probably too low, or the training too short. "
        return Verdict("rate-too-low", f"{text}Try {usual if low else rate * 3:g}, or more epochs.")
    if known:
        return None
    return Verdict(
        "not-learned",
        f"{text}Check that the labels belong to the images (convlet data show); then try a learning rate of "
        f"{rate / 10:g}, another recipe, or more images of each class.",
    )


def _short(recipe: Recipe, images: int | None) -> str:
    """Return advice for a training with too few steps; "" if it had enough, it is unknown, or no more are added."""
    named = RECIPES.get(recipe.name)
    wanted = max(_FEW_STEPS, named.least_steps if named else 0)
    if images is None or recipe.epochs >= MOST_EPOCHS:
        return ""
    steps = recipe.epochs * math.ceil(images / recipe.batch_size)
    if steps >= wanted:
        return ""
    leave = "Leave epochs, batch_size and least_steps to the recipe, or try" if named else "Try"
    return (
        f"The training had {steps:,} {'step' if steps == 1 else 'steps'}, too few to learn from. "
        f"{leave} {min(MOST_EPOCHS, math.ceil(wanted * recipe.epochs / steps)):,} epochs."
    )


def _smoothed(losses: Sequence[float]) -> list[float]:
    """Return the losses; for long trainings, averages over a few epochs: epochs of one step are noisy."""
    parts = np.array_split(losses, len(losses) // max(1, len(losses) // _FIGURES))
    return [float(np.mean(part)) for part in parts]


def _useless(saved: Evaluation) -> str:
    return (
        f"The model has not learned: the {saved.accuracy:.1%} of {saved.n:,} validation images that it answers right "
        "are no better than chance. "
    )


def _usual(recipe: Recipe) -> float:
    named = RECIPES.get(recipe.name)
    if named and named.optimizer == recipe.optimizer:
        return named.rate_of(recipe.batch_size)
    return _USUAL_RATE_OF_SGD if recipe.optimizer == "sgd" else _USUAL_RATE


def _least_loss(recipe: Recipe, classes: int) -> float:
    """Return the loss of perfect answers: the labels' mean entropy, with label smoothing and mixed images."""
    parts, chance = np.linspace(0, 1, _PARTS), recipe.mixing * (1 - 1 / classes)  # that one image has two classes
    labels = np.full((_PARTS, classes), recipe.label_smoothing / classes)
    labels[:, 0] += (1 - recipe.label_smoothing) * (1 - parts)
    labels[:, 1] += (1 - recipe.label_smoothing) * parts
    entropies = -(labels * np.log(np.where(labels > 0, labels, 1))).sum(axis=1)
    return float((1 - chance) * entropies[0] + chance * entropies.mean())


def _never_answered(saved: Evaluation) -> Verdict | None:
    """Judge classes that are never answered, unless they have so few images that this may be chance."""
    answered = np.asarray(saved.confusion).sum(axis=0)
    missed = [
        score
        for score, times in zip(saved.per_class, answered, strict=True)
        if score.support and not times and (1 - saved.accuracy) ** score.support < _BY_CHANCE
    ]
    if not missed:
        return None
    names = ", ".join(f"{score.label} ({score.support:,})" for score in missed[:5])
    more = f" and {len(missed) - 5} more" if missed[5:] else ""
    return Verdict(
        "class-never-answered",
        f"No validation image is answered as {names}{more}, though that many show it. Try more images of "
        f'{"these classes" if missed[1:] else "this class"}, balance = "auto", or more epochs; or check their labels.',
    )


def _overfits(own: Sequence[Epoch], saved: Evaluation, recipe: Recipe) -> Verdict | None:
    losses = [(epoch.val_loss, place) for place, epoch in enumerate(own, 1) if epoch.val_loss is not None]
    (least, best), gap = min(losses), own[-1].accuracy - saved.accuracy
    noise = 3 * math.sqrt(saved.accuracy * (1 - saved.accuracy) / saved.n)
    if gap < max(_GAP, noise) or losses[-1][0] < _RISEN * least:
        return None
    seen = "mixed training images" if recipe.mixing else "training images"
    text = f"The model overfits: it is right on {own[-1].accuracy:.1%} of the {seen} and {saved.accuracy:.1%} "
    text += f"of the validation images. The validation loss was lowest after epoch {best} of {len(own)}. "
    if not learned(saved.confusion):
        text += "That may be chance: check that the labels belong to the images (convlet data show). "
    if recipe.keep == "best":
        kept = own.index(kept_epoch(own, recipe.keep, saved.n)) + 1
        which = "the last, since no earlier one was clearly better" if kept == len(own) else "not the last"
        text += f"Epoch {kept} is kept, {which}. Try "
    else:
        text += f'Try keep = "best", about {best} epochs, '
    text += "augmentation (shift, rotation, zoom, flip, mixing), dropout, a smaller net, or more images."
    return Verdict("overfits", text)
