"""Write the whole report, from headline to footer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data import Split
from convlet.evaluation import Evaluation, learned
from convlet.report import confusion, sections
from convlet.report.cards import Cards
from convlet.report.document import contents, document, foot, tiles
from convlet.report.facts import Facts
from convlet.report.markup import Markup, count, div, element, name
from convlet.report.pictures import Cells, at_most, data_urls, mistakes, right_answers
from convlet.system.files import write_text

_BESIDE = 10  # mistakes listed next to the matrix


def write_report(
    path: Path,
    evaluation: Evaluation,
    split: Split,
    probabilities: NDArray[np.floating[Any]],
    facts: Facts,
    examples: Mapping[str, NDArray[np.uint8]] | None = None,
) -> None:
    """Write one self-contained HTML file, without scripts.

    Args:
        path: in an existing folder.
        evaluation: that of the same labels and probabilities.
        split: the images and labels; only images that are shown are read.
        probabilities: float (n, classes).
        examples: an image under each corruption, uint8 (height, width, channels), by name.

    Raises:
        OutputError: it cannot be written; an earlier file stays.
    """
    answers, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    shown = _shown(evaluation, split.labels, answers, confidence)
    listed = [case.index for kind in (evaluation.worst, evaluation.uncertain, evaluation.suspects) for case in kind]
    cards = Cards(
        urls=data_urls(split.images, [*listed, *(index for indices in shown.values() for index in indices.tolist())]),
        labels=split.labels,
        probabilities=probabilities,
        class_names=evaluation.class_names,
        threshold=evaluation.rejection.threshold if evaluation.rejection else None,
        files=split.files,
        folder=facts.folder,
    )
    parts = _parts(evaluation, facts, shown, cards, examples or {})
    page = document(
        f"{facts.model} on {facts.dataset}, {facts.split}: {evaluation.accuracy:.2%}",
        _headline(evaluation, facts),
        contents([(key, title) for key, title, _ in parts]),
        element("main", [part for _, _, part in parts], id="main"),
        foot([*facts.details.items()]),
        *confusion.panels(shown, evaluation.confusion, evaluation.class_names, cards),
    )
    write_text(path, page)


def _shown(
    found: Evaluation, labels: NDArray[np.int64], answers: NDArray[np.int64], confidence: NDArray[np.floating[Any]]
) -> Cells:
    """Return the images behind each cell: the most frequent mistakes first, and with a matrix also right answers."""
    wrong = mistakes(labels, answers, confidence)
    often = sorted(wrong, key=lambda cell: -len(wrong[cell]))
    if (classes := len(found.class_names)) > confusion.WHOLE_MATRIX:
        return at_most({cell: wrong[cell] for cell in often[: confusion.FREQUENT]})
    return at_most({cell: wrong[cell] for cell in often}) | right_answers(labels, answers, confidence, classes)


def _headline(found: Evaluation, facts: Facts) -> Markup:
    figures = [(name.capitalize(), value, what) for name, value, what in found.figures()]
    figures.insert(1, ("Mistakes", f"{found.n - round(found.accuracy * found.n):,}", f"of {count(found.n, 'image')}"))
    if kept := found.rejection:
        figures.append(("Accepted", f"{kept.accepted:.2%}", f"{kept.refused:,} refused as none of the classes"))
    if hard := found.robustness:
        figures.append(("Robustness", f"{hard.mean:.2%}", f"mean of {len(hard.corruptions)} corruptions"))
    judged = [
        "judged on ",
        element("strong", name(facts.dataset)),
        f", {facts.split} split, {count(found.n, 'image')} of {len(found.class_names):,} classes",
    ]
    warning = element("p", "The model learned from these images. Expect lower accuracy on others.", class_="warning")
    return element(
        "header",
        element("p", "convlet · evaluation", class_="eyebrow"),
        element("h1", name(facts.model)),
        element("p", judged),
        warning if facts.split == "train" else "",
        element("p", facts.verdict, class_="warning") if facts.verdict else "",
        tiles(figures),
        class_="top",
    )


def _parts(
    found: Evaluation, facts: Facts, shown: Cells, cards: Cards, examples: Mapping[str, NDArray[np.uint8]]
) -> list[tuple[str, str, Markup]]:
    """Return key, short title and content of each section, in order."""
    listed = _LISTED if facts.split != "train" else _LISTED[:2]
    suspect = _NOT_LEARNED if learned(found.confusion) is False else ""
    parts = [
        ("classes", "Classes", sections.classes(found)),
        ("confusion", "Confusion", _confusion(found, shown)),
        *(
            (key, short, sections.cases(key, title, how, suspect or nothing, getattr(found, key), cards))
            for key, short, title, how, nothing in listed
        ),
        ("reliability", "Reliability", sections.reliability(found)),
    ]
    if found.rejection:
        parts.append(("rejection", "Rejection", sections.rejection(found.rejection)))
    if found.robustness:
        parts.append(("robustness", "Robustness", sections.robustness(found.robustness, found.accuracy, examples)))
    if facts.training:
        parts.append(("training", "Training", sections.training(facts.training)))
    return parts


def _confusion(found: Evaluation, shown: Cells) -> Markup:
    wrong = {cell: indices for cell, indices in shown.items() if cell[0] != cell[1]}
    if len(found.class_names) <= confusion.WHOLE_MATRIX:
        often = dict(list(wrong.items())[:_BESIDE])
        whole = div(confusion.matrix(found.confusion, found.class_names), class_="whole")
        beside = confusion.frequent(often, found.confusion, found.class_names, alone=False) if often else ""
        title, how = "Confusion matrix", "Choose a number to see the images behind it."
        content = div(whole, beside, class_="pair" if len(found.class_names) <= confusion.BESIDE else "pair stacked")
    elif wrong:
        title, how = "Frequent mistakes", "Choose a number to see its images."
        content = confusion.frequent(wrong, found.confusion, found.class_names, alone=True)
    else:
        title, how, content = "Frequent mistakes", "", element("p", _NO_MISTAKES, class_="nothing")
    return sections.section("confusion", title, how, content)


_NOT_LEARNED = "None: a model that has not learned cannot doubt a label."
_NO_MISTAKES = "No mistakes on this split."
_LISTED = (  # field of the evaluation, short title, title, what it shows, what it says without images
    (
        "worst",
        "Worst mistakes",
        "Worst mistakes",
        "Label → answer, the most confident first; below, the probability of the answer and the image's file or index.",
        _NO_MISTAKES,
    ),
    ("uncertain", "Uncertain", "Most uncertain", "The answers with the lowest probability, right or wrong.", ""),
    (
        "suspects",
        "Suspect labels",
        "Suspect labels",
        "Mistakes as confident as usual for the answered class: check the label first (Northcutt et al. 2021).",
        "None: no mistake is confident enough to doubt its label.",
    ),
)
