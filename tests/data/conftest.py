"""Fixtures of the data room's tests: a separate cache, and web servers on this machine."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from convlet.data import disk, numbers, spill
from convlet.system.cache import cache_folder


@pytest.fixture(params=["in memory", "on disk"])
def kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where pixels are kept: a test that uses this runs twice, once with pixels on disk."""
    if request.param == "on disk":
        monkeypatch.setattr(disk, "IN_MEMORY", 0)
        monkeypatch.setattr(disk, "BLOCK", 128)
        monkeypatch.setattr(numbers, "_CELLS", 10)
    return request.param


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, no CONVLET_DATA, and no proxy before 127.0.0.1."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))  # Linux
    monkeypatch.setenv("HOME", str(tmp_path))  # macOS
    monkeypatch.delenv("CONVLET_DATA", raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    if not cache_folder().is_relative_to(tmp_path):
        pytest.skip(
            "on this platform no environment variable moves the user's cache folder, and tests leave that one alone"
        )
    return cache_folder()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for temporary files."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(spill, "temporary_folder", lambda: str(tmp_path / "temporary"))
    return tmp_path / "temporary"


class Mirror:
    """A web server that serves `files` under /set/ and notes in `asked` what it was asked for.

    With `short` it promises each file's whole length, sends half and hangs up.
    """

    def __init__(self, files: Mapping[str, bytes], short: bool) -> None:
        self.files = files
        self.asked: list[str] = []
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.removeprefix("/set/")
                mirror.asked.append(name)
                if name not in mirror.files:
                    self.send_error(404)
                    return
                data = mirror.files[name]
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data[: len(data) // 2] if short else data)

            def log_message(self, *_: object) -> None:
                """Nothing on stderr."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/set/"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def start_mirror() -> Iterator[Callable[..., Mirror]]:
    """Start a Mirror with `start_mirror(files)`; it stops after the test."""
    started: list[Mirror] = []

    def start(files: Mapping[str, bytes], *, short: bool = False) -> Mirror:
        started.append(Mirror(files, short))
        return started[-1]

    yield start
    for mirror in started:
        mirror.close()


@pytest.fixture
def dead_mirror() -> Iterator[str]:
    """An address on this machine where nobody listens or can listen during the test."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/set/"
