"""Serve the Open Inference Protocol v2 over HTTP: https://github.com/kserve/open-inference-protocol."""

from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response

from convlet import __version__
from convlet.serving.lanes import Lanes
from convlet.serving.model import Generation, Model
from convlet.serving.request import Request
from convlet.serving.routes import Handler, Route, saying, saying_of
from convlet.serving.tensors import HEADER_LENGTH, INPUT, OUTPUTS, Tensors

_TYPES = ("application/json", "application/octet-stream")


def protocol_routes(lanes: Lanes, model: Model, name: str, ready: Callable[[], bool]) -> list[Route]:
    """Return every route under /v2; the model has one version, 1."""

    async def infer(request: Request) -> Response:
        request.require_type(*_TYPES)
        body = await request.body()
        return await lanes.small.do(Tensors(body, request.headers.get(HEADER_LENGTH), name), request)

    def readiness(**facts: str) -> Handler:
        async def say(_: Request) -> Response:
            return JSONResponse({**facts, "ready": ready()}, 200 if ready() else 503)

        return say

    def metadata(now: Generation) -> dict[str, Any]:
        shapes = {"probabilities": [-1, len(now.signature.class_names)]}
        return {
            "name": name,
            "versions": ["1"],
            "platform": "onnxruntime_onnx",
            "inputs": [{"name": INPUT, "datatype": "UINT8", "shape": [-1, *now.signature.input_shape]}],
            "outputs": [
                {"name": one, "datatype": type_, "shape": shapes.get(one, [-1])} for one, type_ in OUTPUTS.items()
            ],
        }

    server = {"name": "convlet", "version": __version__, "extensions": ["binary_tensor_data"]}
    routes = [
        Route("/v2", saying(server), plain=True),
        Route("/v2/health/live", saying({"live": True}), guarded=False, plain=True),
        Route("/v2/health/ready", readiness(), guarded=False, plain=True),
    ]
    for path in (f"/v2/models/{name}", f"/v2/models/{name}/versions/1"):
        routes += [
            Route(path, saying_of(model, metadata), plain=True),
            Route(f"{path}/ready", readiness(name=name), plain=True),
            Route(f"{path}/infer", infer, "POST", plain=True, lane=lambda _: lanes.small),
        ]
    return routes
