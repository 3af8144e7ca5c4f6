"""Draw the plots of a report as SVG in the page's colors.

Matplotlib's SVG of a reliability diagram has 16 kB instead of 5 and takes over seventy times as long
(`benchmarks.own_parts`).
"""

import math
from collections.abc import Callable, Sequence

from convlet.evaluation import Rejection, ReliabilityBin
from convlet.report.facts import Curve
from convlet.report.markup import Markup, count, element

_WIDTH, _LEFT, _RIGHT, _TOP = 380, 52, 20, 12
_FIFTHS = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
_Scale = Callable[[float], float]


def reliability(bins: Sequence[ReliabilityBin]) -> Markup:
    """Plot accuracy against confidence with 95 % intervals, and the number of images in each bin."""
    x, y = _scale(0, 1, _LEFT, _WIDTH - _RIGHT), _scale(0, 1, 270, _TOP)
    ground = 350.0
    filled = [one for one in bins if one.images]
    most = math.log1p(max(one.images for one in filled))
    drawn = [*_grid(x, y, _FIFTHS, _FIFTHS, "{:.0%}"), _line(x(0), y(0), x(1), y(1), "ideal")]
    for one in filled:
        sure, right = one.confidence or 0.0, one.accuracy or 0.0
        low, high = one.interval_95
        left, width, height = x(one.low) + 1, x(one.high) - x(one.low) - 2, max(2, 44 * math.log1p(one.images) / most)
        parts = [
            element("title", f"{count(one.images, 'image')}: {sure:.1%} sure, {right:.1%} right"),
            element("rect", x=_r(left), y=_r(ground - height), width=_r(width), height=_r(height), class_="count"),
            _line(x(sure), y(low), x(sure), y(high), "interval"),
            element("circle", cx=_r(x(sure)), cy=_r(y(right)), r=4.5, class_="dot"),
        ]
        drawn.append(element("g", parts))
    drawn += [
        _line(x(0), ground, x(1), ground, "ground"),
        _text(_LEFT, 302, "images in each bin (logarithmic)", "start"),
        *(_text(x(tick), ground + 16, f"{tick:.0%}") for tick in _FIFTHS),
        _text((x(0) + x(1)) / 2, ground + 36, "confidence: the probability of the answer"),
        _aside(y(0.5), "accuracy"),
    ]
    fullest = max(filled, key=lambda one: one.images)
    told = f"Accuracy against confidence. The fullest of {len(filled)} bins of confidence: "
    told += f"{count(fullest.images, 'image')}, {fullest.confidence:.1%} sure, {fullest.accuracy:.1%} right."
    return _svg(told, 394, drawn)


