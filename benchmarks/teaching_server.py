"""`convlet serve --teach` in a process of its own, and questions to it."""

import contextlib
import http.client
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode


class Server:
    """`convlet serve RUN --teach FOLDER` in a process of its own."""

    def __init__(self, run: str, folder: Path) -> None:
        command = [sys.executable, "-m", "convlet", "serve", run, "--teach", str(folder), "--port", "0"]
        began = time.perf_counter()
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr or ():
            if found := re.search(r"answers at http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                break
        else:
            raise SystemExit(f"the server ended: {self.process.wait()}")
        self.start_seconds = time.perf_counter() - began
        threading.Thread(target=lambda: list(self.process.stderr or ()), daemon=True).start()

    def ask(self, path: str, body: bytes | None = None, query: dict[str, Any] | None = None) -> Any:
        """Ask, with POST if there is a body or a query, and return the JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        with contextlib.closing(connection):
            method = "GET" if body is None and query is None else "POST"
            connection.request(method, f"{path}?{urlencode(query)}" if query else path, body)
            response = connection.getresponse()
            content = json.loads(response.read())
        if response.status != 200:
            raise SystemExit(f"{path}: {response.status} {content}")
        return content

    def taught(self) -> Any:
        """Wait until the training has ended; return the state."""
        while (state := self.ask("/teach"))["training"]["state"] == "training":
            time.sleep(0.05)
        if state["training"]["problem"]:
            raise SystemExit(state["training"]["problem"])
        return state

    def end(self) -> None:
        """End as Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)


@contextlib.contextmanager
def served(run: str, folder: Path) -> Iterator[Server]:
    """Serve for a while."""
    server = Server(run, folder)
    try:
        yield server
    finally:
        server.end()
