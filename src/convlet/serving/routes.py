"""What a route is: who answers which method of which path."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from convlet.serving.lanes import Lane
from convlet.serving.request import Request
from convlet.serving.response import Response, as_json

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Route:
    """One path.

    Attributes:
        handlers: by method; GET answers HEAD as well.
        open: whether it is answered without the token and whatever Host is named.
        plain: whether its errors are {"error": message}.
        lane: the queue that its requests wait in; while that is full they are refused unread.
    """

    handlers: dict[str, Handler]
    open: bool = False
    plain: bool = False
    lane: Lane | None = None
    allow: bytes = field(init=False)

    def __post_init__(self) -> None:
        if "GET" in self.handlers:
            self.handlers["HEAD"] = self.handlers["GET"]
        object.__setattr__(self, "allow", ", ".join(sorted(self.handlers)).encode())


def saying(value: Any) -> Handler:
    """A handler that says the same to everyone."""
    response = as_json(value)

    async def say(_: Request) -> Response:
        return response

    return say
