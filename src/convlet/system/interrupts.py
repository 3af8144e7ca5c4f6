"""Handle Ctrl-C only when it is safe to leave an engine's native code."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from convlet.system.windows import ENDING


@contextlib.contextmanager
def interrupts_held() -> Iterator[Callable[[], None]]:
    """Delay the first SIGINT or SIGTERM until a safe moment; a second one interrupts immediately.

    Python raises KeyboardInterrupt between any two instructions, even inside calls that TensorFlow makes from native
    code; that can crash the process with a segmentation fault.

    Yields:
        A function to call at safe moments: it raises KeyboardInterrupt if a signal has arrived. So does the end of the
        block. Only the main thread gets signals; in other threads nothing is delayed.
    """
    came: list[int] = []

    def check() -> None:
        if came:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield check
        return
    handlers: dict[signal.Signals, Any] = {}

    def hold(number: int, frame: FrameType | None) -> None:
        if came:
            handlers[signal.Signals(number)](number, frame)
        came.append(number)

    for number in ENDING:
        if callable(handler := signal.getsignal(number)):  # else the signal is ignored, or ends the process
            handlers[number] = handler
            signal.signal(number, hold)
    try:
        yield check
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    check()
