"""Make cards: images with the model's answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.report.commands import put_right
from convlet.report.markup import Markup, breaking, element, file_name, name, percent, span
from convlet.report.names import shortened

_LONGEST_NAME = 20


@dataclass(frozen=True, kw_only=True)
class Cards:
    """The data of cards: URLs by index, labels int (n,), probabilities float (n, classes), names, threshold, files.

    `folder` is the one whose labels `convlet label` can put right; "" without one.
    """

    urls: Mapping[int, str]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.floating[Any]]
    class_names: Sequence[str]
    threshold: float | None
    files: Sequence[str] | None = None
    folder: str = ""

    def grid(self, indices: Sequence[int], *, of_label: bool = False) -> Markup:
        """Return cards side by side; `of_label` adds the probability of the label."""
        return element("ul", [element("li", self._card(index, of_label)) for index in indices], class_="cards")

    def _card(self, index: int, of_label: bool) -> Markup:
        row = self.probabilities[index]
        label, answer = int(self.labels[index]), int(row.argmax())
        label_name, answer_name = self.class_names[label], self.class_names[answer]
        right, sure = label == answer, percent(float(row[answer]))
        file = None if self.files is None else self.files[index]
        words = f"Image {index if file is None else file}: labeled {label_name}, answered {answer_name} with {sure}"
        image = element("img", src=self.urls[index], alt=words, loading="lazy", class_="shot")
        wrong = [" → ", element("strong", name(breaking(shortened(answer_name, _LONGEST_NAME))))]
        says = [name(breaking(shortened(label_name, _LONGEST_NAME))), span(" ✓", class_="tick") if right else wrong]
        refused = self.threshold is not None and row[answer] < self.threshold
        lines = [
            span(says, class_="says", title=label_name if right else f"{label_name} → {answer_name}"),
            span(sure, class_="sure"),
            span(f"#{index}") if file is None else span(file_name(file), class_="wide file"),
            span(f"label {percent(float(row[label]))}", class_="wide") if of_label else "",
            span("refused", class_="wide refused") if refused else "",
            put_right(self.folder, file) if of_label and file and self.folder else "",
        ]
        return element("figure", image, element("figcaption", lines))
