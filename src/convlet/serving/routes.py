"""What a route is: who answers a path, and on which terms."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import starlette.routing
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from convlet.serving.lanes import Lane
from convlet.serving.request import Request

Handler = Callable[[Request], Awaitable[Response]]


class Route(starlette.routing.Route):
    """Starlette's, for one path and one method; GET answers HEAD as well.

    Args:
        path: as it stands in the address.
        handler: answers.
        method: how it is asked.
        guarded: whether the server's rule says who may ask; false where everyone may, whatever Host is named.
        plain: whether its errors are {"error": message}.
        lane: the queue that its requests wait in; while that is full they are refused unread.
    """

    def __init__(
        self,
        path: str,
        handler: Handler,
        method: str = "GET",
        *,
        guarded: bool = True,
        plain: bool = False,
        lane: Lane | None = None,
    ) -> None:
        super().__init__(path, handler, methods=[method])
        self.guarded, self.plain, self.lane = guarded, plain, lane
        self.app = self._answer  # Starlette's own would make a request of its own

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request of this path, whatever its method."""
        scope["route"] = self  # for the log and the errors; Starlette of 2025 does not tell
        if self.guarded:
            scope["app"].access.require(scope["request"])
        await super().handle(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request: Request = scope["request"]
        if self.lane is None:
            response = await self.endpoint(request)
        else:
            self.lane.require_room()
            async with asyncio.timeout(request.deadline - time.monotonic()):
                response = await self.endpoint(request)
        await response(scope, receive, send)


def saying(value: Any) -> Handler:
    """A handler that says the same to everyone."""
    response = JSONResponse(value)

    async def say(_: Request) -> Response:
        return response

    return say
