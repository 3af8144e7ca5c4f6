"""Record the generations of a taught model: which there are, what each learned from, and which of them answers.

Generation 0 is the model that was served first. All others are trained from it, each with all examples of its time, so
that an example that is moved or taken back is not remembered by any later one. `parent` is the one that answered
before; going back follows it.
"""

import datetime as dt
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from convlet.errors import ModelError, StaleError
from convlet.run import Run
from convlet.system.files import sha256
from convlet.system.places import MANIFEST, read_manifest, write_manifest

_FILE = "generations.json"
_MODEL = "model.onnx"
RUNS = "generations"


@dataclass(frozen=True)
class Generation:
    """One model of a folder.

    Attributes:
        number: 0 for the model that was served first, then 1, 2, ...
        run: the name of its run folder in `.convlet/generations`; "" for 0.
        parent: the number of the one that answered when it was taken.
        created: when it was trained.
        examples: of each class, how many it learned from or was judged by.
        facts: before and after, without pictures.
    """

    number: int
    run: str = ""
    parent: int | None = None
    created: str = ""
    examples: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


class Generations:
    """The generations of a folder; every change is on the disk when the call returns.

    Args:
        folder: the hidden folder `.convlet`.
        model: the run folder that is served.

    Attributes:
        base: the run folder of generation 0.
        all: every one that was taken, by number.
        answers: the number of the one that answers.
        candidate: a trained one that was neither taken nor left.

    Raises:
        ModelError: `model` is no run folder, or another one than the folder was begun with; or the record is damaged.
    """

    def __init__(self, folder: Path, model: Path) -> None:
        self._path, self.runs = folder / _FILE, folder / RUNS
        self.base = Run(model).path.resolve()
        digest = sha256(Run(model).whole(_MODEL))
        self.answers = 0
        self.candidate: Generation | None = None
        self.all: dict[int, Generation] = {0: Generation(0)}
        self._base = {"path": str(self.base), "sha256": digest}
        self._next = 1
        if self._path.exists():
            self._read(digest)
        else:
            self._write()
        self._sweep()

    def path(self, number: int) -> Path:
        """Return a generation's run folder."""
        one = self.candidate if self.candidate and self.candidate.number == number else self.all[number]
        return self.runs / one.run if one.run else self.base

    def offer(self, run: Path, examples: Mapping[str, int], facts: Mapping[str, Any]) -> Generation:
        """Record a trained model that may be taken, in the place of one that was offered before."""
        before = self.candidate
        now = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
        made = Generation(self._next, run.name, self.answers, now, dict(examples), dict(facts))
        self._write(candidate=made)
        if before:
            shutil.rmtree(self.runs / before.run, ignore_errors=True)
        return made

    def offered(self, number: int) -> Generation:
        """Return the one that is offered.

        Raises:
            StaleError: it is another one, or none.
        """
        if self.candidate is None or self.candidate.number != number:
            raise StaleError("This new model is no longer offered: another page has taken it, left it or taught again.")
        return self.candidate

    def take(self, number: int) -> None:
        """Let the one that is offered answer from now on; errors: see `offered`."""
        taken = replace(self.offered(number), parent=self.answers)
        self._write(all_={**self.all, number: taken}, answers=number)

    def leave(self, number: int) -> None:
        """Remove the one that is offered; errors: see `offered`."""
        folder = self.runs / self.offered(number).run
        self._write()
        shutil.rmtree(folder, ignore_errors=True)

    def require_known(self, number: int, instead_of: int) -> None:
        """Raise StaleError if there is no such generation, or if another one answers by now than `instead_of`."""
        if self.answers != instead_of or number not in self.all:
            raise StaleError(f"Generation {self.answers} answers by now: another page has changed that.")

    def choose(self, number: int, instead_of: int) -> None:
        """Let an earlier or later one answer; errors: see `require_known`."""
        self.require_known(number, instead_of)
        self._write(answers=number, candidate=self.candidate)

    def _read(self, digest: str) -> None:
        try:
            held = read_manifest(self._path)
            base, numbers = held["base"], [Generation(**each) for each in held["generations"]]
            self.all = {one.number: one for one in numbers}
            self.answers, self._next = int(held["answers"]), int(held["next"])
            self.candidate = Generation(**held["candidate"]) if held["candidate"] else None
            known = base["sha256"]
            self.all[0], self.all[self.answers]
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{self._path} is damaged ({error}). {_anew(self._path)}") from error
        if known != digest:
            raise ModelError(
                f"{self._path.parent.parent} was taught to the model in {base['path']}, and {self.base} is another. "
                f"Serve that one, or teach this one: {_anew(self._path)}"
            )
        if self.candidate and not (self.runs / self.candidate.run / _MODEL).is_file():
            self.candidate = None
        for one in self.all.values():
            if one.run and not (self.runs / one.run / _MODEL).is_file():
                raise ModelError(f"{self.runs / one.run}, generation {one.number}, is gone. {_anew(self._path)}")

    def _write(
        self,
        candidate: Generation | None = None,
        all_: Mapping[int, Generation] | None = None,
        answers: int | None = None,
    ) -> None:
        """Write what is new, and only then know it; without a candidate none is offered."""
        all_, answers = dict(all_ or self.all), self.answers if answers is None else answers
        following = max([self._next, *(one.number + 1 for one in (candidate,) if one)])
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_manifest(
            self._path,
            {
                "format": 1,
                "base": self._base,
                "answers": answers,
                "next": following,
                "candidate": candidate and asdict(candidate),
                "generations": [asdict(one) for one in all_.values()],
            },
        )
        self.all, self.answers, self.candidate, self._next = all_, answers, candidate, following

    def _sweep(self) -> None:
        """Remove the runs of trainings that were killed, and those that were left or replaced."""
        known = {one.run for one in self.all.values()} | ({self.candidate.run} if self.candidate else set())
        for folder in self.runs.iterdir() if self.runs.is_dir() else ():
            if folder.name not in known and not _is_training(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_training(folder: Path) -> bool:
    try:
        return (folder / MANIFEST).is_file() and Run(folder).status == "running"
    except ModelError:  # it is damaged
        return False


def _anew(path: Path) -> str:
    return f"Move {path.parent} away to begin anew: the examples stay, and Teach trains with all of them."
