"""Log one line of JSON per request. A separate thread writes it, so a slow reader of the log delays no answer."""

import json
import logging
import queue
import threading
import time
from datetime import UTC, datetime
from typing import Any, BinaryIO

_PAUSE = 0.05  # seconds between two writes of all waiting lines
_MOST = 20_000  # lines that may wait; more are dropped and counted


class Log(logging.Handler):
    """Lines of JSON on a stream, including uvicorn's warnings.

    Args:
        stream: an unbuffered one. With a stuck reader, a buffer's lock would be held past the end of the process.
    """

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(logging.WARNING)
        self._stream = stream
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._left_out = 0
        self._thread = threading.Thread(target=self._serve, name="log", daemon=True)
        self._thread.start()

    def request(self, id_: str, method: str, path: str, status: int, seconds: float, received: int, sent: int) -> None:
        """Write a request's line; `received` and `sent` are the bytes of both bodies."""
        # Formatted by hand, since every request pays for it. Only the path can contain a character that JSON escapes.
        self._put(
            f'{{"time": "{_now()}", "id": "{id_}", "method": "{method}", "path": {json.dumps(path[:200])}, '
            f'"status": {status}, "ms": {1000 * seconds:.1f}, "bytes": {received}, "sent": {sent}}}'
        )

    def write(self, facts: dict[str, Any]) -> None:
        """Write any other line: the time and these facts."""
        self._put(json.dumps({"time": _now(), **facts}))

    def _put(self, line: str) -> None:
        if self._lines.qsize() >= _MOST:
            self._left_out += 1
        else:
            self._lines.put(line)

    def emit(self, record: logging.LogRecord) -> None:
        """Write what a library logs."""
        self.write({"level": record.levelname.lower(), "message": self.format(record)})

    def close(self) -> None:
        """Write the waiting lines, if anyone reads them."""
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
                left_out = f"{self._left_out} lines left out"
                text += json.dumps({"time": _now(), "level": "warning", "message": left_out}) + "\n"
                self._left_out = 0
            left = memoryview(text.encode())
            try:
                while left:
                    written = self._stream.write(left)
                    left = left[written or 0 :]
                    if not written:  # a non-blocking stream whose reader is slow
                        time.sleep(_PAUSE)
            except (OSError, ValueError):  # the reader is gone; the answers matter more
                return


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
