"""Callbacks for everything that takes long: training, tuning, downloads, reading folders, bulk prediction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Callbacks for everything that takes long. Each is called from the thread that does the work.

    Attributes:
        on_note: (text) a line the user should know.
        on_progress: (what, done, total, detail) progress. `what` names it ("downloading t10k-labels",
            "reading train"), `done` and `total` count bytes, images or trials, `detail` is a short text such as a rate.
            The last call has `done == total`.
        on_step: (epoch from 1 on through all members of an ensemble, steps done, steps in the epoch,
            {"loss", "accuracy"} so far) of a training.
        on_epoch: (`convlet.run.Epoch`) an epoch has ended, validation included; the run's history has it.
        on_start: (`convlet.Run`) a training begins or resumes; the run's history has every epoch so far.
        on_end: (`convlet.Run`) a training is over, and the run's status says how: "done", "interrupted" or "failed".

    Example:
        >>> convlet.train(dataset, recipe, watch=convlet.Watch(on_note=print, on_epoch=print))
    """

    on_note: Callable[[str], None] = field(default=lambda text: None)
    on_progress: Callable[[str, int, int, str], None] = field(default=lambda *progress: None)
    on_step: Callable[[int, int, int, Mapping[str, float]], None] = field(default=lambda *step: None)
    on_epoch: Callable[[Any], None] = field(default=lambda epoch: None)
    on_start: Callable[[Any], None] = field(default=lambda run: None)
    on_end: Callable[[Any], None] = field(default=lambda run: None)
