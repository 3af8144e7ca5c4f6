"""Serve the page: the files in `convlet/page`, read once, with headers that deny everything they do not need."""

import hashlib
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from starlette.responses import Response

from convlet.serving.request import Request
from convlet.serving.routes import Handler, Route

_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_TEACH = "teach"  # files of a page that teaches
_TEACHING = (
    b'<link rel="stylesheet" href="static/teach/teach.css" />'
    b'<script type="module" src="static/teach/teach.js"></script>'
)
_EXPORTED = "local"  # files of a web export, which needs no server
_LABELS = "label"  # the page of `convlet label`
_VIEW = "view"  # the page of `convlet view`
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


def page_routes(*, teaching: bool = False) -> list[Route]:
    """Return `/` and a `/static/FILE` for every file; `teaching`: with those to teach, which the page loads then."""
    found = dict(_files(_LABELS, _VIEW) if teaching else _files(_LABELS, _VIEW, _TEACH))
    files = {f"/static/{name}": _serving(file) for name, file in found.items()}
    files["/"] = files["/static/index.html"] = _serving(found["index.html"], _TEACHING if teaching else b"")
    return [Route(path, handler, guarded=False) for path, handler in files.items()]


def label_files() -> dict[str, Callable[[Any], Awaitable[Response]]]:
    """Return the paths of the page that puts labels right, each with its handler."""
    return _own_page(_LABELS, _VIEW)


def view_files() -> dict[str, Callable[[Any], Awaitable[Response]]]:
    """Return the paths of the page of all runs, each with its handler."""
    return _own_page(_VIEW, _LABELS)


def _own_page(page: str, other: str) -> dict[str, Callable[[Any], Awaitable[Response]]]:
    files: dict[str, Callable[[Any], Awaitable[Response]]] = {
        f"/static/{name}": _serving(file) for name, file in _files(other, _TEACH)
    }
    return {"/": files[f"/static/{page}/index.html"], **files}


def _files(*without: str) -> Iterator[tuple[str, Path]]:
    """Yield each file that a server needs, and its relative path; leave some folders out."""
    root = Path(__file__).parents[1] / "page"
    for file in root.rglob("*"):
        name = file.relative_to(root)
        if file.suffix in _TYPES and name.parts[0] not in (_EXPORTED, *without) and name.name[0] not in "._":
            yield name.as_posix(), file


def _serving(file: Path, more: bytes = b"") -> Handler:
    """Return a handler for a file; `more` is put at the end of a page's head."""
    type_, content = _TYPES[file.suffix], file.read_bytes().replace(b"</head>", more + b"</head>")
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {**HEADERS, "etag": tag}
    whole, known = Response(content, 200, headers, type_), Response(b"", 304, headers, type_)

    async def serve(request: Request) -> Response:
        return known if tag in request.headers.get("if-none-match", "") else whole

    return serve
