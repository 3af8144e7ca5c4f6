"""Serve facts: the model, its health, its meters, its description."""

from collections.abc import Callable

from starlette.responses import JSONResponse, Response

from convlet import __version__
from convlet.serving.meters import Meters
from convlet.serving.openapi import document
from convlet.serving.request import Request
from convlet.serving.routes import Route, saying
from convlet.serving.settings import Settings
from convlet.signature import Signature


def facts_routes(
    signature: Signature, name: str, settings: Settings, meters: Meters, ready: Callable[[], bool]
) -> list[Route]:
    """Return /model, /healthz, /metrics and /openapi.json."""
    model = {**signature.facts(), "name": name, "version": __version__}

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"}) if ready() else JSONResponse({"status": "stopping"}, 503)

    return [
        Route("/model", saying(model)),
        Route("/healthz", health, guarded=False),
        Route("/metrics", meters.show),
        Route("/openapi.json", saying(document(signature, name, token=settings.token is not None))),
    ]
