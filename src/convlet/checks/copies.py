"""Find images that occur more than once, or show nothing."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from convlet.checks.duplicates import Group, Readable, near, same
from convlet.checks.finding import Finding, Picture, Pictures
from convlet.checks.fingerprints import Fingerprints
from convlet.data import Dataset
from convlet.report.markup import count
from convlet.system.watch import Watch


def findings(
    dataset: Dataset, pictures: Pictures, prints: Mapping[str, Fingerprints], watch: Watch
) -> Iterator[Finding]:
    """Yield what is wrong with the images of a data set.

    Args:
        dataset: whose images they are.
        pictures: names images.
        prints: each split's fingerprints, in the order of the splits.
        watch: gets the progress of the comparison.
    """
    blank, exact, coarse = (
        np.concatenate([getattr(one, name) for one in prints.values()]) for name in ("blank", "exact", "coarse")
    )
    numbered = _Numbered(pictures)
    if blank.any():
        yield Finding(
            "blank-images",
            False,
            "Images that show nothing",
            f"{count(int(blank.sum()), 'image')} of a single tone.",
            "Look at the files: are they damaged, or was nothing found in them? Remove those that show nothing.",
            tuple((numbered.picture(number),) for number in np.flatnonzero(blank).tolist()),
        )
    shown = np.flatnonzero(~blank)
    groups = same(exact, shown)
    yield from _copies(groups, numbered, not dataset.has_own_test)
    others = np.setdiff1d(shown, [number for group in groups for number in group[1:]])
    images = Readable([split.images for split in pictures.splits.values()])
    yield from _near_copies(near(images, coarse, others, watch), numbered)


class _Numbered:
    """The images of all splits, numbered consecutively."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures, self._names = pictures, list(pictures.splits)
        self._starts = np.cumsum([0, *map(len, pictures.splits.values())])
        self.splits = np.repeat(np.arange(len(self._names)), np.diff(self._starts))
        self.labels = np.concatenate([split.labels for split in pictures.splits.values()])

    def picture(self, number: int) -> Picture:
        """Return an image."""
        split = self.splits[number]
        return self._pictures.picture(self._names[split], number - int(self._starts[split]))

    def groups(self, found: Sequence[Group]) -> tuple[tuple[Picture, ...], ...]:
        """Return groups of images."""
        return tuple(tuple(map(self.picture, group.tolist())) for group in found)

    def of_two_labels(self, found: Sequence[Group]) -> list[Group]:
        """Return the groups with more than one label."""
        return [group for group in found if len(set(self.labels[group].tolist())) > 1]

    def of_two_splits(self, found: Sequence[Group]) -> list[Group]:
        """Return the groups that span splits."""
        return [group for group in found if len(set(self.splits[group].tolist())) > 1]

    def of_one_split_and_label(self, found: Sequence[Group]) -> list[Group]:
        """Return the groups within one split and one label."""
        return [group for group in found if not self.of_two_labels([group]) and not self.of_two_splits([group])]

    def in_earlier(self, found: Sequence[Group]) -> str:
        """Return in words how many images of each later split are also in an earlier one."""
        later: list[NDArray[np.int64]] = [
            self.splits[group][self.splits[group] > self.splits[group].min()] for group in found
        ]
        counts = np.bincount(np.concatenate(later), minlength=len(self._names))
        total = np.diff(self._starts)
        return " and ".join(
            f"{counts[split]:,} of {total[split]:,} images of {name}"
            for split, name in enumerate(self._names)
            if counts[split]
        )


def _copies(groups: Sequence[Group], numbered: _Numbered, cut: bool) -> Iterator[Finding]:
    if two := numbered.of_two_labels(groups):
        yield Finding(
            "same-image-two-labels",
            True,
            "The same image under two labels",
            f"{count(len(two), 'image')} with more than one label, pixel for pixel.",
            "Decide which label is right, and remove the other copies: one of them teaches a mistake.",
            numbered.groups(two),
        )
    if across := numbered.of_two_splits(groups):
        why = "The test split was cut from your images, so copies fell on both sides. " if cut else ""
        yield Finding(
            "image-in-two-splits",
            True,
            "The same image in two splits",
            f"{numbered.in_earlier(across)} are in an earlier split too, pixel for pixel.",
            f"{why}Remove all copies but one: the model is judged on images that it has memorized.",
            numbered.groups(across),
        )
    if more := numbered.of_one_split_and_label(groups):
        yield Finding(
            "copies",
            False,
            "Copies in one split",
            f"{sum(map(len, more)) - len(more):,} of the images are copies of another in their split, pixel for pixel.",
            "Remove all copies but one: they weigh more than other images, and may fall on both sides of a cut.",
            numbered.groups(more),
        )


def _near_copies(groups: Sequence[Group], numbered: _Numbered) -> Iterator[Finding]:
    if two := numbered.of_two_labels(groups):
        yield Finding(
            "near-copy-two-labels",
            False,
            "Nearly the same image under two labels",
            f"{count(len(two), 'group')} of images that hardly differ have more than one label.",
            "Look at them side by side, and correct the label that is wrong.",
            numbered.groups(two),
        )
    if across := numbered.of_two_splits(groups):
        yield Finding(
            "near-copy-in-two-splits",
            False,
            "Nearly the same image in two splits",
            f"{numbered.in_earlier(across)} hardly differ from one of an earlier split.",
            "If they are the same picture saved again, or frames of one video, keep them all in one split.",
            numbered.groups(across),
        )
    if more := numbered.of_one_split_and_label(groups):
        yield Finding(
            "near-copies",
            False,
            "Nearly the same image in one split",
            f"{sum(map(len, more)):,} images hardly differ from another in their split ({count(len(more), 'group')}).",
            "Keep one of each group if they are the same picture; keep a group in one split.",
            numbered.groups(more),
        )
