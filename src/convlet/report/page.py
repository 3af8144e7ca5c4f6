"""The whole report, from its headline to its foot."""

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data.disk import Images
from convlet.evaluation import Evaluation
from convlet.report import confusion, sections
from convlet.report.cards import Cards
from convlet.report.facts import Facts
from convlet.report.markup import Content, Markup, count, element, join, name
from convlet.report.pictures import Cells, at_most, data_urls, mistakes, right_answers
from convlet.system import colors
from convlet.system.files import write_text

# No script runs and nothing is fetched, whatever the page holds.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_BESIDE = 10  # mistakes listed beside the matrix
_NO_EXAMPLES: Mapping[str, NDArray[np.uint8]] = MappingProxyType({})


def write_report(
    path: Path,
    evaluation: Evaluation,
    images: Images,
    labels: NDArray[np.int64],
    probabilities: NDArray[np.floating[Any]],
    facts: Facts,
    examples: Mapping[str, NDArray[np.uint8]] = _NO_EXAMPLES,
) -> None:
    """Write one HTML file that holds everything it shows: no network, no scripts.

    Args:
        path: of the file; its folder exists.
        evaluation: what `evaluate` made of the same probabilities and labels.
        images: uint8 (n, height, width, channels) in memory or on disk; only those shown are read.
        labels: int (n,).
        probabilities: float (n, classes).
        facts: the names in the headline, and what stands in the foot.
        examples: an image under each corruption, uint8 (height, width, channels), by the corruption's name.

    Raises:
        OutputError: it cannot be written; a file that was there before is as it was.
    """
    answers, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    shown = _shown(evaluation, labels, answers, confidence)
    listed = [case.index for kind in (evaluation.worst, evaluation.uncertain, evaluation.suspects) for case in kind]
    cards = Cards(
        urls=data_urls(images, [*listed, *(int(index) for indices in shown.values() for index in indices)]),
        labels=labels,
        probabilities=probabilities,
        class_names=evaluation.class_names,
        threshold=evaluation.rejection.threshold if evaluation.rejection else None,
    )
    parts = _parts(evaluation, facts, shown, cards, examples)
    style = resources.files("convlet.report").joinpath("style.css").read_text(encoding="utf-8")
    head = [
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{facts.model} on {facts.dataset}, {facts.split}: {evaluation.accuracy:.2%}"),
        element("style", Markup(colors.stylesheet() + style)),
    ]
    body = [
        element("a", "To the figures", href="#main", class_="skip"),
        _headline(evaluation, facts),
        element(
            "nav",
            element("ul", [element("li", element("a", title, href=f"#{key}")) for key, title, _ in parts]),
            aria_label="Contents",
        ),
        element("main", [part for _, _, part in parts], id="main"),
        _foot(facts),
        *confusion.panels(shown, evaluation.confusion, evaluation.class_names, cards),
    ]
    page = element("html", element("head", head), element("body", body), lang="en")
    write_text(path, f"<!doctype html>\n{page}\n")


def _shown(
    found: Evaluation, labels: NDArray[np.int64], answers: NDArray[np.int64], confidence: NDArray[np.floating[Any]]
) -> Cells:
    """The images behind each cell that can be opened: mistakes, the most frequent first, and where there is a matrix right answers."""
    wrong = mistakes(labels, answers, confidence)
    often = sorted(wrong, key=lambda cell: -len(wrong[cell]))
    if len(found.class_names) > confusion.WHOLE_MATRIX:
        return at_most({cell: wrong[cell] for cell in often[: confusion.FREQUENT]})
    return at_most({cell: wrong[cell] for cell in often}) | right_answers(
        labels, answers, confidence, len(found.class_names)
    )


