"""Wrap Starlette's application with what applies to every request: id, headers, errors in JSON, meters, log."""

import io
import random
import re
import time
import traceback
from typing import TYPE_CHECKING, Any, TypeAlias

from PIL import Image
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from convlet.prediction.predictor import Predictor
from convlet.serving.access import access_rule
from convlet.serving.facts import facts_routes
from convlet.serving.lanes import Lane, Lanes
from convlet.serving.log import Log
from convlet.serving.meters import Meters
from convlet.serving.model import Generation, Model
from convlet.serving.predict import predict_routes
from convlet.serving.protocol import protocol_routes
from convlet.serving.refusal import RefusedError
from convlet.serving.request import Bodies, Request
from convlet.serving.routes import Route
from convlet.serving.settings import Settings
from convlet.serving.static import page_routes

if TYPE_CHECKING:
    from convlet.training.teaching import Teacher

Raw: TypeAlias = list[tuple[bytes, bytes]]
Written: TypeAlias = tuple[int, Raw, bytes]
"""Status, headers and body, ready to send."""

_ID = re.compile("[A-Za-z0-9._:-]{1,128}")  # safe to log
_GONE = 499  # nginx's status for a client that hung up; only logged
_LARGE, _LONG = 16, 8  # limits of the other queues: jobs take up to a second, or several
_ALWAYS = [(b"x-content-type-options", b"nosniff"), (b"cross-origin-resource-policy", b"same-origin")]
_NO_STORE = (b"cache-control", b"no-store")


