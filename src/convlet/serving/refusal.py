"""Define refusals, and the JSON that clients get."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from convlet.system.text import shown


class RefusedError(HTTPException):
    """A request that gets an error instead of an answer.

    Args:
        status: 400 or above.
        code: one word for programs; refusals are also counted by it.
        message: a line or two for people.
        headers: what the status requires, such as Retry-After.
    """

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, shown(message), headers)  # messages repeat what strangers sent
        self.code = code
        self._responses: dict[bool, Response] = {}

    def response(self, plain: bool = False) -> Response:
        """Return {"error": {"code", "message"}}, or, for the Open Inference Protocol, {"error": message}."""
        if plain not in self._responses:  # a full queue raises the same error repeatedly
            error = self.detail if plain else {"code": self.code, "message": self.detail}
            self._responses[plain] = JSONResponse({"error": error}, self.status_code, self.headers)
        return self._responses[plain]


def busy(what: str) -> RefusedError:
    """Return a 429: too much is waiting."""
    return RefusedError(429, "busy", f"{what} Try again in a second.", {"retry-after": "1"})
