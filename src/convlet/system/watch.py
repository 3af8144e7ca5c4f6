"""Define the callbacks for long operations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


def _ignore(*_: object) -> None:
    """Do nothing."""


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Callbacks for long operations, called from the working thread.

    Attributes:
        on_note: (text) a line for the user.
        on_progress: (what, done, total, detail) `what` names the work ("reading train"), `done` and `total` count
            bytes, images or trials, `detail` is a short text such as a rate. The last call has `done == total`.
        on_step: (epoch, steps done, steps in the epoch, {"loss", "accuracy"} so far) of a training; epochs count from 1
            through all members of an ensemble.
        on_epoch: (`convlet.run.Epoch`) an epoch ended, including any validation; once one is validated, the run's
            history has all epochs up to it.
        on_start: (`convlet.Run`) a training begins or resumes; its history has the epochs so far.
        on_end: (`convlet.Run`) a training is over; its status is "done", "interrupted" or "failed".

    Example:
        >>> recipe = convlet.recipe("small-data", epochs=2)
        >>> watch = convlet.Watch(on_epoch=lambda epoch: print(epoch.epoch))
        >>> run = convlet.train(convlet.load("digits"), recipe, watch=watch)
        1
        2
    """

    on_note: Callable[[str], None] = _ignore
    on_progress: Callable[[str, int, int, str], None] = _ignore
    on_step: Callable[[int, int, int, Mapping[str, float]], None] = _ignore
    on_epoch: Callable[[Any], None] = _ignore
    on_start: Callable[[Any], None] = _ignore
    on_end: Callable[[Any], None] = _ignore
