"""Shared by the tests of serving: a server in a thread of the test's process, a client, and paused queues."""

import contextlib
import http.client
import io
import json
import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import numpy as np

from convlet.errors import DataError
from convlet.prediction.predictor import Predictor
from convlet.serving import Settings
from convlet.serving.app import App
from convlet.serving.door import Door
from convlet.serving.lanes import Lane, Lanes, _Job
from convlet.serving.log import Log
from convlet.serving.openapi import document
from convlet.serving.server import Server
from convlet.training.teaching import Teacher

TOKEN = "correct-horse-battery"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def answer(connection: http.client.HTTPConnection) -> Answer:
    """What comes back over a connection."""
    response = connection.getresponse()
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())


@dataclass
class Served:
    """A running server."""

    port: int
    name: str
    lines: io.BytesIO
    server: Server
    document: dict[str, Any]

    @property
    def lanes(self) -> Lanes:
        return self.server._app.lanes

    @contextlib.contextmanager
    def connection(self) -> Iterator[http.client.HTTPConnection]:
        """One connection, for the requests that a test makes by hand."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            yield connection

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """One request over its own connection; header names have _ for -."""
        given = self.ask_undescribed(method, path, body, **headers)
        require_described(self.document, method, path.partition("?")[0], given)
        return given

    def ask_undescribed(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """The same, where another model answers by now than the one described at first."""
        with self.connection() as connection:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            return answer(connection)

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: bytes = b"", **headers: str) -> Answer:
        return self.ask("POST", path, body, **headers)

    def log(self, lines: int) -> list[dict[str, Any]]:
        """The log, once it has a number of lines."""
        eventually(lambda: self.lines.getvalue().count(b"\n") >= lines)
        return [json.loads(line) for line in self.lines.getvalue().splitlines()]


@contextlib.contextmanager
def served(model: Any, **changes: Any) -> Iterator[Served]:
    """Serve a model on a free port, with a deadline that even a slow machine meets."""
    settings = Settings(**{"port": 0, "deadline": 60} | changes)
    text, ready = io.BytesIO(), threading.Event()
    door = Door(settings)
    log = Log(text)
    teacher = Teacher(settings.teach, Path(model)) if settings.teach else None
    predictor = teacher.predictor(teacher.answers) if teacher else Predictor(model, threads=1)
    app = App(predictor, settings, log, teacher)
    server = Server(app, settings, log, door, lambda _: ready.set())
    thread = threading.Thread(target=server.run, kwargs={"sockets": []})
    with contextlib.closing(log):
        thread.start()
        assert ready.wait(60)
        running = Served(
            int(door.url.rpartition(":")[2]),
            app.name,
            text,
            server,
            document(predictor.signature, app.name, token=settings.token is not None, teach=teacher is not None),
        )
        try:
            yield running
        finally:
            server.should_exit = True
            thread.join(60)
            if teacher:
                teacher.close()
            assert not thread.is_alive()


def eventually(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something holds; fail if it never does."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.005)


def post_head(path: str, length: int, more: bytes = b"") -> bytes:
    """The head of a request with a body of a given size in bytes."""
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n".encode() + more + b"\r\n"


class _Stop:
    """Work that holds its thread until it may go on."""

    def __init__(self) -> None:
        self.begun, self.may_go_on = threading.Event(), threading.Event()

    def read(self, _: Predictor) -> np.ndarray:
        self.begun.set()
        assert self.may_go_on.wait(60)
        raise DataError("held")

    def put(self, lane: Lane) -> None:
        request: Any = SimpleNamespace(gone=lambda: False, deadline=math.inf)
        work: Any = self
        future: Any = Future()
        lane._waiting.put(_Job(work, request, future, lane._model.now))


@contextlib.contextmanager
def held(lane: Lane) -> Iterator[None]:
    """Keep the thread of a lane busy."""
    stop = _Stop()
    stop.put(lane)
    assert stop.begun.wait(60)
    try:
        yield
    finally:
        stop.may_go_on.set()
        eventually(lambda: lane.depth() == 0)


@contextlib.contextmanager
def waiting(lane: Lane) -> Iterator[None]:
    """Fill one place in the queue of a lane that is held."""
    stop = _Stop()
    stop.may_go_on.set()
    stop.put(lane)
    yield


def drained(lane: Lane) -> None:
    """Return once the lane has finished all waiting work."""
    for _ in range(2):  # the first may be read in one batch with it
        with held(lane):
            pass


def require_described(document: dict[str, Any], method: str, path: str, given: Answer) -> None:
    """Fail if the OpenAPI document does not list this answer."""
    described = document["paths"].get(path)
    if described is None or method == "HEAD":
        return
    operation = described.get(method.lower()) or next(iter(described.values()))  # every operation documents 405
    assert str(given.status) in operation["responses"], f"{method} {path} answered {given.status}"
    response = operation["responses"][str(given.status)]
    type_ = given.headers["content-type"].partition(";")[0]
    assert type_ in response["content"], f"{method} {path} answered {type_}"
    assert {name.lower() for name in response.get("headers", {}) if given.status >= 400} <= set(given.headers)
    if type_ == "application/json":
        schema = {**response["content"][type_]["schema"], "components": document["components"]}
        jsonschema.Draft202012Validator(schema).validate(given.json)
