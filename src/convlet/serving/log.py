"""One line of JSON for each request, written by a thread of its own: a log that is read slowly holds up no answer."""

import json
import logging
import queue
import threading
import time
from datetime import UTC, datetime
from typing import Any, BinaryIO

_PAUSE = 0.05  # seconds between two writings; lines are written together
_MOST = 20_000  # lines that may wait; further ones are counted and left out


class Log(logging.Handler):
    """Lines of JSON on a stream; also what uvicorn has to say.

    Args:
        stream: where they go; without a buffer of its own, whose lock a reader that stands still would hold beyond the process's end.
    """

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(logging.WARNING)
        self._stream = stream
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._left_out = 0
        self._thread = threading.Thread(target=self._serve, name="log", daemon=True)
        self._thread.start()

    def request(self, id_: str, method: str, path: str, status: int, seconds: float, received: int, sent: int) -> None:
        """A request's line: its id, what was asked, how it ended, after how long, bytes of the body and of the answer's."""
        # Written out, for every request pays for it; only the path can hold a character that JSON would write otherwise.
        self._put(
            f'{{"time": "{_now()}", "id": "{id_}", "method": "{method}", "path": {json.dumps(path[:200])}, '
            f'"status": {status}, "ms": {1000 * seconds:.1f}, "bytes": {received}, "sent": {sent}}}'
        )

    def write(self, facts: dict[str, Any]) -> None:
        """Any other line: these facts behind the time."""
        self._put(json.dumps({"time": _now(), **facts}))

    def _put(self, line: str) -> None:
        if self._lines.qsize() >= _MOST:
            self._left_out += 1
        else:
            self._lines.put(line)

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
                text += (
                    json.dumps({"time": _now(), "level": "warning", "message": f"{self._left_out} lines left out"})
                    + "\n"
                )
                self._left_out = 0
            left = memoryview(text.encode())
            try:
                while left:
                    written = self._stream.write(left)
                    left = left[written or 0 :]
                    if not written:  # a stream that does not wait for its reader
                        time.sleep(_PAUSE)
            except (OSError, ValueError):  # whoever read it is gone; the answers matter more
                return


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
