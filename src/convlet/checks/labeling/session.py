"""Keep what a page shows of a folder: its images in their order, what was decided, and what is new since when."""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from convlet.checks.labeling.answers import Answers
from convlet.checks.labeling.images import Images
from convlet.checks.labeling.journal import NONE, ChangedError, Journal
from convlet.checks.labeling.order import UNLABELED, Place, ordered
from convlet.checks.labeling.stopping import judged_rest
from convlet.data.decisions import Decision, wrong_class
from convlet.data.encoded import by_number_or_name
from convlet.data.names import class_name
from convlet.errors import DataError

_FEW = 5  # images: fewer answers say nothing about the rest
_TRIES = 20  # while something else writes the journal at the same time


class Wanted(NamedTuple):
    """A decision about an image: `label` "" and not `excluded` for none."""

    image: int
    label: str = ""
    excluded: bool = False


class ConflictError(DataError):
    """An image was decided about elsewhere since the page was told of it; nothing is written.

    Attributes:
        images: their numbers.
    """

    def __init__(self, images: Sequence[int]) -> None:
        super().__init__(
            f"{len(images):,} of these images were decided about elsewhere meanwhile. Look at what was decided, and "
            "decide again if it is wrong."
        )
        self.images = images


class Session:
    """The images of a folder and their decisions. Calls from several threads are safe.

    Args:
        found: the images.
        answers: what is known about them.
        journal: takes the decisions.
        who: decides.
        only: the paths of the images to show; all without any.

    Attributes:
        version: grows with every change.

    Raises:
        DataError: there is no image of a path in `only`.
    """

    def __init__(self, found: Images, answers: Answers, journal: Journal, who: str, only: Sequence[str] = ()) -> None:
        self.found, self.answers, self.who, self.version = found, answers, who, 1
        self._journal, self._lock = journal, threading.RLock()
        self._known: Mapping[str, Decision] = journal.decisions.of  # those that `_touched` tells of
        self._touched = np.zeros(len(found.images), np.int64)  # the version of each image's last change
        self._numbers = {image.path: number for number, image in enumerate(found.images)}
        self._asked: tuple[int, dict[str, str] | None] = (0, None)
        self._filed = {  # how many images of train, and of the other splits, each class has by its folders
            part: Counter(image.filed for image in found.images if (image.split == "train") == part)
            for part in (True, False)
        }
        if lost := [path for path in only if path not in self._numbers]:
            raise DataError(
                f"{found.folder} has no image {lost[0]!r}. Expected a path relative to it, such as "
                f"{found.images[0].path}."
            )
        self._order = self._placed(only)

    def facts(self) -> dict[str, Any]:
        """Return everything that a page needs at first."""
        with self._lock:
            self._refresh()
            names = self.answers.class_names
            return {
                "folder": self.found.folder.name,
                "who": self.who,
                "flat": self.found.flat,
                "threshold": self.answers.threshold,
                "images": [self._image(place) for place in self._order],
                **self._status(),
                "proposed": list(names),
            }

    def news(self, since: int) -> dict[str, Any]:
        """Return what has changed after a version."""
        with self._lock:
            self._refresh()
            return self._news(since)

    def decide(self, wanted: Sequence[Wanted], since: int) -> dict[str, Any]:
        """Write decisions that were made together, and return what has changed after `since`, themselves included.

        Args:
            wanted: the decisions.
            since: the version that the page knew of.

        Raises:
            ConflictError: one of the images was decided about after that version.
            DataError: no such image or class, or the journal is damaged.
            OutputError: they cannot be written.
        """
        with self._lock:
            if outside := [one.image for one in wanted if not 0 <= one.image < len(self.found.images)]:
                raise DataError(f"there is no image {outside[0]}; expected 0 to {len(self.found.images) - 1}.")
            decided = {}
            for one in wanted:
                label = class_name(one.label)
                if why := wrong_class(label) if one.label else "":
                    raise DataError(f"the class {one.label[:40]!r} cannot be used. {why}")
                decided[self.found.images[one.image].path] = Decision(label, one.excluded)

            def write(looked: int) -> None:
                if old := sorted({one.image for one in wanted if self._touched[one.image] > since}):
                    raise ConflictError(old)
                self._journal.add(decided, self.who, looked)

            self._written(write)
            self._touch([one.image for one in wanted])
            return self._news(since)

    def undo(self, since: int) -> dict[str, Any]:
        """Take back what was decided last, and return what has changed after `since`.

        Raises:
            ConflictError: something was decided after that version, which the page has not shown.
            DataError: the journal is damaged.
            OutputError: it cannot be written.
        """
        with self._lock:
            paths: list[str] = []

            def write(looked: int) -> None:
                if since < self.version and self._journal.steps:
                    raise ConflictError(np.flatnonzero(self._touched > since).tolist())
                paths[:] = self._journal.undo(self.who, looked)

            self._written(write)
            self._touch([self._numbers[path] for path in paths if path in self._numbers])
            return {**self._news(since), "undone": [self._numbers[path] for path in paths if path in self._numbers]}

    def _written(self, write: Callable[[int], None]) -> None:
        """Write into the journal, once all that others wrote into it until that moment is noted."""
        for _ in range(_TRIES):
            self._refresh()
            with contextlib.suppress(ChangedError):
                write(self._journal.changed)
                self._known = self._journal.decisions.of
                return
        self._refresh()
        raise ChangedError(self._journal.path)

    def _placed(self, only: Sequence[str]) -> list[Place]:
        labels = np.array([self._label(number) for number in range(len(self.found.images))], np.int64)
        order = ordered(self.answers.probabilities, labels, self.answers.copies, list(self.answers.errors))
        wanted = {self._numbers[path] for path in only}
        return [place for place in order if place.image in wanted] if only else order

    def _label(self, number: int) -> int:
        """Return the number of an image's class among those proposed; `UNLABELED`, or beyond them."""
        image, names = self.found.images[number], self.answers.class_names
        name = self._journal.of(image.path).label or image.filed
        if not name:
            return UNLABELED
        return names.index(name) if name in names else len(names)

    def _image(self, place: Place) -> dict[str, Any]:
        image, own = self.found.images[place.image], self.answers.probabilities[place.image]
        made: dict[str, Any] = {"id": place.image, "path": image.path, "filed": image.filed, "reason": place.reason}
        if place.beside is not None:
            made["beside"] = place.beside
        if not np.isnan(own).any():
            best = int(own.argmax())
            answer = self.answers.class_names[best]
            # What is merely unsure keeps its label if a page is accepted: small nets are often wrong about such.
            keeps = place.reason in ("unsure", "copy") and image.filed
            made |= {"answer": answer, "sure": round(float(own[best]), 6)}
            if place.reason != "two_labels":
                made["proposal"] = image.filed if keeps else answer
        if place.image in self.answers.errors:
            made["error"] = self.answers.errors[place.image]
        return made | self._decided(place.image)

    def _decided(self, number: int) -> dict[str, Any]:
        decision = self._journal.of(self.found.images[number].path)
        return {"label": decision.label, "excluded": decision.excluded, "who": decision.who}

    def _news(self, since: int) -> dict[str, Any]:
        changed = np.flatnonzero(self._touched > since).tolist()
        return {**self._status(), "changed": [{"id": number, **self._decided(number)} for number in changed]}

    def _status(self) -> dict[str, Any]:
        names = {image.filed for image in self.found.images} | set(self.answers.class_names)
        names |= {one.label for one in self._journal.decisions.of.values()}
        return {
            "version": self.version,
            "classes": sorted(names - {""}, key=by_number_or_name),
            "undoable": len(self._journal.steps),
            "rest": self._rest(),
            "untaught": self._known_untaught(),
        }

    def _known_untaught(self) -> dict[str, str] | None:
        """Return `_untaught` of this version: pages ask every other second."""
        if self._asked[0] != self.version:
            self._asked = self.version, self._untaught()
        return self._asked[1]

    def _untaught(self) -> dict[str, str] | None:
        """Return the first image of a class that no image of train has, which is an error once its split is read."""
        counts = {part: counted.copy() for part, counted in self._filed.items()}
        for path, decision in self._journal.decisions.of.items():
            if (number := self._numbers.get(path)) is not None:
                image = self.found.images[number]
                here = counts[image.split == "train"]
                here[image.filed] -= 1
                here[decision.label] += 1  # "" for one that is left out
        lacking = {name for name, count in counts[False].items() if name and count > 0 and counts[True][name] <= 0}
        for image in self.found.images if lacking and not self.found.flat else ():
            decision = self._journal.of(image.path)
            name = "" if decision.excluded else decision.label or image.filed
            if image.split != "train" and name in lacking:
                return {"class": name, "file": image.path}
        return None

    def _rest(self) -> dict[str, Any] | None:
        """Return what is known about the images without a decision.

        None without proposals for all of them, or where the model may know all of them by heart. Those that it may know
        tell nothing about others, and among the rest they count as wrong.
        """
        by_heart = self.answers.by_heart
        if not self.found.flat or (len(by_heart) and by_heart.all()):
            return None
        sure, seen = [], []
        best = self.answers.probabilities.max(axis=1)
        for number, image in enumerate(self.found.images):
            decision = self._journal.of(image.path)
            if np.isnan(best[number]):
                continue
            proposal = self.answers.class_names[int(self.answers.probabilities[number].argmax())]
            known = bool(len(by_heart) and by_heart[number])
            if decision.is_none:
                sure.append(0.0 if known else float(best[number]))
            elif not known and not decision.excluded:
                seen.append((float(best[number]), decision.label == proposal))
        if len(seen) < _FEW or not sure:
            return None
        rest = judged_rest(np.array(sure), seen)
        return {"left": len(sure), "wrong": rest.wrong, "enough": rest.enough, "more": rest.more}

    def _refresh(self) -> None:
        """Note what something else has written into the journal."""
        self._journal.refresh()
        before, after = self._known, self._journal.decisions.of
        if after is not before:
            self._known = after
            paths = [path for path in {*before, *after} if before.get(path, NONE).says != after.get(path, NONE).says]
            self._touch([self._numbers[path] for path in paths if path in self._numbers])

    def _touch(self, numbers: Sequence[int]) -> None:
        self.version += 1
        self._touched[list(numbers)] = self.version