def _headline(found: Evaluation, facts: Facts) -> Markup:
    low, high = found.accuracy_interval_95
    right = round(found.accuracy * found.n)
    tiles: list[tuple[str, str, str]] = [
        ("Accuracy", f"{found.accuracy:.2%}", f"95% interval {low:.2%} to {high:.2%}"),
        ("Mistakes", f"{found.n - right:,}", f"of {count(found.n, 'image')}"),
        ("Loss", f"{found.loss:.4f}", "mean cross-entropy"),
        ("Calibration error", f"{found.ece:.2%}", "between sure and right (ECE)"),
    ]
    if found.rejection:
        tiles.append(
            (
                "Accepted",
                f"{found.rejection.accepted:.2%}",
                f"{found.rejection.refused:,} refused as none of the classes",
            )
        )
    if found.robustness:
        tiles.append(
            ("Robustness", f"{found.robustness.mean:.2%}", f"mean of {len(found.robustness.corruptions)} corruptions")
        )
    boxes = [
        element("div", element("dt", title), element("dd", value, class_="figure"), element("dd", words))
        for title, value, words in tiles
    ]
    learnt: Content = ""
    if facts.split == "train":
        learnt = element(
            "p",
            "These are the images it learned from. Expect less on others, and no suspect labels here.",
            class_="warning",
        )
    judged = [
        "judged on ",
        element("strong", name(facts.dataset)),
        f", {facts.split} split, {count(found.n, 'image')} of {len(found.class_names):,} classes",
    ]
    title = element("h1", name(facts.model))
    return element(
        "header",
        element("p", "convlet · evaluation", class_="eyebrow"),
        title,
        element("p", judged),
        learnt,
        element("dl", boxes),
        class_="top",
    )


def _parts(
    found: Evaluation, facts: Facts, shown: Cells, cards: Cards, examples: Mapping[str, NDArray[np.uint8]]
) -> list[tuple[str, str, Markup]]:
    """Key, short title and content of each part, in their order."""
    wrong = {cell: indices for cell, indices in shown.items() if cell[0] != cell[1]}
    if not wrong and len(found.class_names) > confusion.WHOLE_MATRIX:
        cells = sections.section(
            "confusion", "What is taken for what", "", element("p", "No mistakes on this split.", class_="nothing")
        )
    elif len(found.class_names) > confusion.WHOLE_MATRIX:
        table = confusion.frequent(wrong, found.confusion, found.class_names, alone=True)
        cells = sections.section(
            "confusion",
            "What is taken for what",
            "The most frequent mistakes. Choose a number to see its images.",
            table,
        )
    else:
        often = dict(list(wrong.items())[:_BESIDE])
        table = element("div", confusion.matrix(found.confusion, found.class_names), class_="whole")
        beside = confusion.frequent(often, found.confusion, found.class_names, alone=False) if often else ""
        both = element("div", table, beside, class_="pair")
        cells = sections.section("confusion", "Confusion matrix", "Choose a number to see the images behind it.", both)
    parts = [
        ("classes", "Classes", sections.classes(found)),
        ("confusion", "Confusion", cells),
        ("worst", "Worst mistakes", sections.cases("worst", "Worst mistakes", *_WORST, found.worst, cards)),
        ("uncertain", "Uncertain", sections.cases("uncertain", "Most uncertain", *_UNCERTAIN, found.uncertain, cards)),
    ]
    if facts.split != "train":
        parts.append(
            (
                "suspects",
                "Suspect labels",
                sections.cases("suspects", "Suspect labels", *_SUSPECTS, found.suspects, cards),
            )
        )
    parts.append(("reliability", "Reliability", sections.reliability(found)))
    if found.rejection:
        parts.append(("rejection", "Rejection", sections.rejection(found.rejection)))
    if found.robustness:
        parts.append(("robustness", "Robustness", sections.robustness(found.robustness, found.accuracy, examples)))
    return parts


_WORST = (
    "Label → answer, the surest first; below, the probability of the answer and the image's place in the split.",
    "No mistakes on this split.",
)
_UNCERTAIN = ("The images whose answer has the lowest probability, right or wrong.", "")
_SUSPECTS = (
    "Mistakes the model is as sure of as of that class's own images: look at the label first (confident learning, Northcutt et al. 2021).",
    "None: no answer that contradicts its label is sure enough to doubt the label.",
)


def _foot(facts: Facts) -> Markup:
    lines = [element("div", element("dt", key), element("dd", value)) for key, value in facts.details.items()]
    return element("footer", element("h2", "How it was made"), element("dl", lines)) if lines else join("")
