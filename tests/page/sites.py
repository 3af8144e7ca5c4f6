"""The page on a small server: in front of a made-up model, or as a folder of files with a model in it."""

import base64
import contextlib
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from tests.images import encoded

PAGE = Path(str(resources.files("convlet") / "page"))
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
}

INK = {"kind": "ink", "light": True, "box": 20 / 28, "centre": "mass"}
LONG = ["Pseudomonas aeruginosa, rod-shaped", "a word", "<b>&amp;</b>", *(f"class {number}" for number in range(97))]
Reply = tuple[int, dict[str, str], object]  # status, headers, what is sent as JSON


@dataclass
class Site:
    """A server's address, and the requests it was sent: (method, path with query, headers in lower case, body)."""

    url: str
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def asked(self, start: str) -> list[tuple[str, str, dict[str, str], bytes]]:
        """Those whose path starts so."""
        return [request for request in self.requests if request[1].startswith(start)]


def laid_out(folder: Path) -> Path:
    """The page as a server shows it: index.html, and everything else in static/."""
    shutil.copytree(PAGE, folder / "static", ignore=shutil.ignore_patterns("local"))
    (folder / "static" / "index.html").rename(folder / "index.html")
    return folder


def picture(width: int = 28, height: int = 28, noise: int = 40) -> bytes:
    return encoded(np.random.default_rng(0).integers(0, noise, (height, width, 3), dtype=np.uint8))


class Model:
    """A made-up server: what it says of itself, and of every picture. A test changes what it needs changed."""

    def __init__(self) -> None:
        self.classes = [str(digit) for digit in range(10)]
        self.form: dict[str, Any] = INK
        self.probability, self.known, self.empty = 0.93, True, False
        self.refusals: list[Reply] = []  # the next answers
        self.wait = 0.0
        self.page: dict[str, Any] = {"text": "", "characters": []}

    def reply(self, _method: str, path: str, _body: bytes) -> Reply:
        if path == "/model":
            facts = {
                "name": "made-up",
                "classes": self.classes,
                "input_shape": [28, 28, 1],
                "form": self.form,
                "threshold": 0.9,
            }
            return 200, {}, facts
        if self.refusals:
            return self.refusals.pop(0)
        time.sleep(self.wait)
        if path == "/predict/page":
            return 200, {}, self.page
        rest = (1 - self.probability) / (len(self.classes) - 1)
        likely = {name: self.probability if number == 0 else rest for number, name in enumerate(self.classes)}
        url = "data:image/png;base64," + base64.b64encode(picture()).decode()
        answer = {
            "label": self.classes[0],
            "probability": self.probability,
            "known": self.known,
            "empty": self.empty,
            "probabilities": likely,
            "input": url,
        }
        return 200, {}, answer | {"top": list(likely.items())[:3]} | ({"heat": url} if "heat=1" in path else {})


@contextlib.contextmanager
def shown(folder: Path, reply: Callable[[str, str, bytes], Reply] | None = None) -> Iterator[Site]:
    """Serve a folder under a path of its own, and what `reply(method, path, body)` says of everything else.

    The Content-Security-Policy is the server's, or, with a model in the folder, only the page's own.
    """
    policy = {} if (folder / "static" / "model.onnx").exists() else {"Content-Security-Policy": POLICY}
    requests: list[tuple[str, str, dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, *_: object) -> None:
            pass

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = self.path.removeprefix("/some/place")
            requests.append((self.command, path, {name.lower(): value for name, value in self.headers.items()}, body))
            file = folder / (path.lstrip("/") or "index.html")
            if file.is_file():
                status, headers, content = (
                    200,
                    {"Content-Type": _TYPES.get(file.suffix, "application/octet-stream")},
                    file.read_bytes(),
                )
            elif reply is None:
                status, headers, content = 404, {}, b""
            else:
                status, headers, value = reply(self.command, path, body)
                headers, content = {"Content-Type": "application/json", **headers}, json.dumps(value).encode()
            with contextlib.suppress(ConnectionError):
                self.send_response(status)
                for name, value in {**headers, **policy}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(f"http://127.0.0.1:{server.server_port}/some/place/", requests)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
