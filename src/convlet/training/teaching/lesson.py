"""Train the next generation, in a process of its own: training holds Python's interpreter, and answers must go on.

The process reads lines of JSON from stdin: which model, then what to teach it. It imports Keras meanwhile, so that
teaching begins at once. It writes lines of JSON to stdout: how far it is, and the end. When stdin ends, which it does
however the server ends, the process ends.
"""

import contextlib
import glob
import json
import os
import queue
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:  # Keras is imported while these are
    import numpy as np
    from numpy.typing import NDArray

    from convlet.prediction.predictor import Predictor
    from convlet.training.teaching.example import Example

_IDLE = 900.0  # seconds that a process waits for what to teach: it holds several hundred MB
_NICENESS = 5  # answers come first
_OFTEN = 0.2  # seconds between two reports
_MOVES = 20  # of one example while it is read
_TRAINING, _JUDGING = 0.1, 0.85  # where they begin, as parts of the whole
BEFORE_AFTER = "before-after.json"


def main() -> None:
    """Teach once, and end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends its lesson
    with contextlib.suppress(OSError, AttributeError):  # Windows has no niceness
        os.nice(_NICENESS)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # keeps a library's prints out
    lines: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()
    said = Said(out)
    try:
        lesson = Lesson(Path(lines.get()["base"]), said)
        lesson.prepare(lines)
        try:
            order = lines.get(timeout=_IDLE)
        except queue.Empty:
            said({"event": "idle"})  # an order that comes now is for another process
        else:
            lesson.teach(order)
    except Exception as error:  # noqa: BLE001  the server tells people
        from convlet.errors import ConvletError

        known = isinstance(error, ConvletError | OSError | MemoryError)
        said({"event": "failed", "problem": str(error) if known else f"{type(error).__name__}: {error}"})
    os._exit(0)  # TensorFlow's threads take their time


def _listen(lines: "queue.SimpleQueue[Any]") -> None:
    with contextlib.suppress(OSError):
        for line in sys.stdin:
            lines.put(json.loads(line))
    os._exit(1)


class Said:
    """Writes events, and how far the lesson is: not too often."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._last = out, 0.0

    def __call__(self, event: dict[str, Any]) -> None:
        """Write an event."""
        with contextlib.suppress(OSError):  # the server is gone, and this process soon is
            self._out.write(json.dumps(event) + "\n")
            self._out.flush()

    def far(self, what: str, done: float) -> None:
        """Say what is done now, and what part of the whole is done."""
        if time.monotonic() - self._last > _OFTEN:
            self._last = time.monotonic()
            self({"event": "progress", "what": what, "done": round(done, 3)})


class Lesson:
    """One training from a model.

    Args:
        base: the run folder of generation 0.
        said: gets what happens.
    """

    def __init__(self, base: Path, said: Said) -> None:
        from convlet.run import Run

        self._base, self._said = Run(base), said
        self._tests: Any = None

    def prepare(self, lines: "queue.SimpleQueue[Any]") -> None:
        """Import what training needs, and read the test images unless somebody waits."""
        from convlet.system.engine import keras

        keras()
        from convlet import training

        self._train = training.train
        if lines.empty():
            self._read_tests()
        self._said({"event": "ready"})

    def teach(self, order: dict[str, Any]) -> None:
        """Train, compare, and say where the new run is.

        Args:
            order: `examples`, a list of (class, file); `before`, the run folder of the model that answers; `out`, the
                folder of the new run; `source`, that of the examples.
        """
        import numpy as np

        from convlet.prediction.predictor import Predictor
        from convlet.system.places import write_json
        from convlet.training.teaching.compared import Judged, compared, left_out, right
        from convlet.training.teaching.example import Example
        from convlet.training.teaching.examples import held_out

        began = time.monotonic()
        self._said.far("reading", 0.0)
        base = self._base.predictor()
        examples, images = seen([Example(label, Path(file)) for label, file in order["examples"]], base, self._said)
        out = np.array(held_out(examples))
        taught = Judged(images, np.array([one.label for one in examples], np.str_))
        apart = left_out(taught.truth.tolist(), out)
        trials = int((apart != out).any())
        run = self._fit(taught, out, order["source"], Path(order["out"]), 0, trials)
        trial = None
        if trials:
            with tempfile.TemporaryDirectory(prefix="trial-", dir=order["out"]) as folder:
                trial = self._fit(taught, apart, order["source"], Path(folder), 1, trials).predictor()
        self._said.far("judging", _JUDGING)
        if self._tests is None:
            self._read_tests()
        before = Predictor(order["before"])
        facts = compared(before, run.predictor(), taught, out, self._tests)
        if trial:
            facts["held_out"] = {**right(before, trial, taught.taken(apart)), "trial": True}
        facts["seconds"] = round(time.monotonic() - began, 2)
        write_json(run.path / BEFORE_AFTER, facts)
        del facts["changes"]
        counts = Counter(one.label for one in examples)
        self._said({"event": "done", "run": str(run.path), "examples": counts, "facts": facts})

    def _fit(self, taught: Any, held_out: Any, source: str, out: Path, earlier: int, trials: int) -> Any:
        """Train with the examples that are not held out; `earlier`: how many trainings were before, of 1 + `trials`."""
        whole = (_JUDGING - _TRAINING) / (1 + trials)
        begins = _TRAINING + whole * earlier
        dataset = _dataset(source, taught, held_out, self._base.predictor())
        watch = _watch(self._said, begins, begins + whole)
        return self._train(dataset, start=self._base, out=out, watch=watch)

    def _read_tests(self) -> None:
        from convlet.training.teaching.compared import tests_of

        self._tests = tests_of(self._base)


