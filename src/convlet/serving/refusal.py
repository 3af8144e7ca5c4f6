"""Refusals, and the JSON that their clients read."""

from collections.abc import Mapping
from functools import lru_cache

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response


class RefusedError(HTTPException):
    """A request that gets an error instead of an answer.

    Args:
        status: 400 or above.
        code: one word for programs; also the reason that refusals are counted under.
        message: a line or two for people.
        headers: what the status requires, such as Retry-After.
    """

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, message, headers)
        self.code = code

    def response(self, plain: bool = False) -> Response:
        """Return {"error": {"code", "message"}}, or, for the Open Inference Protocol, {"error": message}."""
        body = _body(self.detail if plain else (self.code, self.detail))
        return Response(body, self.status_code, self.headers, "application/json")


@lru_cache(16)  # a server under load says the same again and again
def _body(error: str | tuple[str, str]) -> bytes:
    said = error if isinstance(error, str) else dict(zip(("code", "message"), error, strict=True))
    return bytes(JSONResponse({"error": said}).body)


def busy(what: str) -> RefusedError:
    """Return a 429: too much is waiting."""
    return RefusedError(429, "busy", f"{what} Try again in a second.", {"retry-after": "1"})
