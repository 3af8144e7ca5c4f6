"""The pictures convlet makes: training curves, confusion matrix, reliability, rejection, images of a data set.

Matplotlib's object interface draws them without a display and without touching the caller's own figures.
"""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from convlet.files import replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from convlet.evaluation import Evaluation, Rejection

_LARGEST = 24.0  # inches, at 150 dots each
_LONGEST_NAME = 36
TRAIN_COLOUR, VALIDATION_COLOUR = "#1f6f8b", "#e07a1f"
_Model = tuple[str, float, tuple[float, float], int | None]


def save(figure: "Figure", path: Path) -> None:
    """Write a figure in the format its suffix names, whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    with replacing(path) as temporary, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # a script the fonts lack is drawn as boxes
        figure.savefig(temporary, format=path.suffix.lstrip(".") or "png")


def curve(train: Sequence[float], validation: Sequence[float], what: str, validated_on: str) -> "Figure":
    """One quantity over the epochs, of the training images and of what they were validated on."""
    figure, axes = _figure(6.4, 4.0)
    epochs = np.arange(1, len(train) + 1)
    percent = what == "accuracy"
    marker = "o" if len(train) <= 30 else ""
    for values, colour, name in ((train, TRAIN_COLOUR, "training"), (validation, VALIDATION_COLOUR, validated_on)):
        axes.plot(epochs, values, marker=marker, markersize=4, color=colour, label=f"{name}: {_number(values[-1], percent)}")
    axes.set_xlabel("epoch")
    axes.set_ylabel(what)
    axes.set_title(f"{what.capitalize()}, epoch by epoch")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.margins(x=0.03)
    if percent:
        axes.yaxis.set_major_formatter("{x:.1%}")
    else:
        axes.set_ylim(bottom=0)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right" if percent else "upper right")
    return figure


def confusion_matrix(confusion: Sequence[Sequence[int]], class_names: Sequence[str], title: str) -> "Figure":
    """The confusion matrix; colour shows the fraction of each row, so that a rare class is as visible as a common one."""
    counts = np.asarray(confusion)
    rows = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    class_names = [_literal(name) for name in class_names]
    side = min(max(4.8, 1.6 + 0.48 * len(class_names)), _LARGEST)
    figure, axes = _figure(side + 0.4, side)
    axes.imshow(np.sqrt(counts / rows), cmap="Blues", vmin=0, vmax=1)  # the root lifts a few errors out of the white
    ticks = np.arange(len(class_names))
    long_names = max(map(len, class_names)) > 3
    axes.set_xticks(ticks, class_names, rotation=45 if long_names else 0, ha="right" if long_names else "center")
    axes.set_yticks(ticks, class_names)
    if len(class_names) <= 40:
        for (row, column), count in np.ndenumerate(counts):
            if count:
                dark = count / rows[row, 0] > 0.35
                axes.text(column, row, f"{count}", ha="center", va="center", fontsize=8, color="white" if dark else "#223")
    axes.set_xlabel("the model's answer")
    axes.set_ylabel("the label")
    axes.set_title(_literal(title))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def reliability(evaluation: "Evaluation") -> "Figure":
    """Accuracy against confidence in each bin, with its 95 % interval; below, how many images stand behind it."""
    figure, (axes, counts) = _figure(4.8, 5.4, 2, 1, sharex=True, height_ratios=[4, 1])
    filled = [one for one in evaluation.reliability if one.images]
    low, high = np.transpose([one.interval_95 for one in filled])
    axes.plot([0, 1], [0, 1], linestyle="--", color="#778", linewidth=1, label="as sure as right")
    axes.vlines([one.confidence for one in filled], low, high, color=TRAIN_COLOUR, alpha=0.4, linewidth=2)
    axes.plot(
        [one.confidence for one in filled],
        [one.accuracy for one in filled],
        "o",
        color=TRAIN_COLOUR,
        markersize=5,
        label="images of one bin",
    )
    axes.set_ylabel("accuracy")
    axes.set_title(f"Reliability: calibration error {evaluation.ece:.2%}")
    axes.legend(frameon=False, loc="lower right")
    counts.bar(
        [(one.low + one.high) / 2 for one in filled], [one.images for one in filled], width=0.9 / len(evaluation.reliability), color="#9ab"
    )
    counts.set_yscale("log")
    counts.set_ylim(bottom=0.7)  # so that a bin of one image shows
    counts.set_ylabel("images")
    counts.set_xlabel("confidence: the probability of the answer")
    for each in (axes, counts):
        each.set_xlim(0, 1)
        each.grid(alpha=0.25)
        each.spines[["top", "right"]].set_visible(False)
    axes.set_ylim(0, 1.02)
    return figure


def rejection(found: "Rejection") -> "Figure":
    """Accuracy of the accepted images against the fraction accepted, with the model's own threshold."""
    figure, axes = _figure(6.4, 4.0)
    axes.plot([point.accepted for point in found.curve], [point.accuracy for point in found.curve], marker=".", color=TRAIN_COLOUR)
    if found.accuracy_of_accepted is not None:
        name = f"threshold {found.threshold:.3f}: {found.accepted:.2%} accepted, {found.accuracy_of_accepted:.2%} of them right"
        axes.plot(found.accepted, found.accuracy_of_accepted, "o", markersize=9, color=VALIDATION_COLOUR, label=name)
        axes.legend(frameon=False, loc="lower left")
    axes.set_xlabel("accepted images")
    axes.set_ylabel("accuracy of the accepted")
    axes.set_title("Refusing what the model is unsure of")
    axes.xaxis.set_major_formatter("{x:.0%}")
    axes.yaxis.set_major_formatter("{x:.2%}")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def comparison(models: Sequence[_Model], ahead: Sequence[tuple[int, int, float, bool]], title: str) -> "Figure":
    """Models side by side: accuracy with its interval, by how much each is ahead of each other one, and accuracy over size where it is known.

    Args:
        models: name, accuracy, its 95 % interval, parameters or None; the most accurate first.
        ahead: two places in `models`, the first's accuracy less the second's, and whether that is no chance.
        title: what they were judged by.
    """
    sized = [(number, *one[1:3], params) for number, one in enumerate(models, 1) if (params := one[3])]
    panels, side = (3 if len(sized) > 1 else 2), 0.44 * max(6, len(models))
    figure, axes = _figure(4.8 + side + 4.4 * (panels - 2), side + 1.2, 1, panels, width_ratios=[3.4, side, *[3.6] * (panels - 2)])
    _intervals(axes[0], models)
    _ahead(axes[1], len(models), ahead)
    if panels == 3:
        _sizes(axes[2], sized)
    figure.suptitle(_literal(title), fontsize=11)
    return figure


