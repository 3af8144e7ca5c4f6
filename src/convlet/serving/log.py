"""One line of JSON for each request, written by a thread of its own: a log that is read slowly holds up no answer."""

import json
import logging
import queue
import threading
import time
from datetime import UTC, datetime
from typing import Any, TextIO

_PAUSE = 0.05  # seconds between two writings; lines are written together
_MOST = 20_000  # lines that may wait; further ones are counted and left out


class Log(logging.Handler):
    """Lines of JSON on a stream; also what uvicorn has to say.

    Args:
        stream: where they go.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(logging.WARNING)
        self._stream = stream
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._left_out = 0
        self._thread = threading.Thread(target=self._serve, name="log", daemon=True)
        self._thread.start()

    def write(self, facts: dict[str, Any]) -> None:
        """Add a line with these facts behind the time."""
        if self._lines.qsize() >= _MOST:
            self._left_out += 1
            return
        self._lines.put(json.dumps({"time": _now(), **facts}))

    def emit(self, record: logging.LogRecord) -> None:
        """What a library logs."""
        self.write({"level": record.levelname.lower(), "message": self.format(record)})

    def close(self) -> None:
        """Write what waits, unless nobody reads."""
        self._lines.put(None)
        self._thread.join(timeout=1)
        super().close()

    def _serve(self) -> None:
        ended = False
        while not ended:
            lines = [self._lines.get()]
            time.sleep(_PAUSE)
            lines += [self._lines.get() for _ in range(self._lines.qsize())]
            ended = None in lines
            text = "".join(f"{line}\n" for line in lines if line is not None)
            if self._left_out:
                text += json.dumps({"time": _now(), "level": "warning", "message": f"{self._left_out} lines left out"}) + "\n"
                self._left_out = 0
            try:
                self._stream.write(text)
                self._stream.flush()
            except (OSError, ValueError):  # whoever read it is gone; the answers matter more
                return


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
