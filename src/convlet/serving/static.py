"""Serve the page: the files in `convlet/page`, read once, with headers that deny everything they do not need."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from starlette.responses import Response

from convlet.serving.request import Request
from convlet.serving.routes import Handler, Route

_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
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
    files = {f"/static/{name}": _serving(file) for name, file in _files()}
    files["/"] = files["/static/index.html"]
    return [Route(path, handler, guarded=False) for path, handler in files.items()]


def _files() -> Iterator[tuple[str, Path]]:
    """Yield each file that a server needs, and its relative path."""
    root = Path(__file__).parents[1] / "page"
    for file in root.rglob("*"):
        name = file.relative_to(root)
        if file.suffix in _TYPES and name.parts[0] != _EXPORTED and name.name[0] not in "._":
            yield name.as_posix(), file


def _serving(file: Path) -> Handler:
    type_, content = _TYPES[file.suffix], file.read_bytes()
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {**HEADERS, "etag": tag}
    whole, known = Response(content, 200, headers, type_), Response(b"", 304, headers, type_)

    async def serve(request: Request) -> Response:
        return known if tag in request.headers.get("if-none-match", "") else whole

    return serve
