"""Plot a search: its history, what mattered, how settings combine."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.report.plots.figure import FIRST, INK, LEGEND, LINE, SECOND, SOFT, Figure, bare, blank, grid, literal, note

_BOX = {"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.75}


def bars(weights: Mapping[str, float], title: str, what: str) -> Figure:
    """Plot a bar for each name, from the top down."""
    figure, axes = blank(6.4, 1.2 + 0.3 * len(weights))
    places = np.arange(len(weights))[::-1]
    axes.barh(places, list(weights.values()), color=FIRST, height=0.65)
    for place, weight in zip(places, weights.values(), strict=True):
        note(axes, f"{weight:.0%}", (weight, place), (4, 0))
    axes.set_yticks(places, [literal(name) for name in weights])
    axes.set(xlabel=what, title=title)
    axes.xaxis.set_major_formatter("{x:.0%}")
    axes.margins(x=0.1)
    grid(axes, "x")
    return figure


def search_history(numbers: Sequence[int], values: Sequence[float], ended_early: Sequence[int], what: str) -> Figure:
    """Plot the value of each finished trial, the best so far, and the trials that ended early."""
    figure, axes = blank(6.4, 4.0)
    best = np.maximum.accumulate(values)
    axes.plot(numbers, values, "o", markersize=5, alpha=0.7, color=SECOND, label="a trial")
    worth = f"{best[-1]:{'.2%' if _is_part(what) else '.2f'}}"
    axes.step(numbers, best, where="post", color=FIRST, label=f"the best so far: {worth}")
    if ended_early:
        foot = {"transform": axes.get_xaxis_transform(), "label": "ended early"}
        axes.plot(ended_early, [0.02] * len(ended_early), "x", markersize=4, color=SOFT, **foot)
    low = np.quantile(values, 0.1)  # so that outliers do not flatten the rest
    if best[-1] > low:
        room = 0.15 * (best[-1] - low)
        floor = max(min(values), low - (best[-1] - low)) - room
        axes.set_ylim(floor, best[-1] + room)
        if hidden := sum(value < floor for value in values):
            axes.annotate(f"{hidden} below", (0.02, 0.06), xycoords="axes fraction", fontsize=8, color=SOFT)
    axes.set(xlabel="trial", ylabel=what, title="The search, trial by trial")
    axes.xaxis.get_major_locator().set_params(integer=True)
    if _is_part(what):
        axes.yaxis.set_major_formatter("{x:.2%}")
    grid(axes)
    axes.legend(**LEGEND, loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=3)  # trials may be anywhere
    return figure


def parallel_coordinates(settings: Mapping[str, Sequence[Any]], values: Sequence[float], what: str) -> Figure:
    """Plot a line for each trial through its settings, colored by its value, with the best on top."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    figure, axes = blank(max(6.4, 1.25 * len(settings) + 1.5), 4.6)
    places = np.arange(len(settings))
    heights = np.empty((len(values), len(settings)))
    for place, given in enumerate(settings.values()):
        heights[:, place], ticks = _on_an_axis(given)
        axes.axvline(place, color=LINE, linewidth=1, zorder=1)
        for height, text in ticks:
            note(axes, text, (place, height), (4, 0), fontsize=7, color=INK, zorder=4, bbox=_BOX)
    scale = Normalize(float(np.quantile(values, 0.1)), max(values))
    for index in np.argsort(values):
        shade = colormaps["viridis_r"](scale(values[index]))
        axes.plot(places, heights[index], color=shade, alpha=0.75, linewidth=1.3, zorder=2)
    axes.set_xticks(places, [literal(name) for name in settings], rotation=20, ha="right", fontsize=8)
    axes.set_yticks([])
    axes.set_xlim(-0.2, len(settings) - 0.4)
    bare(axes)
    axes.set_title("The settings of the trials")
    labels = "{x:.2%}" if _is_part(what) else None
    figure.colorbar(ScalarMappable(scale, "viridis_r"), ax=axes, label=what, format=labels, pad=0.01)
    return figure


def _on_an_axis(given: Sequence[Any]) -> tuple[NDArray[np.float64], list[tuple[float, str]]]:
    """Return the positions of values on an axis from 0 to 1, and its ticks: every value if few, else three."""
    distinct = sorted(set(given), key=lambda value: (isinstance(value, str), value))
    if len(distinct) <= 6 or isinstance(distinct[-1], str):
        height = {value: (index + 0.5) / len(distinct) for index, value in enumerate(distinct)}
        return np.array([height[value] for value in given]), [(place, str(value)) for value, place in height.items()]
    numbers = np.asarray(given, float)
    by_size = numbers.min() > 0 and numbers.max() / numbers.min() > 20
    shown = np.log(numbers) if by_size else numbers
    low, high = shown.min(), shown.max()
    ticks = [(part, low + part * (high - low)) for part in (0.0, 0.5, 1.0)]
    return (shown - low) / (high - low), [(part, f"{np.exp(value) if by_size else value:.3g}") for part, value in ticks]


def _is_part(what: str) -> bool:
    """Whether a value reads better in percent."""
    return what == "the validation accuracy"