def bars(weights: Mapping[str, float], title: str, what: str) -> "Figure":
    """A bar for each name, from the top down."""
    figure, axes = _figure(6.4, 1.2 + 0.3 * len(weights))
    places = np.arange(len(weights))[::-1]
    axes.barh(places, list(weights.values()), color=TRAIN_COLOUR, height=0.65)
    for place, weight in zip(places, weights.values(), strict=True):
        axes.annotate(f"{weight:.0%}", (weight, place), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8)
    axes.set_yticks(places, [_literal(name) for name in weights])
    axes.set_xlabel(what)
    axes.set_title(title)
    axes.xaxis.set_major_formatter("{x:.0%}")
    axes.margins(x=0.1)
    axes.grid(axis="x", alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def search_history(numbers: Sequence[int], values: Sequence[float], ended_early: Sequence[int], what: str) -> "Figure":
    """The value of each finished trial of a search, the best so far, and which trials were ended early."""
    figure, axes = _figure(6.4, 4.0)
    best = np.maximum.accumulate(values)
    axes.plot(numbers, values, "o", markersize=5, alpha=0.7, color=VALIDATION_COLOUR, label="a trial")
    axes.step(numbers, best, where="post", color=TRAIN_COLOUR, label=f"the best so far: {_worth(best[-1], what)}")
    if ended_early:
        at_the_foot = axes.get_xaxis_transform()
        axes.plot(ended_early, [0.02] * len(ended_early), "x", markersize=4, color="#889", transform=at_the_foot, label="ended early")
    low = np.quantile(values, 0.1)  # a few that went wrong must not press the others into a line
    if best[-1] > low:
        room = 0.15 * (best[-1] - low)
        floor = max(min(values), low - (best[-1] - low)) - room
        axes.set_ylim(floor, best[-1] + room)
        if hidden := sum(value < floor for value in values):
            axes.annotate(f"{hidden} below", (0.02, 0.06), xycoords="axes fraction", fontsize=8, color="#556")
    axes.set_xlabel("trial")
    axes.set_ylabel(what)
    axes.set_title("The search, trial by trial")
    axes.xaxis.get_major_locator().set_params(integer=True)
    if "accuracy" in what and best[-1] <= 1:
        axes.yaxis.set_major_formatter("{x:.2%}")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right")
    return figure


def parallel_coordinates(settings: Mapping[str, Sequence[Any]], values: Sequence[float], what: str) -> "Figure":
    """A line for each trial through its settings, in the colour of its value; the best lie on top."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    figure, axes = _figure(max(6.4, 1.25 * len(settings) + 1.5), 4.6)
    places = np.arange(len(settings))
    heights = np.empty((len(values), len(settings)))
    for place, given in enumerate(settings.values()):
        heights[:, place], ticks = _on_an_axis(given)
        axes.axvline(place, color="#99a", linewidth=1, zorder=1)
        for height, text in ticks:
            axes.annotate(
                text,
                (place, height),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=7,
                color="#334",
                zorder=4,
                bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.75},
            )
    scale = Normalize(float(np.quantile(values, 0.1)), max(values))
    for index in np.argsort(values):
        axes.plot(places, heights[index], color=colormaps["viridis_r"](scale(values[index])), alpha=0.75, linewidth=1.3, zorder=2)
    axes.set_xticks(places, [_literal(name) for name in settings], rotation=20, ha="right", fontsize=8)
    axes.set_yticks([])
    axes.set_xlim(-0.2, len(settings) - 0.4)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set_title("What the trials were made of")
    figure.colorbar(ScalarMappable(scale, "viridis_r"), ax=axes, label=what, format="{x:.2%}" if max(values) <= 1 else None, pad=0.01)
    return figure


def _on_an_axis(given: Sequence[Any]) -> tuple[NDArray[np.float64], list[tuple[float, str]]]:
    """Where values lie on an axis from 0 to 1, and what is written beside it: each of a few, the ends and the middle of many numbers."""
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


def _worth(value: float, what: str) -> str:
    return f"{value:.2%}" if what.startswith("the validation") else f"{value:.2f}"


def _intervals(axes: Any, models: Sequence[_Model]) -> None:
    for place, (_, accuracy, interval, _) in enumerate(models):
        colour = TRAIN_COLOUR if place == 0 else VALIDATION_COLOUR
        axes.plot(interval, [place, place], color=colour, linewidth=3, solid_capstyle="round", alpha=0.45)
        axes.plot(accuracy, place, "o", color=colour)
        axes.annotate(f"{accuracy:.2%}", (accuracy, place), xytext=(0, 6), textcoords="offset points", ha="center", fontsize=7)
    axes.set_yticks(range(len(models)), [f"{_literal(_short(name))}  {number}" for number, (name, *_) in enumerate(models, 1)])
    axes.set_ylim(len(models) - 0.5, -0.5)
    axes.set_title("Accuracy, with its 95 % interval", fontsize=10)
    axes.xaxis.get_major_locator().set_params(nbins=6)
    axes.xaxis.set_major_formatter("{x:.1%}")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def _ahead(axes: Any, count: int, ahead: Sequence[tuple[int, int, float, bool]]) -> None:
    """A matrix: the row's accuracy less the column's in points, on dark blue where that is no chance."""
    shade = np.full((count, count), np.nan)
    for row, column, difference, real in ahead:
        shade[row, column] = 0.75 if real else 0.08
        points = f"{difference * 100:.2f}" if count <= 12 else f"{difference * 100:.1f}"
        axes.text(column, row, points, ha="center", va="center", fontsize=7, color="white" if real else "#223")
    axes.imshow(shade, cmap="Blues", vmin=0, vmax=1, aspect="auto")  # its rows beside those of the intervals
    axes.set_xticks(range(count), range(1, count + 1))
    axes.set_yticks(range(count), range(1, count + 1))
    axes.set_title("Points ahead; dark: not by chance", fontsize=10)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _sizes(axes: Any, sized: Sequence[tuple[int, float, tuple[float, float], int]]) -> None:
    spread = sized[0][1] - sized[-1][1]
    labels: list[tuple[int, float, list[int]]] = []
    for number, accuracy, interval, params in sized:
        colour = TRAIN_COLOUR if number == 1 else VALIDATION_COLOUR
        axes.plot([params, params], interval, color=colour, linewidth=2, solid_capstyle="round", alpha=0.35)
        axes.plot(params, accuracy, "o", color=colour)
        beside = next((label for label in labels if label[0] == params and label[1] - accuracy <= spread / 20), None)
        if beside:  # seeds of one recipe: their numbers would lie on one another
            beside[2].append(number)
        else:
            labels.append((params, accuracy, [number]))
    for params, accuracy, numbers in labels:
        axes.annotate(", ".join(map(str, numbers)), (params, accuracy), xytext=(7, 0), textcoords="offset points", va="center", fontsize=8)
    axes.set_xscale("log")
    axes.set_xlim(min(one[3] for one in sized) / 4, 4 * max(one[3] for one in sized))  # over a decade, so that the ticks are few
    axes.set_title("Accuracy over parameters", fontsize=10)
    axes.yaxis.set_major_formatter("{x:.1%}")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def _short(name: str) -> str:
    """A name with its middle left out where it is too long for a picture."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME // 2]}…{name[-_LONGEST_NAME // 2 + 1 :]}"


def single_image(image: NDArray[np.uint8], label: str, title: str) -> "Figure":
    """One image, enlarged, with a scale of its pixel values."""
    figure, axes = _figure(5.2, 4.6)
    shown = axes.imshow(_drawable(image), **_colours(image))
    if image.shape[-1] == 1:
        figure.colorbar(shown, ax=axes, label="pixel value", shrink=0.85)
    axes.set_title(_literal(f"{title}: {label}"))
    axes.set_xlabel("column")
    axes.set_ylabel("row")
    return figure


def image_grid(images: NDArray[np.uint8], labels: Sequence[str], title: str, columns: int = 10) -> "Figure":
    """Images in rows, each with its label above it."""
    rows = -(-len(images) // columns)
    long_names = max(map(len, labels)) > 6
    figure, axes = _figure(columns * (1.15 if long_names else 0.85), rows * 1.08 + 0.5, rows, columns)
    for index, cell in enumerate(np.ravel(axes)):
        cell.axis("off")
        if index < len(images):
            cell.imshow(_drawable(images[index]), **_colours(images[index]))
            cell.set_title(_literal(labels[index]), fontsize=7 if long_names else 9, pad=2)
    figure.suptitle(_literal(title), fontsize=11)
    return figure


def _literal(text: str) -> str:
    """Text in which a dollar sign is a dollar sign and not the start of a formula."""
    return text.replace("$", r"\$")


def _drawable(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return image[..., 0] if image.shape[-1] == 1 else image


def _colours(image: NDArray[np.uint8]) -> dict[str, Any]:
    return {"cmap": "gray", "vmin": 0, "vmax": 255} if image.shape[-1] == 1 else {}


def _figure(width: float, height: float, rows: int = 1, columns: int = 1, **axes: Any) -> tuple["Figure", Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, **axes)


def _number(value: float, percent: bool) -> str:
    return f"{value:.2%}" if percent else f"{value:.4f}"
