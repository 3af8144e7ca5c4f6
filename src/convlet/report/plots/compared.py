"""Plot comparisons of models."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from convlet.report.names import shortened
from convlet.report.plots.figure import FIRST, INK, SECOND, Figure, bare, blank, grid, literal, note

_LONGEST_NAME = 36
_Model = tuple[str, float, tuple[float, float], int | None]


def comparison(models: Sequence[_Model], ahead: Sequence[tuple[int, int, float, bool]], title: str) -> Figure:
    """Plot accuracies with their intervals, the difference of each pair, and, if known, accuracy over size.

    Args:
        models: name, accuracy, 95 % interval, parameters or None; most accurate first.
        ahead: two indices into `models`, the first's accuracy minus the second's, and whether that is significant.
        title: what they were judged on.
    """
    sized = [(number, *one[1:3], params) for number, one in enumerate(models, 1) if (params := one[3])]
    panels, side = (3 if len(sized) > 1 else 2), 0.44 * max(6, len(models))
    width, ratios = 4.8 + side + 4.4 * (panels - 2), [3.4, side, *[3.6] * (panels - 2)]
    figure, axes = blank(width, side + 1.2, 1, panels, width_ratios=ratios)
    _intervals(axes[0], models)
    _ahead(axes[1], len(models), ahead)
    if panels == 3:
        _sizes(axes[2], sized)
    figure.suptitle(literal(title), fontsize=11)
    return figure


def _intervals(axes: Any, models: Sequence[_Model]) -> None:
    for place, (_, accuracy, interval, _) in enumerate(models):
        color = FIRST if place == 0 else SECOND
        axes.plot(interval, [place, place], color=color, linewidth=3, solid_capstyle="round", alpha=0.45)
        axes.plot(accuracy, place, "o", color=color)
        note(axes, f"{accuracy:.2%}", (accuracy, place), (0, 6), ha="center", va="baseline", fontsize=7)
    names = [f"{literal(shortened(name, _LONGEST_NAME))}  {number}" for number, (name, *_) in enumerate(models, 1)]
    axes.set_yticks(range(len(models)), names)
    axes.set_ylim(len(models) - 0.5, -0.5)
    axes.set_title("Accuracy, with its 95 % interval", fontsize=10)
    axes.xaxis.get_major_locator().set_params(nbins=6)
    axes.xaxis.set_major_formatter("{x:.1%}")
    grid(axes)


def _ahead(axes: Any, count: int, ahead: Sequence[tuple[int, int, float, bool]]) -> None:
    """Plot a matrix of the row's accuracy minus the column's, in points; dark blue if significant."""
    shade = np.full((count, count), np.nan)
    for row, column, difference, real in ahead:
        shade[row, column] = 0.75 if real else 0.08
        points = f"{difference * 100:.{2 if count <= 12 else 1}f}"
        axes.text(column, row, points, ha="center", va="center", fontsize=7, color="white" if real else INK)
    axes.imshow(shade, cmap="Blues", vmin=0, vmax=1, aspect="auto")  # rows align with the intervals
    axes.set_xticks(range(count), range(1, count + 1))
    axes.set_yticks(range(count), range(1, count + 1))
    axes.set_title("Points ahead\n(dark: not by chance)", fontsize=10)
    bare(axes)


def _sizes(axes: Any, sized: Sequence[tuple[int, float, tuple[float, float], int]]) -> None:
    spread = sized[0][1] - sized[-1][1]
    labels: list[tuple[int, float, list[int]]] = []
    for number, accuracy, interval, params in sized:
        color = FIRST if number == 1 else SECOND
        axes.plot([params, params], interval, color=color, linewidth=2, solid_capstyle="round", alpha=0.35)
        axes.plot(params, accuracy, "o", color=color)
        beside = next((label for label in labels if label[0] == params and label[1] - accuracy <= spread / 20), None)
        if beside:  # seeds of one recipe would overlap
            beside[2].append(number)
        else:
            labels.append((params, accuracy, [number]))
    for params, accuracy, numbers in labels:
        note(axes, ", ".join(map(str, numbers)), (params, accuracy), (7, 0))
    axes.set_xscale("log")
    sizes = [one[3] for one in sized]
    axes.set_xlim(min(sizes) / 4, 4 * max(sizes))  # over a decade: few ticks
    axes.set_title("Accuracy over parameters", fontsize=10)
    axes.yaxis.set_major_formatter("{x:.1%}")
    grid(axes)