def seen(examples: "list[Example]", base: "Predictor", said: Said) -> "tuple[list[Example], NDArray[np.uint8]]":
    """Read the examples of a moment, while people may move others or the same.

    One that was moved meanwhile is read where it is by now, with the class that it had. One that was taken back is left
    out: what is no longer there is not taught.

    Args:
        examples: as they were when the training was begun.
        base: the model.
        said: hears how far it is.

    Returns:
        Those that were read, and what the model sees of each: uint8 (n, height, width, channels).

    Raises:
        DataError: one is damaged, or all were taken back.
    """
    import numpy as np

    from convlet.errors import DataError

    own = {one.file for one in examples}
    found, images = [], []
    for place, one in enumerate(examples):
        if (image := _looked_at(one, own, base)) is not None:
            found.append(one)
            images.append(image)
        said.far("reading", _TRAINING * place / len(examples))
    if not found:
        raise DataError("All examples were taken back before they were read, so nothing was taught.")
    return found, np.stack(images)


def _looked_at(one: "Example", own: "set[Path]", base: "Predictor") -> "NDArray[np.uint8] | None":
    from convlet.training.teaching.example import Example

    file: Path | None = one.file
    for _ in range(_MOVES):
        if file is None:
            break
        with contextlib.suppress(FileNotFoundError):
            return Example(one.label, file).looked_at(base)
        there = one.file.parent.parent.glob(f"*/{glob.escape(one.file.name)}")
        file = next((each for each in there if each == one.file or each not in own), None)
    return None


def _dataset(source: str, taught: Any, held_out: Any, base: Any) -> Any:
    import numpy as np

    from convlet.data import Dataset, Split
    from convlet.data.encoded import by_number_or_name
    from convlet.run.taught import all_classes

    names = all_classes(base.signature.class_names, sorted(set(taught.truth.tolist()), key=by_number_or_name))
    labels = np.array([names.index(name) for name in taught.truth.tolist()], np.int64)

    def split(chosen: Any, name: str) -> Any:
        return Split(taught.images[chosen], labels[chosen], f"the examples, {name}")

    out = split(held_out, "validation") if held_out.any() else None
    train = split(~held_out, "train")
    form = base.signature.form
    return Dataset("taught", source, train, names, lambda: out or train, out, {}, form=form)


def _watch(said: Said, begins: float, ends: float) -> Any:
    """Tell how far a training is; it begins and ends at these parts of the whole."""
    from convlet.system.watch import Watch

    epochs = [1]

    def on_start(run: Any) -> None:
        epochs[0] = max(1, run.recipe.epochs * run.recipe.ensemble)

    def on_step(epoch: int, done: int, total: int, _: Any) -> None:
        part = (epoch - 1 + done / max(1, total)) / epochs[0]
        said.far("training", begins + (ends - begins) * min(1.0, part))

    return Watch(on_start=on_start, on_step=on_step)


if __name__ == "__main__":
    main()
