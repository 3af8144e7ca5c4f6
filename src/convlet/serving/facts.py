"""Serve facts: the model, its health, its meters, its description."""

from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response

from convlet import __version__
from convlet.serving.meters import Meters
from convlet.serving.model import Generation, Model
from convlet.serving.openapi import document
from convlet.serving.request import Request
from convlet.serving.routes import Route, saying_of
from convlet.serving.settings import Settings


def facts_routes(model: Model, name: str, settings: Settings, meters: Meters, ready: Callable[[], bool]) -> list[Route]:
    """Return /model, /healthz, /metrics and /openapi.json."""

    def facts(now: Generation) -> dict[str, Any]:
        number = {} if now.number is None else {"generation": now.number}
        return {**now.signature.facts(), "name": name, "version": __version__, **number}

    def description(now: Generation) -> dict[str, Any]:
        return document(now.signature, name, token=settings.token is not None, teach=now.number is not None)

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"}) if ready() else JSONResponse({"status": "stopping"}, 503)

    return [
        Route("/model", saying_of(model, facts)),
        Route("/healthz", health, guarded=False),
        Route("/metrics", meters.show),
        Route("/openapi.json", saying_of(model, description)),
    ]
