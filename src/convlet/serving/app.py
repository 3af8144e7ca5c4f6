"""The ASGI application. No framework stands between it and uvicorn: routing is a look into a dictionary, and every microsecond here is paid by each request."""

import asyncio
import io
import re
import secrets
import time
import traceback
from collections.abc import Callable

import numpy as np
from PIL import Image

from convlet.predictor import Predictor
from convlet.serving.access import Access
from convlet.serving.facts import facts_routes
from convlet.serving.lanes import Lane, Lanes
from convlet.serving.log import Log
from convlet.serving.meters import Meters
from convlet.serving.predict import predict_routes
from convlet.serving.protocol import protocol_routes
from convlet.serving.request import Bodies, Receive, Request, Scope, Send
from convlet.serving.response import GoneError, Headers, RefusedError, Response
from convlet.serving.routes import Route
from convlet.serving.settings import Settings, served_name
from convlet.serving.static import page_routes

_SANE = re.compile(rb"[A-Za-z0-9._:-]{1,128}")  # a request's id that is taken over into the log
_GONE = 499  # what nginx writes into its log for a client that hung up; never sent
_LARGE, _LONG = 16, 8  # of those that may wait: each takes up to a second or several
_ALWAYS = [(b"x-content-type-options", b"nosniff"), (b"cross-origin-resource-policy", b"same-origin")]
_NO_STORE = (b"cache-control", b"no-store")
_NOWHERE: tuple[str, Route, Lane | None] = ("", Route({}), None)


class App:
    """One model behind its routes.

    Args:
        predictor: the model.
        settings: how it is served.
        log: where each request leaves its line.

    Attributes:
        lanes: to be started with the loop and closed after the last answer.
        draining: set when no more requests should come: every answer then ends its connection.
    """

    def __init__(self, predictor: Predictor, settings: Settings, log: Log) -> None:
        signature = predictor.signature
        self.name = settings.name or served_name(signature.dataset, signature.recipe)
        self.draining = False
        self._log, self._deadline = log, settings.deadline
        self._access, self._bodies, self._meters = Access(settings), Bodies(), Meters()
        self.lanes = Lanes(
            self._lane("small images", predictor, settings.threads, settings.queue),
            self._lane("pictures", predictor, 1, min(_LARGE, settings.queue), lambda: predictor.read(_photograph())),
            self._lane("pages", predictor, 1, min(_LONG, settings.queue)),
        )
        self._routes: dict[str, Route] = {
            **page_routes(),
            **predict_routes(self.lanes, signature),
            **protocol_routes(self.lanes, signature, self.name, self._ready),
            **facts_routes(signature, self.name, settings, self._meters, self._ready),
        }
        self._queued = {path.encode(): (path, route, route.lane) for path, route in self._routes.items() if route.lane}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = time.monotonic()
        request = Request(scope, receive, self._bodies, began + self._deadline)
        route = self._routes.get(request.path)
        id_ = _id(request.header(b"x-request-id"))
        response = await self._answered(request, route, id_)
        request.done()
        if response is not None:
            await self._send(response, id_, send)
        status, sent = (_GONE, 0) if response is None else (response.status, len(response.body))
        seconds = time.monotonic() - began
        self._meters.request(request.path if route else "other", status, seconds)
        self._log.request(id_.decode(), request.method, request.path, status, seconds, request.received, sent)

    def turned_away(self, method: bytes, url: bytes, headers: Headers) -> tuple[int, Headers, bytes] | None:
        """Status, headers and body for a request whose queue is full, before a task is made for it; None where there is room.

        Under load there are many of these, and what they cost is taken from those who wait.
        """
        path, route, lane = self._queued.get(url.partition(b"?")[0], _NOWHERE)
        if lane is None or not lane.full or method != b"POST" or self.draining:
            return None
        id_ = _id(next((value for name, value in headers if name == b"x-request-id"), None))
        refusal = lane.refusal()
        response = refusal.response(plain=route.plain)
        self._meters.refusal(refusal.code)
        self._meters.request(path, response.status, 0.0)
        self._log.request(id_.decode(), "POST", path, response.status, 0.0, 0, len(response.body))
        return response.status, self._headers(response, id_), response.body

    async def _answered(self, request: Request, route: Route | None, id_: bytes) -> Response | None:
        """The response, whatever happens; None where the client has hung up."""
        try:
            return await self._answer(request, route)
        except RefusedError as refusal:
            self._meters.refusal(refusal.code)
            await request.discard()
            return refusal.response(plain=route.plain if route else request.path.startswith("/v2/"))
        except GoneError:
            return None
        except Exception:  # noqa: BLE001  one request's bad luck, written down
            self._log.write({"id": id_.decode(), "level": "error", "message": traceback.format_exc()})
            return RefusedError(500, "internal", "The server failed; its log says why.").response(plain=bool(route and route.plain))

    async def _answer(self, request: Request, route: Route | None) -> Response:
        if route is None:
            raise RefusedError(404, "not_found", f"There is nothing at {request.path[:200]!r}. GET /openapi.json lists what there is.")
        if not route.open:
            self._access.require(request)
        handler = route.handlers.get(request.method)
        if handler is None:
            allow = route.allow
            raise RefusedError(
                405, "wrong_method", f"{request.method} is not offered here. Expected {allow.decode()}.", [(b"allow", allow)]
            )
        if request.method != "POST":
            return await handler(request)
        if route.lane:
            route.lane.require_room()
        try:
            async with asyncio.timeout(self._deadline):
                return await handler(request)
        except TimeoutError:
            if request.complete:
                raise RefusedError(504, "deadline", f"No answer within {self._deadline:g} s. Try again later.") from None
            close = [(b"connection", b"close")]
            raise RefusedError(408, "slow_body", f"The body did not arrive within {self._deadline:g} s.", close) from None

    async def _send(self, response: Response, id_: bytes, send: Send) -> None:
        await send({"type": "http.response.start", "status": response.status, "headers": self._headers(response, id_)})
        await send({"type": "http.response.body", "body": response.body})

    def _headers(self, response: Response, id_: bytes) -> Headers:
        headers = [(b"content-type", response.type), (b"x-request-id", id_), *_ALWAYS, *response.headers]
        if not any(name == b"cache-control" for name, _ in response.headers):
            headers.append(_NO_STORE)
        if response.status != 304:
            headers.append((b"content-length", str(len(response.body)).encode()))
        if self.draining:
            headers.append((b"connection", b"close"))
        return headers

    def _lane(self, name: str, predictor: Predictor, threads: int, capacity: int, first: Callable[[], object] = lambda: None) -> Lane:
        lane = Lane(name, predictor, threads, capacity, self._meters.queue(name), first)
        self._meters.depth(name, lane.depth)
        return lane

    def _ready(self) -> bool:
        return not self.draining


def _id(given: bytes | None) -> bytes:
    return given if given is not None and _SANE.fullmatch(given) else secrets.token_hex(8).encode()


def _photograph() -> bytes:
    """A stroke on uneven ground as a WebP file: reading it loads what any picture may need, before somebody waits for one."""
    across = np.linspace(90, 200, 200, dtype=np.float32)
    picture = across[:, np.newaxis] / 2 + across / 2
    picture[60:140, 95:105] -= 60
    file = io.BytesIO()
    Image.fromarray(picture.astype(np.uint8)).save(file, "WebP")
    return file.getvalue()
