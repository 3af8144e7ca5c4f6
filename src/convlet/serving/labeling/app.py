"""Answer the page that puts labels right: the folder's images, and decisions about them."""

from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from convlet.checks.labeling.session import ConflictError, Session, Wanted
from convlet.errors import ConvletError, OutputError
from convlet.serving.access import access_rule
from convlet.serving.labeling.thumbnails import thumbnail
from convlet.serving.local import HEADERS, body_of, json_answer, refused
from convlet.serving.refusal import RefusedError
from convlet.serving.settings import Settings
from convlet.serving.static import label_files

_LARGEST = 8_000_000  # bytes of a request: decisions about a hundred thousand images


class LabelApp:
    """The routes of one session; everything but the page's own files needs the token."""

    def __init__(self, session: Session, token: str) -> None:
        self._session = session
        self._require = access_rule(Settings(port=0, token=token))

    def starlette(self) -> Starlette:
        """Return the application."""
        routes = [Route(path, handler) for path, handler in label_files().items()]
        routes += [
            Route("/api/folder", self._folder),
            Route("/api/news", self._news),
            Route("/api/image/{number:int}", self._image),
            Route("/api/decide", self._decide, methods=["POST"]),
            Route("/api/undo", self._undo, methods=["POST"]),
        ]
        handlers: dict[Any, Any] = {RefusedError: refused, ConvletError: _failed}
        return Starlette(routes=routes, exception_handlers=handlers)

    async def _folder(self, request: Request) -> Response:
        self._check(request)
        return json_answer(await run_in_threadpool(self._session.facts))

    async def _news(self, request: Request) -> Response:
        self._check(request)
        since = request.query_params.get("since", "")
        if not (since.isascii() and since.isdecimal()):
            raise RefusedError(400, "bad_query", f"since={since[:40]!r}; expected the number of a version.")
        return json_answer(await run_in_threadpool(self._session.news, int(since)))

    async def _image(self, request: Request) -> Response:
        self._check(request)
        images, number = self._session.found.images, request.path_params["number"]
        if number >= len(images):
            raise RefusedError(404, "not_found", f"there is no image {number}.")
        kind, content = await run_in_threadpool(thumbnail, self._session.found.file(images[number].path))
        return Response(content, media_type=kind, headers=HEADERS)

    async def _decide(self, request: Request) -> Response:
        self._check(request)
        given = await body_of(request, _LARGEST)
        wanted = given.get("decisions")
        if not isinstance(wanted, list) or not wanted:
            raise RefusedError(400, "bad_body", 'Expected {"since": 1, "decisions": [{"id": 0, "label": "cat"}]}.')
        decisions = [_wanted(one) for one in wanted]
        return json_answer(await run_in_threadpool(self._session.decide, decisions, _since(given)))

    async def _undo(self, request: Request) -> Response:
        self._check(request)
        return json_answer(await run_in_threadpool(self._session.undo, _since(await body_of(request, _LARGEST))))

    def _check(self, request: Request) -> None:
        self._require(request.headers, request.client.host if request.client else "")


def _wanted(given: Any) -> Wanted:
    one = given if isinstance(given, dict) else {}
    number, label, excluded = one.get("id"), one.get("label", ""), one.get("excluded", False)
    if type(number) is not int or not isinstance(label, str) or type(excluded) is not bool:
        raise RefusedError(400, "bad_body", f"{str(given)[:80]} is no decision. Expected an id, a label and excluded.")
    return Wanted(number, label, excluded)


def _since(given: dict[str, Any]) -> int:
    since = given.get("since")
    if type(since) is not int:
        raise RefusedError(400, "bad_body", "Expected since, the number of the version that the page knows.")
    return since


async def _failed(_: Request, error: ConvletError) -> Response:
    """Say why nothing was written."""
    if isinstance(error, ConflictError):
        return json_answer({"error": {"code": "conflict", "message": str(error)}, "images": list(error.images)}, 409)
    status, code = (507, "not_written") if isinstance(error, OutputError) else (422, "not_decided")
    return RefusedError(status, code, str(error)).response()
