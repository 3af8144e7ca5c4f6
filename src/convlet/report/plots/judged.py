"""Plot a training and its model: curves, confusion matrix, reliability, rejection."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from convlet.report.names import shortened
from convlet.report.plots.figure import (
    FIRST,
    INK,
    LEGEND,
    LINE,
    SECOND,
    SOFT,
    Figure,
    bare,
    blank,
    grid,
    literal,
    mixed,
)

if TYPE_CHECKING:
    from convlet.evaluation import Evaluation, Rejection

_LONGEST_NAME = 28
_LARGEST = 24.0  # inches, at 150 dots each


def curve(
    train: Sequence[float],
    validation: Sequence[float | None],
    what: str,
    validated_on: str,
    kept: Sequence[int] = (),
) -> Figure:
    """Plot one quantity over the epochs, for training and, if available, validation.

    Args:
        train: the value of each epoch.
        validation: the value of each epoch, None where it was not validated.
        what: "accuracy" or "loss".
        validated_on: the name of the split.
        kept: the numbers of the epochs whose weights the model has, marked unless that is just the last.
    """
    figure, axes = blank(6.4, 4.0)
    epochs = np.arange(1, len(train) + 1)
    percent = what == "accuracy"
    few = len(train) <= 30
    # told apart by their colors, and without any by their strokes
    for given, color, name, look in (
        (train, FIRST, "training", {"linestyle": "--", "marker": "o" if few else ""}),
        (validation, SECOND, validated_on, {"marker": "s" if few else ""}),
    ):
        values = np.array(given, np.float64)
        there = np.isfinite(values)
        label = f"{name}: {values[-1]:{'.2%' if percent else '.4f'}}"
        axes.plot(epochs[there], values[there], markersize=4, color=color, label=label, **look)
    for epoch in kept if list(kept) != [len(train)] else ():
        axes.axvline(epoch, color=SOFT, linestyle=":", label="kept" if epoch == kept[0] else None)
    axes.set(xlabel="epoch", ylabel=what, title=f"{what.capitalize()}, epoch by epoch")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.margins(x=0.03)
    if percent:
        axes.yaxis.set_major_formatter("{x:.1%}")
    else:
        axes.set_ylim(bottom=0)
    grid(axes)
    axes.legend(**LEGEND, loc="lower right" if percent else "upper right")
    return figure


def confusion_matrix(confusion: Sequence[Sequence[int]], class_names: Sequence[str], title: str) -> Figure:
    """Plot the confusion matrix: right answers blue, mistakes amber, darker the larger a part of their row."""
    counts = np.asarray(confusion)
    parts = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    right = np.eye(len(counts), dtype=bool)
    often = np.max(parts[~right], initial=0)
    shares = np.where(right, parts, np.sqrt(parts / (often or 1)))  # the root makes rare mistakes visible
    class_names = [literal(shortened(name, _LONGEST_NAME)) for name in class_names]
    side = min(max(4.8, 1.6 + 0.48 * len(class_names)), _LARGEST)
    figure, axes = blank(side + 0.4, side)
    axes.imshow(np.where(right[..., None], mixed(FIRST, shares), mixed(SECOND, 0.85 * shares)))
    ticks = np.arange(len(class_names))
    long_names = max(map(len, class_names)) > 3
    axes.set_xticks(ticks, class_names, rotation=45 if long_names else 0, ha="right" if long_names else "center")
    axes.set_yticks(ticks, class_names)
    if len(class_names) <= 40:
        for (row, column), count in np.ndenumerate(counts):
            if count:
                dark = row == column and shares[row, column] > 0.65
                axes.text(column, row, f"{count}", ha="center", va="center", fontsize=8, color="white" if dark else INK)
    axes.set(xlabel="the model's answer", ylabel="the label", title=literal(title))
    bare(axes)
    return figure


def reliability(evaluation: "Evaluation") -> Figure:
    """Plot accuracy against confidence with 95 % intervals, and the number of images in each bin."""
    figure, (axes, counts) = blank(4.8, 5.4, 2, 1, sharex=True, height_ratios=[4, 1])
    filled = [one for one in evaluation.reliability if one.images]
    low, high = np.transpose([one.interval_95 for one in filled])
    axes.plot([0, 1], [0, 1], linestyle="--", color=SOFT, linewidth=1, label="perfectly calibrated")
    confidences = [one.confidence for one in filled]
    axes.vlines(confidences, low, high, color=FIRST, alpha=0.4, linewidth=2)
    dots = {"markersize": 5, "clip_on": False, "zorder": 3}  # whole at 0 and 1, too
    axes.plot(confidences, [one.accuracy for one in filled], "o", color=FIRST, label="images of one bin", **dots)
    axes.set(ylabel="accuracy", title=f"Reliability: calibration error {evaluation.ece:.2%}")
    axes.legend(**LEGEND, loc="lower right")
    middles = [(one.low + one.high) / 2 for one in filled]
    counts.bar(middles, [one.images for one in filled], width=0.9 / len(evaluation.reliability), color=LINE)
    counts.set_yscale("log")
    counts.set_ylim(bottom=0.7)  # so that a bin with one image shows
    counts.set(ylabel="images", xlabel="confidence: the probability of the answer")
    for each in (axes, counts):
        each.set_xlim(0, 1)
        grid(each)
    axes.set_ylim(0, 1.02)
    return figure


def rejection(found: "Rejection") -> Figure:
    """Plot the accuracy of accepted images against their fraction, with the threshold."""
    figure, axes = blank(6.4, 4.0)
    accepted, accuracies = np.transpose([(point.accepted, point.accuracy) for point in found.curve])
    axes.plot(accepted, accuracies, marker=".", color=FIRST)
    if found.accuracy_of_accepted is not None:
        name = f"threshold {found.threshold:.3f}: {found.accepted:.2%} accepted, {found.accuracy_of_accepted:.2%} right"
        axes.plot(found.accepted, found.accuracy_of_accepted, "o", markersize=9, color=SECOND, label=name)
        axes.legend(**LEGEND, loc="lower left")
    axes.set(xlabel="accepted images", ylabel="accuracy of the accepted", title="Refusing uncertain images")
    axes.xaxis.set_major_formatter("{x:.0%}")
    axes.yaxis.set_major_formatter("{x:.2%}")
    grid(axes)
    return figure