class App(Starlette):
    """One model behind its routes; `log` gets a line for each request.

    Args:
        predictor: the model.
        settings: how to serve it.
        log: gets the lines.
        teacher: teaches it, where people may; see `convlet.training.teaching`.

    Attributes:
        name: the model's, in paths.
        lanes: start them with the loop; close them after the last answer.
        draining: set it to stop: answers then close their connections.
    """

    def __init__(self, predictor: Predictor, settings: Settings, log: Log, teacher: "Teacher | None" = None) -> None:
        self.model = model = Model(Generation(predictor, teacher.answers if teacher else None))
        self.name = settings.name or predictor.signature.name
        self.draining = False
        self._require_access, self._log, self._deadline = access_rule(settings), log, settings.deadline
        self._bodies, self._meters = Bodies(), (meters := Meters())
        self.lanes = Lanes(
            Lane("small images", settings.queue, meters, model, settings.threads),
            Lane("pictures", min(_LARGE, settings.queue), meters, model, 1, lambda: predictor.read(_photograph())),
            Lane("pages", min(_LONG, settings.queue), meters, model),
        )
        routes = [  # Starlette takes the first that matches
            *predict_routes(self.lanes, model),
            *protocol_routes(self.lanes, model, self.name, lambda: not self.draining),
            *facts_routes(model, self.name, settings, meters, lambda: not self.draining),
            *(_teaching(self.lanes, model, teacher) if teacher else ()),
            *page_routes(teaching=teacher is not None),
        ]
        handlers: dict[Any, Any] = {  # in Starlette's type each takes any exception
            **dict.fromkeys((RefusedError, TimeoutError, 404, 405), self._refused),
            ClientDisconnect: self._gone,
            500: self._failed,
        }
        super().__init__(routes=routes, exception_handlers=handlers)
        self.router.redirect_slashes = False
        self._queued = {route.path.encode(): route for route in routes if route.lane}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = time.monotonic()
        request = Request(scope, receive, self._bodies, began + self._deadline)
        id_ = _id(request.headers)
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

    def admit(
        self, route: Route, method: str, query: bytes, headers: Headers, client: tuple[str, int] | None
    ) -> Lane | None:
        """Check access, then whether the queue has room; return the queue, if any.

        Raises:
            RefusedError: 401, 403, 421 or 429.
        """
        if route.guarded:
            self._require_access(headers, client[0] if client else "")
        if route.lane is None or method != "POST":
            return None
        lane = route.lane(query)
        lane.require_room()
        return lane

    def queued(self, method: bytes, url: bytes) -> Route | None:
        """Return the route of a request if `refuse_early` can judge it."""
        return None if method != b"POST" or self.draining else self._queued.get(url.partition(b"?")[0])

    def refuse_early(self, route: Route, url: bytes, raw: Raw, client: tuple[str, int] | None) -> Written | None:
        """Refuse a request without starting a task, or return None and reserve a place in its queue.

        Under load, the cost of many refusals delays waiting requests.
        """
        headers = Headers(raw=raw)
        try:
            lane = self.admit(route, "POST", url.partition(b"?")[2], headers, client)
        except RefusedError as refusal:
            id_ = _id(headers)
            answer = self.written(refusal, id_, plain=route.plain)
            self._meters.refusal(refusal.code)
            self._meters.request(route.path, refusal.status_code, 0.0)
            self._log.request(id_, "POST", route.path, refusal.status_code, 0.0, 0, len(answer[2]))
            return answer
        if lane:
            lane.expect()
        return None

    def written(self, refusal: RefusedError, id_: str | None = None, *, plain: bool = False) -> Written:
        """Return a refusal as Starlette would send it."""
        response = refusal.response(plain)
        return response.status_code, self._headers(response.raw_headers, id_ or _new_id()), bytes(response.body)

    def _headers(self, own: Raw, id_: str) -> Raw:
        headers = [*own, (b"x-request-id", id_.encode()), *_ALWAYS]
        if not any(name == b"cache-control" for name, _ in own):
            headers.append(_NO_STORE)
        if self.draining:
            headers.append((b"connection", b"close"))
        return headers

    async def _refused(self, connection: HTTPConnection, error: Exception) -> Response:
        refusal = error if isinstance(error, RefusedError) else self._refusal(connection.scope, error)
        self._meters.refusal(refusal.code)
        await connection.scope["request"].discard()
        return _response(connection, refusal)

    def _refusal(self, scope: Scope, error: Exception) -> RefusedError:
        """Return the refusal of a late request, or of one without a handler in Starlette."""
        if isinstance(error, TimeoutError):
            if scope["request"].complete:
                return RefusedError(504, "deadline", f"No answer within {self._deadline:g} s. Try again later.")
            message = f"The body did not arrive within {self._deadline:g} s."
            return RefusedError(408, "slow_body", message, {"connection": "close"})
        if "route" in scope:
            allow = ", ".join(sorted(scope["route"].methods))
            message = f"This path does not allow {scope['method']}. Expected {allow}."
            return RefusedError(405, "wrong_method", message, {"allow": allow})
        message = f"Nothing is at {scope['path'][:200]!r}. GET /openapi.json lists all paths."
        return RefusedError(404, "not_found", message)

    async def _gone(self, *_: object) -> None:
        """Send no answer: the client hung up."""

    async def _failed(self, connection: HTTPConnection, _: Exception) -> Response:
        return _response(connection, RefusedError(500, "internal", "The server failed; its log says why."))


def _teaching(lanes: Lanes, model: Model, teacher: "Teacher") -> list[Route]:
    from convlet.serving.teach import teach_routes  # what trains takes 0.2 s to import

    return teach_routes(lanes, model, teacher)


def _response(connection: HTTPConnection, refusal: RefusedError) -> Response:
    route = connection.scope.get("route")
    return refusal.response(route.plain if route else connection.scope["path"].startswith("/v2/"))


def _id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if _ID.fullmatch(given) else _new_id()


def _new_id() -> str:
    return f"{random.getrandbits(64):016x}"


def _photograph() -> bytes:
    """Return a stroke on an uneven background, in WebP; reading it loads everything that any picture may need."""
    picture, file = Image.linear_gradient("L").point(lambda tone: 90 + tone // 2), io.BytesIO()
    picture.paste(40, (120, 70, 130, 170))
    picture.save(file, "WebP")
    return file.getvalue()
