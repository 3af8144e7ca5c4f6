"""The parts of a report below its headline, each a heading, a sentence that says how to read it, and the figures."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from convlet.evaluation import Evaluation, Rejection, RejectionPoint, Robustness
from convlet.evaluation.metrics import Case
from convlet.report import charts
from convlet.report.cards import Cards
from convlet.report.markup import Content, Markup, count, element, join, name, percent
from convlet.report.pictures import data_url

_TABLE_OPEN = 40  # classes: a longer table starts folded
_MISCALIBRATED = 0.02
_ASKED_FOR = (1, 0.995, 0.99, 0.98, 0.97, 0.95, 0.9, 0.8, 0.5)


def section(key: str, title: str, explained: Content, *content: Content) -> Markup:
    """One part of the page; `key` is its id."""
    return element(
        "section",
        element("h2", title, id=f"{key}-title"),
        element("p", explained, class_="how"),
        *content,
        id=key,
        aria_labelledby=f"{key}-title",
    )


def classes(found: Evaluation) -> Markup:
    """Precision, recall, F1 of each class, with its missed images as a bar."""
    missed = [score.support - found.confusion[index][index] for index, score in enumerate(found.per_class)]
    most = max(*missed, 1)
    titles = [element("th", text, scope="col", class_=kind) for text, kind in _COLUMNS]
    rows = [
        element(
            "tr",
            element("th", name(score.label), scope="row"),
            element("td", f"{score.support:,}", class_="number"),
            [
                element("td", f"{value:.2%}" if score.support or value else "-", class_="number")
                for value in (score.precision, score.recall, score.f1)
            ],
            element("td", element("span", f"{lost:,}"), class_="number missed bar", style=f"--part:{lost / most:.1%}"),
        )
        for score, lost in zip(found.per_class, missed, strict=True)
    ]
    table = element(
        "div", element("table", element("thead", element("tr", titles)), element("tbody", rows)), class_="scroll"
    )
    if len(rows) > _TABLE_OPEN:
        table = element("details", element("summary", f"All {len(rows):,} classes"), table)
    how = "Precision: of the images called so, how many are. Recall: of the images that are, how many were found. F1 balances the two."
    return section("classes", "Each class", how, table)


_COLUMNS = (
    ("Class", None),
    ("Images", "number"),
    ("Precision", "number"),
    ("Recall", "number"),
    ("F1", "number"),
    ("Missed", "number missed"),
)


def cases(key: str, title: str, how: str, nothing: str, found: tuple[Case, ...], cards: Cards) -> Markup:
    """A list of images, or a line that says why there are none."""
    content = (
        cards.grid([case.index for case in found], of_label=key == "suspects")
        if found
        else element("p", nothing, class_="nothing")
    )
    return section(key, title, how, content)


def reliability(found: Evaluation) -> Markup:
    """The reliability plot, and its numbers for those who cannot see it."""
    sure = sum(one.images * (one.confidence or 0) for one in found.reliability) / found.n
    verdict = f"On average the model is {sure:.2%} sure and {found.accuracy:.2%} right. "
    if found.ece <= _MISCALIBRATED:
        verdict += "Its probabilities can be taken at their word."
    elif sure < found.accuracy:
        verdict += "It is right more often than it says."
    else:
        verdict += "It says more than it keeps."
    numbers = _numbers(
        "The numbers",
        ("Confidence", "Images", "Mean confidence", "Accuracy"),
        [
            (
                f"{one.low:.0%} to {one.high:.0%}",
                f"{one.images:,}",
                percent(one.confidence or 0),
                percent(one.accuracy or 0),
            )
            for one in found.reliability
            if one.images
        ],
    )
    how = (
        "Dots on the dashed line mean: of the images the model is 80% sure of, 80% are right. Above it the model is better than it says, below "
        "it worse. The stroke through a dot is its 95% interval, long where images are few."
    )
    side = element(
        "div",
        element("p", verdict, class_="verdict"),
        element("p", f"Calibration error (ECE): {found.ece:.2%}"),
        numbers,
    )
    return section(
        "reliability",
        "Reliability",
        how,
        element("div", element("figure", charts.reliability(found.reliability)), side, class_="beside"),
    )


def rejection(found: Rejection) -> Markup:
    """What the threshold refuses, and what other thresholds would."""
    if found.accuracy_of_accepted is None:
        verdict = "It refuses every image of this split."
    else:
        verdict = f"It accepts {found.accepted:.2%} of these images and is right on {found.accuracy_of_accepted:.2%} of those."
    refused = f"It refuses {count(found.refused, 'image')}."
    how = f"Where its answer has a probability below {found.threshold:.3f}, the model says that the image is none of its classes. "
    how += "The curve shows other thresholds."
    others = [
        (f"{point.threshold:.3f}", f"{point.accepted:.1%}", f"{point.accuracy:.2%}") for point in _spread(found.curve)
    ]
    numbers = _numbers("Other thresholds", ("Threshold", "Accepted", "Right of these"), others)
    side = element("div", element("p", verdict, class_="verdict"), element("p", refused), numbers)
    return section(
        "rejection", "Rejection", how, element("div", element("figure", charts.rejection(found)), side, class_="beside")
    )


def _spread(curve: Sequence[RejectionPoint]) -> list[RejectionPoint]:
    """Of a curve the points nearest to fractions that people ask for."""
    return sorted(
        {min(curve, key=lambda point: abs(point.accepted - wanted)) for wanted in _ASKED_FOR},
        key=lambda point: -point.accepted,
    )


def _numbers(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """A plot's numbers, for those who cannot see it or want them exactly."""
    head = element("tr", [element("th", text, scope="col", class_="number") for text in columns])
    body = [element("tr", [element("td", text, class_="number") for text in row]) for row in rows]
    return element(
        "details", element("summary", title), element("table", element("thead", head), element("tbody", body)), open=""
    )


def robustness(found: Robustness, accuracy: float, examples: Mapping[str, NDArray[np.uint8]]) -> Markup:
    """A bar for each corruption, the hardest first, with an image as the model got it."""
    rows = []
    for key, value in sorted(found.corruptions.items(), key=lambda item: item[1]):
        words = key.replace("_", " ")
        image = (
            element("img", src=data_url(examples[key]), alt=f"An image under {words}", class_="shot", loading="lazy")
            if key in examples
            else ""
        )
        bar = element(
            "span",
            element("span", style=f"width:{value:.1%}", class_="fill"),
            class_="track",
            style=f"--clean:{accuracy:.1%}",
        )
        parts = [
            element("span", image, class_="sample"),
            element("span", words, class_="what"),
            bar,
            element("span", f"{value:.1%}", class_="number"),
        ]
        rows.append(element("li", parts))
    how = join(
        [
            "Accuracy on the same images, corrupted in ways the model was never trained on (MNIST-C, Mu and Gilmer 2019). Mean: ",
            element("strong", f"{found.mean:.2%}"),
            f"; untouched: {accuracy:.2%}, the mark on each bar.",
        ]
    )
    return section("robustness", "Robustness", how, element("ol", rows, class_="bars"))
