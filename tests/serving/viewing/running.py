"""Run `convlet view` in a process of its own."""

import contextlib
import http.client
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Viewing:
    """A running server."""

    url: str
    process: "subprocess.Popen[str]"

    @property
    def port(self) -> int:
        return int(re.findall(r":(\d+)/", self.url)[0])

    @property
    def token(self) -> str:
        return self.url.rpartition("=")[2]

    def get(self, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """One request: its status, its headers, and what it says."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request("GET" if body is None else "POST", path, content, headers)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()

    def ask(self, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """One request with the token: its status, and its JSON."""
        status, _, said = self.get(path, body, **{"Authorization": f"Bearer {self.token}"} | headers)
        return status, json.loads(said)

    def runs(self) -> dict[str, dict[str, Any]]:
        """All runs, by name."""
        return {run["name"]: run for run in self.ask("/api/runs")[1]["changed"]}


@contextlib.contextmanager
def viewing(folder: Path, *options: str) -> Iterator[Viewing]:
    """Run `convlet view --runs FOLDER --no-open OPTIONS`."""
    command = [sys.executable, "-m", "convlet", "view", "--runs", str(folder), "--no-open", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            said = []
            for line in process.stderr:
                said.append(line)
                if found := re.search(r"http://\S+", line):
                    yield Viewing(found[0], process)
                    break
            else:
                raise AssertionError("".join(said))
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(timeout=60)