def rejection(found: Rejection) -> Markup:
    """Plot the accuracy of accepted images against their fraction, and mark the threshold."""
    points = [(point.accepted, point.accuracy) for point in found.curve]
    own = [(found.accepted, found.accuracy_of_accepted)] if found.accuracy_of_accepted is not None else []
    accepted, accuracies = (_ticks([point[axis] for point in points + own]) for axis in (0, 1))
    x = _scale(accepted[0], accepted[-1], _LEFT + 8, _WIDTH - _RIGHT - 8)
    y = _scale(accuracies[0], accuracies[-1], 270, _TOP)
    drawn = _grid(x, y, accepted, accuracies, f"{{:.{_digits(accuracies)}%}}")
    drawn.append(element("polyline", points=" ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points), class_="curve"))
    for a, b in own:
        told = element("title", f"threshold {found.threshold:.3f}: {a:.2%} accepted, {b:.2%} of them right")
        drawn.append(element("circle", told, cx=_r(x(a)), cy=_r(y(b)), r=6, class_="own"))
    drawn += [_text(x(tick), 288, f"{tick:.{_digits(accepted)}%}") for tick in accepted]
    drawn += [_text((_LEFT + _WIDTH) / 2, 308, "images accepted"), _aside(141, "accuracy of the accepted")]
    first, last = points[0], points[-1]
    ends = f"{first[1]:.2%} with {first[0]:.0%} of the images accepted, {last[1]:.2%} with {last[0]:.0%}"
    return _svg(f"Accuracy of the accepted: {ends}.", 316, drawn)


def learning(curve: Curve, validated_on: str) -> Markup:
    """Plot accuracy or loss over the epochs, in training and in validation."""
    percent = curve.what == "accuracy"
    epochs = len(curve.train)
    validated = [(epoch, value) for epoch, value in enumerate(curve.validation, 1) if value is not None]
    ticks = _ticks([*curve.train, *(value for _, value in validated)], 1.0 if percent else math.inf)
    step = max(1, math.ceil((epochs - 1) / 6))
    across = [1.0, *(float(epoch) for epoch in range(1 + step, epochs - step // 2, step)), float(epochs)]
    shape = f"{{:.{_digits(ticks)}%}}" if percent else f"{{:.{_digits(ticks) + 2}f}}"
    x, y = _scale(1, max(2, epochs), _LEFT + 8, _WIDTH - _RIGHT), _scale(ticks[0], ticks[-1], 240, _TOP)
    drawn = [*_grid(x, y, across, ticks, shape), *(_text(x(tick), 258, f"{tick:.0f}") for tick in across)]
    told = []
    for place, (name, kind, values) in enumerate(
        (("training", "train", [*enumerate(curve.train, 1)]), (validated_on, "curve", validated))
    ):
        if not values:
            continue
        points = [(x(epoch), y(value)) for epoch, value in values]
        drawn.append(element("polyline", points=" ".join(f"{a:.1f},{b:.1f}" for a, b in points), class_=kind))
        left, last = _LEFT + 8 + 168 * place, f"{values[-1][1]:.2%}" if percent else f"{values[-1][1]:.4f}"
        drawn.append(element("circle", cx=_r(points[-1][0]), cy=_r(points[-1][1]), r=4, class_=f"{kind} end"))
        drawn += [_line(left, 296, left + 18, 296, kind), _text(left + 25, 300, f"{name} {last}", "start")]
        told.append(f"{name} ends at {last}")
    drawn += [_text((_LEFT + _WIDTH) / 2, 277, "epoch"), _aside(126, curve.what)]
    return _svg(f"{curve.what.capitalize()} over {count(epochs, 'epoch')}: {', '.join(told)}.", 306, drawn)


def _svg(told: str, height: int, drawn: Sequence[Markup]) -> Markup:
    return element("svg", drawn, viewBox=f"0 0 {_WIDTH} {height}", role="img", aria_label=told, class_="chart")


def _grid(x: _Scale, y: _Scale, across: Sequence[float], up: Sequence[float], text: str) -> list[Markup]:
    low, high = y(up[0]), y(up[-1])
    lines = [_line(x(tick), low, x(tick), high, "grid") for tick in across]
    lines += [_line(x(across[0]), y(tick), x(across[-1]), y(tick), "grid") for tick in up]
    return lines + [_text(x(across[0]) - 7, y(tick) + 4, text.format(tick), "end") for tick in up]


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return element("line", x1=_r(x1), y1=_r(y1), x2=_r(x2), y2=_r(y2), class_=kind)


def _text(x: float, y: float, words: str, anchor: str = "middle") -> Markup:
    return element("text", words, x=_r(x), y=_r(y), text_anchor=anchor)


def _aside(y: float, words: str) -> Markup:
    return element("text", words, x=11, y=_r(y), text_anchor="middle", transform=f"rotate(-90 11 {_r(y)})")


def _scale(low: float, high: float, start: float, end: float) -> _Scale:
    return lambda value: start + (value - low) / (high - low) * (end - start)


def _ticks(values: Sequence[float], most: float = 1.0) -> list[float]:
    """Return four to eight round numbers around values from 0 to `most`."""
    low, high = min(values), max(values)
    if high - low < 1e-4:
        low = max(0.0, high - 0.05)
        high = min(most, low + 0.1)
    rough = (high - low) / 4
    unit = 10.0 ** math.floor(math.log10(rough))
    step = max(unit * factor for factor in (1, 2, 5) if unit * factor <= rough * (1 + 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]


def _digits(ticks: Sequence[float]) -> int:
    """Return the number of decimals that distinguishes ticks in percent."""
    return max(0, math.ceil(-math.log10(ticks[1] - ticks[0]) - 1e-9) - 2)


def _r(value: float) -> str:
    return f"{value:.1f}"
