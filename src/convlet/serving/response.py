"""What goes out: a response, and the refusal that any of the routes may raise."""

import json
from collections.abc import Sequence
from typing import Any

Headers = Sequence[tuple[bytes, bytes]]

JSON_TYPE = b"application/json"


class Response:
    """An answer, whole.

    Attributes:
        status: of HTTP.
        body: the bytes.
        type: its content type.
        headers: further ones, names in lower case.
    """

    __slots__ = ("body", "headers", "status", "type")

    def __init__(self, body: bytes, status: int = 200, type_: bytes = JSON_TYPE, headers: Headers = ()) -> None:
        self.status, self.body, self.type, self.headers = status, body, type_, headers


_encoded = json.JSONEncoder(separators=(",", ":")).encode  # json.dumps makes a new encoder for every call that is not the usual one


def as_json(value: Any, status: int = 200) -> Response:
    """A value as a JSON response."""
    return Response(_encoded(value).encode(), status)


class RefusedError(Exception):
    """A request that is not answered, and why.

    Attributes:
        status: 400 and above.
        code: one word for programs; also the reason under which refusals are counted.
        message: a line or two for people.
        headers: what the status asks for, as Retry-After.
    """

    def __init__(self, status: int, code: str, message: str, headers: Headers = ()) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers

    def response(self, plain: bool = False) -> Response:
        """As JSON: {"error": {"code", "message"}}, or {"error": message} where the Open Inference Protocol asks for it."""
        response = as_json({"error": self.message if plain else {"code": self.code, "message": self.message}}, self.status)
        response.headers = self.headers
        return response


class GoneError(Exception):
    """The client has hung up: nobody waits for the answer."""


def busy(what: str) -> RefusedError:
    """429: too much is waiting."""
    return RefusedError(429, "busy", f"{what} Try again in a second.", [(b"retry-after", b"1")])
