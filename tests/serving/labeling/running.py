"""`convlet label` in a process of its own, as people run it."""

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

import numpy as np
from PIL import Image

from convlet.data import Split
from convlet.data.decisions import decisions_in


@dataclass
class Labeling:
    """A running server."""

    url: str
    process: "subprocess.Popen[str]"

    @property
    def port(self) -> int:
        return int(re.findall(r":(\d+)/", self.url)[0])

    @property
    def token(self) -> str:
        return self.url.rpartition("=")[2]

    def ask(self, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """One request: its status, and what it says."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            headers = {"Authorization": f"Bearer {self.token}"} | headers
            content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request("GET" if body is None else "POST", path, content, headers)
            response = connection.getresponse()
            said = response.read()
            kind = response.getheader("content-type", "")
            return response.status, json.loads(said) if "json" in kind else said


@contextlib.contextmanager
def labeling(folder: Path, *options: str) -> Iterator[Labeling]:
    """Run `convlet label FOLDER --no-open OPTIONS`."""
    command = [sys.executable, "-m", "convlet", "label", str(folder), "--no-open", "--who", "ann", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            said = []
            for line in process.stderr:
                said.append(line)
                if found := re.search(r"http://\S+", line):
                    yield Labeling(found[0], process)
                    break
            else:
                raise AssertionError("".join(said))
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(timeout=60)


def write_flat(folder: Path, split: Split, count: int) -> list[str]:
    """Images without labels: 000.png, ...; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, image in enumerate(np.asarray(split.images[:count])):
        Image.fromarray(image[..., 0]).save(folder / f"{number:03}.png")
    return [f"{number:03}.png" for number in range(count)]


def held(folder: Path) -> dict[str, str]:
    """What is decided, by path; "-" for an image that is left out."""
    found = decisions_in(folder)
    return {path: "-" if one.excluded else one.label for path, one in found.of.items()} if found else {}
