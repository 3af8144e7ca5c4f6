"""Teach beside a server: keep examples, train in another process, and say which generation answers."""

import contextlib
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data.encoded import by_number_or_name
from convlet.errors import ConvletError, DataError, StaleError, UsageError
from convlet.prediction.predictor import Predictor
from convlet.run.taught import all_classes
from convlet.system.places import read_json
from convlet.training.teaching.example import Example
from convlet.training.teaching.folder import TaughtFolder
from convlet.training.teaching.generations import Generation
from convlet.training.teaching.lesson import BEFORE_AFTER
from convlet.training.teaching.names import checked_name
from convlet.training.teaching.process import LessonProcess

_IDLE, _TRAINING, _FAILED = "idle", "training", "failed"
_ENDED = (
    "The process that trains was ended: it was killed, or memory ran out. Nothing that was taught is lost, and the "
    "model answers as before. Teach again."
)


class Teacher(LessonProcess):
    """A folder that a served model is taught from. Calls from several threads are safe.

    Args:
        path: the folder.
        model: the run folder that is served: generation 0.

    Attributes:
        version: grows with each change, and with each start of a server, so that pages notice what another did.

    Raises:
        InputError, ModelError: see `TaughtFolder`.
    """

    def __init__(self, path: Path, model: Path) -> None:
        self.folder = TaughtFolder(path, model)
        self.version = time.time_ns() // 1_000_000
        self._own = Predictor(self.folder.generations.base).signature.class_names
        super().__init__(self.folder.generations.base)
        self._state, self._what, self._done, self._problem = _IDLE, "", 0.0, ""
        self._order: dict[str, Any] = {}
        self._taught: list[Example] = []  # what it teaches

    @property
    def answers(self) -> int:
        """The number of the generation that answers."""
        return self.folder.generations.answers

    def predictor(self, number: int) -> Predictor:
        """Return the model of a generation, warm.

        Raises:
            ModelError: it is gone or damaged.
        """
        predictor = Predictor(self.folder.generations.path(number), threads=1)
        predictor.predict(np.zeros((1, *predictor.signature.input_shape), np.uint8))
        return predictor

    def classes(self) -> tuple[str, ...]:
        """Return the model's own classes, and after them those that were taught."""
        return all_classes(self._own, list(self.folder.examples.classes()))

    def keep(self, content: bytes, label: str, predictor: Predictor) -> Example:
        """Keep a picture as an example of a class, and make ready to teach.

        Raises:
            UsageError: no class may have this name, or there are too many examples.
            DataError: the picture cannot be read, or is empty.
            OutputError: the disk is full or failing; nothing is kept.
        """
        name = checked_name(label, self.classes())
        seen = predictor.read(content)
        if predictor.predict(seen[np.newaxis])[0].empty:
            raise DataError("There is nothing to see in this picture, so there is nothing to learn from it.")
        with self._lock:
            name = checked_name(label, self.classes())  # another may have been kept meanwhile
            example = self.folder.examples.keep(content, name, seen, predictor.signature)
            self.version += 1
            if self._lesson is None:
                with contextlib.suppress(OSError):  # then teaching takes longer
                    self._start()
        return example

    def move(self, id_: str, label: str) -> Example:
        """Move an example to another class; errors: see `keep` and `Examples.move`."""
        with self._lock:
            moved = self.folder.examples.move(id_, checked_name(label, self.classes()))
            self.version += 1
            return moved

    def take_back(self, id_: str) -> None:
        """Remove an example; errors: see `Examples.take_back`."""
        with self._lock:
            self.folder.examples.take_back(id_)
            self.version += 1

    def begin(self) -> None:
        """Train with all examples, in the background.

        Raises:
            StaleError: that is being done.
            UsageError: there is nothing to teach.
            OutputError: the folder cannot be read.
        """
        with self._lock:
            if self._state == _TRAINING:
                raise StaleError("A training is under way: another page began it. Wait for it, or stop it.")
            self.folder.examples.look()
            examples = self.folder.examples.all()
            if not examples:
                raise UsageError("There is nothing to teach yet. Keep a few examples first.")
            names = {one.label for one in examples}
            for name in sorted(names - {*self._own}):
                checked_name(name, [*self._own, *sorted(names - {name})], made=True)  # a folder that was made by hand
            generations = self.folder.generations
            order = {
                "examples": [(one.label, str(one.file)) for one in examples],
                "before": str(generations.path(generations.answers)),
                "out": str(generations.runs),
                "source": str(self.folder.path),
            }
            self._state, self._what, self._done, self._problem = _TRAINING, "reading", 0.0, ""
            self._order, self._taught = order, examples
            self.version += 1
            self._try_to_send()

    def stop(self) -> None:
        """End the training that is under way, if any; what it made is removed with the next start."""
        with self._lock:
            if self._state == _TRAINING:
                self._state = _IDLE
                self.version += 1
                self._end()

    def take(self, number: int) -> Predictor:
        """Let the generation that is offered answer from now on, and return its model.

        Raises:
            StaleError: another or none is offered.
            ModelError, OutputError: it cannot be opened, or the change cannot be written; the old one answers.
        """
        with self._lock:
            self.folder.generations.offered(number)
            predictor = self.predictor(number)
            self.folder.generations.take(number)
            self.version += 1
            return predictor

    def leave(self, number: int) -> None:
        """Remove the generation that is offered; errors: see `take`."""
        with self._lock:
            self.folder.generations.leave(number)
            self.version += 1

    def choose(self, number: int, instead_of: int) -> Predictor:
        """Let another generation answer, and return its model.

        Raises:
            StaleError: it is not `instead_of` that answers by now.
            ModelError, OutputError: see `take`.
        """
        with self._lock:
            self.folder.generations.require_known(number, instead_of)
            predictor = self.predictor(number)
            self.folder.generations.choose(number, instead_of)
            self.version += 1
            return predictor

    def changes(self, number: int) -> list[Any]:
        """Return answers of test images that a generation changed, with pictures; see `compared`.

        Raises:
            StaleError: there is no such generation.
        """
        with self._lock:
            generations = self.folder.generations
            known = number in generations.all or (generations.candidate and generations.candidate.number == number)
            if not known:
                raise StaleError(f"There is no generation {number} any more.")
            path = generations.path(number) / BEFORE_AFTER
        found: list[Any] = read_json(path)["changes"] if path.is_file() else []
        return found

    def state(self) -> dict[str, Any]:
        """Return everything a page shows but the pictures, as plain values for JSON."""
        with self._lock:
            generations = self.folder.generations
            candidate = generations.candidate
            return {
                "version": self.version,
                "answers": generations.answers,
                "classes": list(self.classes()),
                "examples": self.folder.examples.classes(),
                "training": {
                    "state": self._state,
                    "what": self._what,
                    "done": self._done,
                    "problem": self._problem,
                },
                "candidate": candidate and _facts(candidate),
                "generations": [_facts(one) for one in generations.all.values()],
            }

    def close(self) -> None:
        """End the training, and let another server open the folder."""
        with self._lock:
            self._end()
        if self._follower:
            self._follower.join()
        self.folder.close()

    def _try_to_send(self) -> None:
        try:
            self._send(self._order)
        except OSError as error:
            self._state, self._problem = _FAILED, f"The training could not be started: {error}"

    def _hear(self, lesson: "subprocess.Popen[str]", event: dict[str, Any]) -> None:
        with self._lock:
            if self._lesson is not lesson:
                return
            kind = event["event"]
            if kind == "progress":
                self._what, self._done = event["what"], event["done"]
            if kind not in ("idle", "failed", "done"):
                return
            self._lesson = None  # it ends now, and reads no other order
            if self._state != _TRAINING:
                return
            if kind == "idle":  # it had waited too long just when the order came
                self._try_to_send()
                return
            self.version += 1
            self._state = _IDLE
            if kind == "failed":
                self._state, self._problem = _FAILED, event["problem"]
                return
            facts = {**event["facts"], "meanwhile": self._changed_meanwhile()}
            counts = {name: event["examples"][name] for name in sorted(event["examples"], key=by_number_or_name)}
            try:
                self.folder.generations.offer(Path(event["run"]), counts, facts)
            except ConvletError as error:
                self._state, self._problem = _FAILED, str(error)

    def _changed_meanwhile(self) -> int:
        """Return how many examples were moved or taken back since the training was begun."""
        there = {one.id for one in self.folder.examples.all()}
        return sum(one.id not in there for one in self._taught)

    def _lost(self) -> None:
        if self._state == _TRAINING:
            self._state, self._problem = _FAILED, _ENDED
            self.version += 1


def _facts(one: Generation) -> dict[str, Any]:
    return {
        "number": one.number,
        "parent": one.parent,
        "created": one.created,
        "examples": dict(one.examples),
        "facts": dict(one.facts),
    }


def example_facts(example: Example, predictor: Predictor) -> dict[str, Any]:
    """Return an example for JSON: `id`, `class`, and `seen`, what the model sees, as a data URL; null if it cannot."""
    from convlet.reading.show import as_picture, data_url

    seen: NDArray[np.uint8] | None = None
    with contextlib.suppress(OSError, ConvletError):
        seen = example.looked_at(predictor)
    return {"id": example.id, "class": example.label, "seen": None if seen is None else data_url(as_picture(seen))}
