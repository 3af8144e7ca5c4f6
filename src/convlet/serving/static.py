"""The page: the files in `convlet/page`, read once, with headers that deny them everything they do not need."""

import hashlib
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable

from starlette.responses import Response

from convlet.serving.request import Request
from convlet.serving.routes import Handler, Route

_TYPES = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "json": "application/json",
    "webmanifest": "application/manifest+json",
    "txt": "text/plain",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "ico": "image/x-icon",
    "woff2": "font/woff2",
    "wasm": "application/wasm",
}
_EXPORTED = "local"  # files of a web export, which needs no server
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-cache",
}


def page_routes() -> list[Route]:
    """Return `/` and a `/static/FILE` for every file."""
    files = {f"/static/{name}": _serving(name, content) for name, content in _files()}
    if index := files.get("/static/index.html"):
        files["/"] = index
    return [Route(path, handler, guarded=False) for path, handler in files.items()]


def _files() -> Iterator[tuple[str, bytes]]:
    """Yield the name, with folders, and the content of each file that a server needs."""
    waiting: list[tuple[str, Traversable]] = [("", resources.files("convlet") / "page")]
    while waiting:
        name, place = waiting.pop()
        if place.is_file():
            yield name, place.read_bytes()
        elif place.is_dir():
            waiting += [
                (f"{name}/{each.name}".lstrip("/"), each)
                for each in place.iterdir()
                if each.name[0] not in "._" and each.name != _EXPORTED
            ]


def _serving(name: str, content: bytes) -> Handler:
    type_ = _TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {**HEADERS, "etag": tag}
    whole, known = Response(content, 200, headers, type_), Response(b"", 304, headers, type_)

    async def serve(request: Request) -> Response:
        return known if tag in request.headers.get("if-none-match", "") else whole

    return serve
