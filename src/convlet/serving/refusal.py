"""The refusal that any of the routes may raise, and what its client reads."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse


class RefusedError(HTTPException):
    """A request that is not answered, and why.

    Args:
        status: 400 and above.
        code: one word for programs; also the reason under which refusals are counted.
        message: a line or two for people.
        headers: what the status asks for, as Retry-After.
    """

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, message, headers)
        self.code = code

    def response(self, plain: bool = False) -> JSONResponse:
        """As JSON: {"error": {"code", "message"}}, or {"error": message} where the Open Inference Protocol asks for it."""
        error = self.detail if plain else {"code": self.code, "message": self.detail}
        return JSONResponse({"error": error}, self.status_code, self.headers)


def busy(what: str) -> RefusedError:
    """429: too much is waiting."""
    return RefusedError(429, "busy", f"{what} Try again in a second.", {"retry-after": "1"})
