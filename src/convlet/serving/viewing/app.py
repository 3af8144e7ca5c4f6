"""Answer the page of all runs: what there is, what has changed, one run's curves, its report, and a stop."""

import hashlib
import hmac
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from convlet.errors import ConvletError, StaleError
from convlet.run import Run
from convlet.run.listing import REPORT
from convlet.run.told import told
from convlet.serving.access import access_rule
from convlet.serving.local import HEADERS, body_of, json_answer, refused
from convlet.serving.refusal import RefusedError
from convlet.serving.settings import Settings
from convlet.serving.static import view_files
from convlet.serving.viewing.watched import Watched

_LARGEST = 10_000  # bytes of a request
# A report may be a stranger's: it runs no script, loads nothing, and is of no origin.
_REPORT = {
    **HEADERS,
    "content-security-policy": "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "no-referrer",
}


class ViewApp:
    """The routes of the page; everything but its own files needs the token.

    Args:
        watched: the runs.
        token: what requests must send.
    """

    def __init__(self, watched: Watched, token: str) -> None:
        self._watched, self._token = watched, token
        self._require = access_rule(Settings(port=0, token=token))

    def starlette(self) -> Starlette:
        """Return the application."""
        routes = [Route(path, handler) for path, handler in view_files().items()]
        routes += [
            Route("/api/runs", self._runs),
            Route("/api/run", self._run),
            Route("/api/stop", self._stop, methods=["POST"]),
            Route("/report/{one}/{key}", self._report),
        ]
        handlers: dict[Any, Any] = {RefusedError: refused, ConvletError: _failed}
        return Starlette(routes=routes, exception_handlers=handlers)

    async def _runs(self, request: Request) -> Response:
        self._check(request)
        since = request.query_params.get("since", "0")
        if not (since.isascii() and since.isdecimal() and len(since) < 16):
            raise RefusedError(400, "bad_query", f"since={since[:40]!r}; expected the number of a version.")
        return json_answer(await run_in_threadpool(self._watched.news, int(since)))

    async def _run(self, request: Request) -> Response:
        self._check(request)
        return json_answer(await run_in_threadpool(self._told, request.query_params.get("id", "")))

    def _told(self, one: str) -> dict[str, Any]:
        facts = {"id": one, **told(self._watched.path(one))}
        # A tab of its own cannot send the token: the address has a key that opens this report alone.
        return {**facts, "report": f"report/{one}/{self._key(one)}" if facts["report"] else None}

    async def _stop(self, request: Request) -> Response:
        self._check(request)
        one = (await body_of(request, _LARGEST)).get("id")
        if not isinstance(one, str):
            raise RefusedError(400, "bad_body", 'Expected {"id": "0123456789abcdef"}, that of a run.')
        await run_in_threadpool(self._stopped, one)
        return json_answer({"stopping": one})

    def _stopped(self, one: str) -> None:
        try:
            Run(self._watched.path(one)).stop()
        finally:
            self._watched.look_again()

    async def _report(self, request: Request) -> Response:
        one = request.path_params["one"]
        if not hmac.compare_digest(request.path_params["key"].encode(), self._key(one).encode()):
            raise RefusedError(401, "unauthorized", "Open the report from the page of the runs.")
        report = (await run_in_threadpool(self._watched.path, one)) / REPORT
        if not await run_in_threadpool(report.is_file):
            raise RefusedError(404, "not_found", "This run has no report. Write one: convlet evaluate RUN")
        return FileResponse(report, headers=_REPORT, media_type="text/html; charset=utf-8")

    def _key(self, one: str) -> str:
        return hmac.new(self._token.encode(), one.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]

    def _check(self, request: Request) -> None:
        self._require(request.headers, request.client.host if request.client else "")


async def _failed(_: Request, error: ConvletError) -> Response:
    """Say why there is no answer."""
    stale = isinstance(error, StaleError)
    return RefusedError(409 if stale else 404, "not_stopped" if stale else "no_run", str(error)).response()
