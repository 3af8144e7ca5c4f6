"""The findings of a check."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from convlet.checks.survey import Survey
from convlet.data import Split
from convlet.data.files import LeftOut


@dataclass(frozen=True)
class Picture:
    """An image of a data set.

    Attributes:
        split: "train", "validation" or "test".
        index: its number in the split.
        label: the name of its class.
        file: the name of its file; None where images are not files.
        detail: what was found about it, such as the class that it looks like; usually "".
    """

    split: str
    index: int
    label: str
    file: str | None
    detail: str = ""

    @property
    def name(self) -> str:
        """Its file, or its number in its split."""
        return self.file or f"{self.split} #{self.index}"


class Pictures:
    """Makes a `Picture` from an image's number in its split."""

    def __init__(self, splits: Mapping[str, Split], class_names: tuple[str, ...]) -> None:
        self.splits, self.class_names = splits, class_names

    def picture(self, split: str, index: int, detail: str = "") -> Picture:
        """Return an image of a split, by its number there."""
        own = self.splits[split]
        file = None if own.files is None else own.files[index]
        return Picture(split, index, self.class_names[int(own.labels[index])], file, detail)


def listed(names: Sequence[str], most: int = 8) -> str:
    """Return the first names for a sentence, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


@dataclass(frozen=True)
class Finding:
    """One thing that is, or may be, wrong with a data set.

    Attributes:
        kind: a stable name, such as "same-image-two-labels"; `KINDS` of `convlet.checks.checking` has all of them.
        serious: whether a model trained or judged on the data is likely to be wrong because of it.
        title: what it is, in a few words.
        text: what was found, in a sentence.
        advice: what to do.
        groups: the images, grouped where they belong together; most serious groups first.
        files: files that were not read, each with the reason.
    """

    kind: str
    serious: bool
    title: str
    text: str
    advice: str
    groups: tuple[tuple[Picture, ...], ...] = ()
    files: tuple[LeftOut, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the fields for JSON, complete."""
        groups = [[dict(vars(picture)) for picture in group] for group in self.groups]
        return {**vars(self), "groups": groups, "files": [file._asdict() for file in self.files]}


@dataclass(frozen=True)
class Check:
    """What a check found in a data set.

    Attributes:
        dataset: its name.
        class_names: in order.
        per_class: the number of images of each class, for each split.
        image_shape: (height, width, channels) in pixels that the images are resized to.
        survey: what the image files are like; None where images are not files.
        labels: whether labels were judged, and how: `done`, and if so `accuracy` (0 to 1) of the nets that judged
            them, `learned` and `seconds`.
        findings: most serious first.
        splits: the images themselves.
        decisions: what `labels.csv` changed, in words; "" without one.
        folder: the one whose labels `convlet label` can put right; "" without one.
    """

    dataset: str
    class_names: tuple[str, ...]
    per_class: Mapping[str, list[int]]
    image_shape: tuple[int, int, int]
    survey: Survey | None
    labels: Mapping[str, Any]
    findings: tuple[Finding, ...]
    splits: Mapping[str, Split]
    decisions: str = ""
    folder: str = ""

    @property
    def serious(self) -> bool:
        """Whether any finding is serious."""
        return any(finding.serious for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the pixels for JSON."""
        return {
            "dataset": self.dataset,
            "serious": self.serious,
            "class_names": list(self.class_names),
            "splits": {name: {"images": sum(counts), "per_class": counts} for name, counts in self.per_class.items()},
            "image_shape": list(self.image_shape),
            "files": self.survey and asdict(self.survey),
            "labels": dict(self.labels),
            "decisions": self.decisions,
            "findings": [finding.to_dict() for finding in self.findings],
        }
