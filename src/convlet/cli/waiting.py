"""Say what is waited for, once nothing has been shown for two seconds."""

import contextlib
import threading
import time
from collections.abc import Iterator

from convlet.cli.console import MANNER, note

_PATIENCE = 2.0  # seconds
_LOOK = 0.25  # seconds between two looks
# What each verb does first. `Bars` and verbs go on from there with `MANNER.doing`. A server ends it when it answers.
WAITS = {
    "compare": "opening the models",
    "data check": "opening the data set",
    "data info": "opening the data set",
    "data show": "opening the data set",
    "doctor": "looking at this machine",
    "evaluate": "opening the model and its data set",
    "explain": "opening the model",
    "export": "starting Keras to write the model",
    "label": "opening the folder",
    "predict": "reading and answering",
    "recipe show": "reading the recipe",
    "runs check": "reading every file of the runs",
    "runs clean": "looking through the folder",
    "train": "opening the data set",
    "tune": "opening the data set",
}


@contextlib.contextmanager
def waiting(first: str) -> Iterator[None]:
    """While a verb runs, say what is done if nothing was shown for two seconds; each thing once.

    Args:
        first: what the verb begins with; "" if it says so itself.
    """
    MANNER.doing, MANNER.spoke = first, time.monotonic()
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(over,), daemon=True)
    if not MANNER.quiet:
        watcher.start()
    try:
        yield
    finally:
        over.set()
        if watcher.is_alive():
            watcher.join()


def _watch(over: threading.Event) -> None:
    told = {""}
    while not over.wait(_LOOK):
        doing, bars = MANNER.doing, MANNER.bars
        shown = bars is not None and bool(bars.tasks)  # a bar is a line, too
        if doing not in told and not shown and time.monotonic() - MANNER.spoke >= _PATIENCE:
            told.add(doing)
            (bars.note if bars else note)(f"{doing} ...")
