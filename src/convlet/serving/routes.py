"""Define a route: a path, its handler and its conditions."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import starlette.routing
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from convlet.serving.lanes import Lane
from convlet.serving.model import Generation, Model
from convlet.serving.request import Request

Handler = Callable[[Request], Awaitable[Response]]


class Route(starlette.routing.Route):
    """One path and one method; GET includes HEAD.

    Args:
        guarded: whether the server's access check applies.
        plain: whether errors are {"error": message}.
        lane: for a POST route, the queue that a request with this query waits in.
    """

    def __init__(
        self,
        path: str,
        handler: Handler,
        method: str = "GET",
        *,
        guarded: bool = True,
        plain: bool = False,
        lane: Callable[[bytes], Lane] | None = None,
    ) -> None:
        super().__init__(path, handler, methods=[method])
        self.guarded, self.plain, self.lane = guarded, plain, lane
        self.app = self._answer  # Starlette's would make its own Request

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for this path, whatever its method."""
        scope["route"] = self  # for the log and the errors; not every Starlette version sets it
        if not scope["state"]["admitted"]:
            scope["app"].admit(self, scope["method"], scope["query_string"], scope["request"].headers, scope["client"])
        await super().handle(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request: Request = scope["request"]
        async with asyncio.timeout(request.deadline - time.monotonic() if self.lane else None):
            response = await self.endpoint(request)
        await response(scope, receive, send)


def saying(value: Any) -> Handler:
    """Return a handler that gives everyone the same answer."""
    response = JSONResponse(value)

    async def say(_: Request) -> Response:
        return response

    return say


def saying_of(model: Model, facts: Callable[[Generation], Any]) -> Handler:
    """Return a handler that says the same of a model to everyone, until another takes its place."""
    said: list[tuple[Generation, Response]] = [(model.now, JSONResponse(facts(model.now)))]

    async def say(_: Request) -> Response:
        now = model.now
        if said[0][0] is not now:
            said[0] = now, JSONResponse(facts(now))
        return said[0][1]

    return say
