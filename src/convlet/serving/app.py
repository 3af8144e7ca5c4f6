"""The application: Starlette's, and around it what every request meets: an id, headers, refusals in JSON, the meters, the log."""

import io
import random
import re
import time
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from convlet.prediction.predictor import Predictor
from convlet.serving.access import Access
from convlet.serving.facts import facts_routes
from convlet.serving.lanes import Lane, Lanes
from convlet.serving.log import Log
from convlet.serving.meters import Meters
from convlet.serving.predict import predict_routes
from convlet.serving.protocol import protocol_routes
from convlet.serving.refusal import RefusedError
from convlet.serving.request import Bodies, Request
from convlet.serving.settings import Settings
from convlet.serving.static import page_routes

Headers = list[tuple[bytes, bytes]]

_SANE = re.compile("[A-Za-z0-9._:-]{1,128}")  # a request's id that is taken over into the log
_GONE = 499  # what nginx writes into its log for a client that hung up; never sent
_LARGE, _LONG = 16, 8  # of those that may wait: each takes up to a second or several
_ALWAYS = [(b"x-content-type-options", b"nosniff"), (b"cross-origin-resource-policy", b"same-origin")]
_NO_STORE = (b"cache-control", b"no-store")
_NOWHERE: tuple[str, Lane | None, Response] = ("", None, Response())


class App(Starlette):
    """One model behind its routes.

    Args:
        predictor: the model.
        settings: how it is served.
        log: where each request leaves its line.

    Attributes:
        name: the model's, in addresses.
        access: who may ask.
        lanes: to be started with the loop and closed after the last answer.
        draining: set when no more requests should come: every answer then ends its connection.
    """

    def __init__(self, predictor: Predictor, settings: Settings, log: Log) -> None:
        signature = predictor.signature
        self.name = settings.name or signature.name
        self.access, self.draining = Access(settings), False
        self._log, self._deadline, self._bodies, self._meters = log, settings.deadline, Bodies(), Meters()
        self.lanes = Lanes(
            self._lane("small images", predictor, settings.threads, settings.queue),
            self._lane("pictures", predictor, 1, min(_LARGE, settings.queue), lambda: predictor.read(_photograph())),
            self._lane("pages", predictor, 1, min(_LONG, settings.queue)),
        )
        routes = [  # Starlette looks from the first to the last
            *predict_routes(self.lanes, signature),
            *protocol_routes(self.lanes, signature, self.name, self._ready),
            *facts_routes(signature, self.name, settings, self._meters, self._ready),
            *page_routes(),
        ]
        handlers: dict[Any, Any] = {  # as Starlette has it, each would take any exception
            RefusedError: self._refused,
            ClientDisconnect: self._gone,
            TimeoutError: self._late,
            404: self._nothing_there,
            405: self._wrong_method,
            500: self._failed,
        }
        super().__init__(routes=routes, exception_handlers=handlers)
        self.router.redirect_slashes = False
        self._queued = {
            route.path.encode(): (route.path, route.lane, route.lane.refusal().response(plain=route.plain))
            for route in routes
            if route.lane
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = time.monotonic()
        request = Request(scope, receive, self._bodies, began + self._deadline)
        id_ = _id(request.headers.get("x-request-id"))
        status, sent = _GONE, 0

        async def send_on(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._headers(message["headers"], id_)
            else:
                sent += len(message["body"])
            await send(message)

        try:
            await super().__call__(scope, receive, send_on)
        except Exception:
            self._log.write({"id": id_, "level": "error", "message": traceback.format_exc()})
        request.done()
        seconds = time.monotonic() - began
        self._meters.request(scope["route"].path if "route" in scope else "other", status, seconds)
        self._log.request(id_, request.method, scope["path"], status, seconds, request.received, sent)

    def turned_away(self, method: bytes, url: bytes, headers: Headers) -> tuple[int, Headers, bytes] | None:
        """Status, headers and body for a request whose queue is full, before a task is made for it; None where there is room.

        Under load there are many of these, and what they cost is taken from those who wait.
        """
        path, lane, refusal = self._queued.get(url.partition(b"?")[0], _NOWHERE)
        if lane is None or method != b"POST" or self.draining:
            return None
        if not lane.full:
            lane.expect()
            return None
        id_ = _id(next((value.decode("latin-1") for name, value in headers if name == b"x-request-id"), None))
        status, body = refusal.status_code, bytes(refusal.body)
        self._meters.refusal("busy")
        self._meters.request(path, status, 0.0)
        self._log.request(id_, "POST", path, status, 0.0, 0, len(body))
        return status, self._headers(refusal.raw_headers, id_), body

    def _headers(self, own: Headers, id_: str) -> Headers:
        headers = [*own, (b"x-request-id", id_.encode()), *_ALWAYS]
        if not any(name == b"cache-control" for name, _ in own):
            headers.append(_NO_STORE)
        if self.draining:
            headers.append((b"connection", b"close"))
        return headers

    async def _refused(self, connection: HTTPConnection, refusal: RefusedError) -> Response:
        self._meters.refusal(refusal.code)
        await connection.scope["request"].discard()
        route = connection.scope.get("route")
        return refusal.response(plain=route.plain if route else connection.scope["path"].startswith("/v2/"))

    async def _nothing_there(self, connection: HTTPConnection, _: Exception) -> Response:
        named = connection.scope["path"][:200]
        refusal = RefusedError(
            404, "not_found", f"There is nothing at {named!r}. GET /openapi.json lists what there is."
        )
        return await self._refused(connection, refusal)

    async def _wrong_method(self, connection: HTTPConnection, _: Exception) -> Response:
        allow = ", ".join(sorted(connection.scope["route"].methods))
        message = f"{connection.scope['method']} is not offered here. Expected {allow}."
        return await self._refused(connection, RefusedError(405, "wrong_method", message, {"allow": allow}))

    async def _late(self, connection: HTTPConnection, _: Exception) -> Response:
        if connection.scope["request"].complete:
            refusal = RefusedError(504, "deadline", f"No answer within {self._deadline:g} s. Try again later.")
        else:
            message = f"The body did not arrive within {self._deadline:g} s."
            refusal = RefusedError(408, "slow_body", message, {"connection": "close"})
        return await self._refused(connection, refusal)

    async def _gone(self, *_: object) -> None:
        """Nobody is there to be answered."""

    async def _failed(self, connection: HTTPConnection, _: Exception) -> Response:
        route = connection.scope.get("route")
        return RefusedError(500, "internal", "The server failed; its log says why.").response(
            plain=bool(route and route.plain)
        )

    def _lane(
        self, name: str, predictor: Predictor, threads: int, capacity: int, first: Callable[[], object] = lambda: None
    ) -> Lane:
        lane = Lane(name, predictor, threads, capacity, self._meters.queue(name), first)
        self._meters.depth(name, lane.depth)
        return lane

    def _ready(self) -> bool:
        return not self.draining


def _id(given: str | None) -> str:
    return given if given is not None and _SANE.fullmatch(given) else f"{random.getrandbits(64):016x}"


def _photograph() -> bytes:
    """A stroke on uneven ground as a WebP file: reading it loads what any picture may need, before somebody waits for one."""
    across = np.linspace(90, 200, 200, dtype=np.float32)
    picture = across[:, np.newaxis] / 2 + across / 2
    picture[60:140, 95:105] -= 60
    file = io.BytesIO()
    Image.fromarray(picture.astype(np.uint8)).save(file, "WebP")
    return file.getvalue()
