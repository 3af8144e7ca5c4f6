"""The page: the files that lie in `convlet/page`, read once, with headers that let them do nothing but what they are for."""

import hashlib
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable

from convlet.serving.request import Request
from convlet.serving.response import Headers, Response
from convlet.serving.routes import Handler, Route

_TYPES = {
    "html": b"text/html; charset=utf-8",
    "css": b"text/css; charset=utf-8",
    "js": b"text/javascript; charset=utf-8",
    "json": b"application/json",
    "webmanifest": b"application/manifest+json",
    "txt": b"text/plain; charset=utf-8",
    "svg": b"image/svg+xml",
    "png": b"image/png",
    "jpg": b"image/jpeg",
    "webp": b"image/webp",
    "ico": b"image/x-icon",
    "woff2": b"font/woff2",
    "wasm": b"application/wasm",
}
_EXPORTED = "local"  # the folder of what a page has that answers by itself
_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    b"form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Headers = (
    (b"content-security-policy", _POLICY),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-cache"),
)


def page_routes() -> dict[str, Route]:
    """`/` and `/static/FILE` for every file there is."""
    routes = {f"/static/{name}": Route({"GET": _serving(name, content)}, open=True) for name, content in _files()}
    if index := routes.get("/static/index.html"):
        routes["/"] = index
    return routes


def _files() -> Iterator[tuple[str, bytes]]:
    """Name, with folders, and content of each file of the page that is for a server."""
    waiting: list[tuple[str, Traversable]] = [("", resources.files("convlet") / "page")]
    while waiting:
        name, place = waiting.pop()
        if place.is_file():
            yield name, place.read_bytes()
        elif place.is_dir():
            waiting += [
                (f"{name}/{each.name}".lstrip("/"), each) for each in place.iterdir() if each.name[0] not in "._" and each.name != _EXPORTED
            ]


def _serving(name: str, content: bytes) -> Handler:
    type_ = _TYPES.get(name.rpartition(".")[2], b"application/octet-stream")
    tag = b'"' + hashlib.sha256(content).hexdigest()[:32].encode() + b'"'
    headers = (*HEADERS, (b"etag", tag))

    async def serve(request: Request) -> Response:
        known = request.header(b"if-none-match")
        if known is not None and tag in known:
            return Response(b"", 304, type_, headers)
        return Response(content, 200, type_, headers)

    return serve
