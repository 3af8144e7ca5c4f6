"""Write the sections of a report."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from convlet.evaluation import Case, Evaluation, Rejection, Robustness
from convlet.report import charts
from convlet.report.cards import Cards
from convlet.report.commands import label_command
from convlet.report.facts import Training
from convlet.report.markup import Content, Markup, count, div, element, join, name, percent, span, table, td, th, tr
from convlet.report.pictures import data_url

_TABLE_OPEN = 40  # classes; a longer table starts collapsed
_MISCALIBRATED = 0.02
_PAPERS = {
    "MNIST-C": "MNIST-C, Mu and Gilmer 2019",
    "CIFAR-10-C": "CIFAR-10-C, Hendrycks and Dietterich 2019, each image in one of five severities",
}
_ASKED_FOR = (1, 0.995, 0.99, 0.98, 0.97, 0.95, 0.9, 0.8, 0.5)


def section(key: str, title: str, explained: Content, *content: Content) -> Markup:
    """Return a section with the id `key`."""
    return element(
        "section",
        element("h2", title, id=f"{key}-title"),
        element("p", explained, class_="how"),
        *content,
        id=key,
        aria_labelledby=f"{key}-title",
    )


def classes(found: Evaluation) -> Markup:
    """Return precision, recall, F1 and missed images of each class."""
    missed = [score.support - found.confusion[index][index] for index, score in enumerate(found.per_class)]
    most = max(*missed, 1)
    rows = [
        tr(
            th(name(score.label), scope="row"),
            td(f"{score.support:,}", class_="number"),
            [
                td(f"{value:.2%}" if score.support or value else "-", class_="number")
                for value in (score.precision, score.recall, score.f1)
            ],
            td(span(f"{lost:,}"), class_="number missed bar", style=f"--part:{lost / most:.1%}"),
        )
        for score, lost in zip(found.per_class, missed, strict=True)
    ]
    scores = div(table(_COLUMNS, rows), class_="scroll")
    if len(rows) > _TABLE_OPEN:
        scores = element("details", element("summary", f"All {len(rows):,} classes"), scores)
    how = (
        "Precision: how many of the images answered as the class are in it. Recall: how many of its images were found. "
    )
    return section("classes", "Each class", how + "F1 balances the two.", scores)


_COLUMNS = (
    ("Class", None),
    ("Images", "number"),
    ("Precision", "number"),
    ("Recall", "number"),
    ("F1", "number"),
    ("Missed", "number missed"),
)


def cases(key: str, title: str, how: str, nothing: str, found: tuple[Case, ...], cards: Cards) -> Markup:
    """Return a list of images, or the line `nothing`."""
    if not found:
        return section(key, title, how, element("p", nothing, class_="nothing"))
    command: Content = ""
    if key == "suspects" and cards.folder:
        code = element("code", label_command(cards.folder), class_="command", dir="ltr")
        command = element("p", "Put them right, the most doubtful first: ", code)
    return section(key, title, how, command, cards.grid([case.index for case in found], of_label=key == "suspects"))


def reliability(found: Evaluation) -> Markup:
    """Return the reliability plot and its numbers."""
    sure = sum(one.images * (one.confidence or 0) for one in found.reliability) / found.n
    verdict = f"On average the model is {sure:.2%} sure and {found.accuracy:.2%} right. "
    verdict += (
        "Its probabilities are well calibrated."
        if found.ece <= _MISCALIBRATED
        else f"It is {'under' if sure < found.accuracy else 'over'}confident."
    )
    rows = [
        (f"{one.low:.0%} to {one.high:.0%}", f"{one.images:,}", percent(one.confidence), percent(one.accuracy))
        for one in found.reliability
        if one.confidence is not None and one.accuracy is not None
    ]
    numbers = _numbers("The numbers", ("Confidence", "Images", "Mean confidence", "Accuracy"), rows)
    how = (
        "Dots on the dashed line: of the images that the model is 80% sure of, 80% are right. Above it the model is "
        "underconfident, below it overconfident. The stroke through a dot is its 95% interval."
    )
    told = f"Calibration error (ECE): {found.ece:.2%}"
    beside = _beside(charts.reliability(found.reliability), verdict, told, numbers)
    return section("reliability", "Reliability", how, beside)


def rejection(found: Rejection) -> Markup:
    """Show what the threshold refuses, and what other thresholds would."""
    if found.accuracy_of_accepted is None:
        verdict = "It refuses every image of this split."
    else:
        verdict = f"It accepts {found.accepted:.2%} of these images, {found.accuracy_of_accepted:.2%} of those right."
    refused = f"It refuses {count(found.refused, 'image')}."
    how = f"If its answer has a probability below {found.threshold:.3f}, the model refuses the image as none of its "
    how += "classes. The curve shows other thresholds."
    spread = {min(found.curve, key=lambda point: abs(point.accepted - wanted)) for wanted in _ASKED_FOR}
    others = [
        (f"{point.threshold:.3f}", f"{point.accepted:.1%}", f"{point.accuracy:.2%}")
        for point in sorted(spread, key=lambda point: -point.accepted)
    ]
    numbers = _numbers("Other thresholds", ("Threshold", "Accepted", "Right of these"), others)
    return section("rejection", "Rejection", how, _beside(charts.rejection(found), verdict, refused, numbers))


def _beside(chart: Markup, verdict: str, told: str, numbers: Markup) -> Markup:
    side = div(element("p", verdict, class_="verdict"), element("p", told), numbers)
    return div(element("figure", chart), side, class_="beside")


def _numbers(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """Return a plot's numbers, for screen readers and for exact values."""
    body = [tr([td(text, class_="number") for text in row]) for row in rows]
    return element("details", element("summary", title), table([(text, "number") for text in columns], body), open="")


def training(found: Training) -> Markup:
    """Return the learning curves and every setting of the recipe."""
    epochs = len(found.curves[0].train)
    how = f"{count(epochs, 'epoch')}. Training is measured while the net changes, on randomly changed images: "
    how += f"it may be below {found.validated_on}."
    drawn = [element("figure", charts.learning(curve, found.validated_on)) for curve in found.curves]
    settings = [
        div(element("dt", field.replace("_", " ")), element("dd", value)) for field, value in found.settings.items()
    ]
    listed = element("details", element("summary", "Settings"), element("dl", settings), class_="settings")
    return section("training", "Training", how, div(drawn, class_="curves"), listed)


def robustness(found: Robustness, accuracy: float, examples: Mapping[str, NDArray[np.uint8]]) -> Markup:
    """Return a bar for each corruption, hardest first, with an image."""
    rows = []
    for key, value in sorted(found.corruptions.items(), key=lambda item: item[1]):
        words, image = key.replace("_", " "), ""
        if key in examples:
            url, alt = data_url(examples[key]), f"An image under {words}"
            image = element("img", src=url, alt=alt, class_="shot", loading="lazy")
        fill = span(style=f"width:{value:.1%}", class_="fill")
        bar = span(fill, class_="track", style=f"--clean:{accuracy:.1%}")
        what, number = span(words, class_="what"), span(f"{value:.1%}", class_="number")
        rows.append(element("li", span(image, class_="sample"), what, bar, number))
    how = join(
        [
            f"Accuracy on the same images, corrupted in unseen ways ({_PAPERS[found.collection]}). Mean: ",
            element("strong", f"{found.mean:.2%}"),
            f"; uncorrupted: {accuracy:.2%}, marked on each bar.",
        ]
    )
    return section("robustness", "Robustness", how, element("ol", rows, class_="bars"))
