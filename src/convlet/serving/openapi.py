"""`GET /openapi.json`: what every route takes and returns, in OpenAPI 3.1."""

from typing import Any

from convlet import __version__
from convlet.serving import limits, schemas
from convlet.serving.formats import TYPES
from convlet.signature import Signature

_ERRORS = {
    400: "The request is malformed.",
    401: "The token is missing or wrong.",
    403: "A page of another site may not ask.",
    405: "The path takes another method.",
    408: "The body did not arrive in time.",
    413: "The body, the picture or the batch is too large.",
    415: "The body is of another type.",
    421: "The request is meant for another host.",
    422: "The picture cannot be read.",
    429: "Too many requests are waiting.",
    431: "The request's headers are too long.",
    504: "There was no answer in time.",
}
_HEADERS = {
    401: {"WWW-Authenticate": "Bearer"},
    405: {"Allow": "The methods of the path."},
    429: {"Retry-After": "Seconds."},
}
_DOING = (408, 413, 415, 429, 504)


def document(signature: Signature, name: str, *, token: bool) -> dict[str, Any]:
    """Return the description of one server.

    Args:
        signature: the model's.
        name: the model's, under /v2/models.
        token: whether requests must bring one.
    """
    built = _Document(token)
    components = {"schemas": schemas.schemas(signature)}
    if token:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": f"convlet: {name}", "version": __version__, "summary": "A classifier of small images."},
        "paths": {**built.own(), **built.protocol(name)},
        "components": components,
    }


class _Document:
    """The paths, for a server with or without a token."""

    def __init__(self, token: bool) -> None:
        self._token = token

    def own(self) -> dict[str, Any]:
        """Return convlet's own paths."""
        picture = {type_: {"schema": {"type": "string", "contentMediaType": type_}} for type_ in TYPES}
        body = {
            "required": True,
            "description": f"A PNG, JPEG, WebP or BMP file of at most {limits.BODY:,} bytes.",
            "content": picture,
        }
        flags = [
            _flag("input", "Answer with what the model saw."),
            _flag("heat", "Answer with how much each place mattered (by covering it)."),
        ]
        errors = (*_DOING, 422)
        health = {200: _json("Health"), 503: _json("Health")}
        metrics = {200: _content("text/plain", {"type": "string"})}
        description = {200: _content("application/json", {"type": "object"})}
        return {
            "/predict": self._post("Classify a picture", body, {200: _json("Answer")}, errors, flags),
            "/predict/page": self._post("Read every character of a picture", body, {200: _json("Page")}, errors),
            "/model": self._get("The model", {200: _json("Model")}),
            "/metrics": self._get("Counters and times, for Prometheus", metrics),
            "/openapi.json": self._get("This description", description),
            "/healthz": self._get("Whether the server answers", health, open_=True),
        }

    def protocol(self, name: str) -> dict[str, Any]:
        """Return the paths of the Open Inference Protocol."""
        ready = {200: _json("Ready"), 503: _json("Ready")}
        type_ = "application/octet-stream"
        binary = {type_: {"schema": {"type": "string", "contentMediaType": type_}}}
        body = {"required": True, "content": {"application/json": {"schema": _of("InferRequest")}, **binary}}
        length = {
            "name": "Inference-Header-Content-Length",
            "in": "header",
            "description": "Bytes of JSON at the start of the body; binary tensors follow.",
            "schema": {"type": "integer", "minimum": 0},
        }
        answer = _json("InferResponse")
        answer["content"] |= binary
        answer["headers"] = {length["name"]: {"description": "Bytes of JSON.", "schema": length["schema"]}}
        paths: dict[str, Any] = {
            "/v2": self._get("The server", {200: _json("Server")}, plain=True),
            "/v2/health/live": self._get("Whether the server runs", {200: _json("Live")}, open_=True, plain=True),
            "/v2/health/ready": self._get("Whether the server answers", ready, open_=True, plain=True),
        }
        for model in (f"/v2/models/{name}", f"/v2/models/{name}/versions/1"):
            paths[model] = self._get("The model's tensors", {200: _json("Metadata")}, plain=True)
            paths[f"{model}/ready"] = self._get("Whether the model answers", ready, plain=True)
            paths[f"{model}/infer"] = self._post("Classify a batch", body, {200: answer}, _DOING, [length], plain=True)
        return paths

    def _get(
        self, summary: str, answers: dict[int, Any], *, open_: bool = False, plain: bool = False
    ) -> dict[str, Any]:
        return {"get": self._operation(summary, answers, () if open_ else self._guards(), plain, open_)}

    def _post(
        self,
        summary: str,
        body: dict[str, Any],
        answers: dict[int, Any],
        errors: tuple[int, ...],
        parameters: list[dict[str, Any]] | None = None,
        *,
        plain: bool = False,
    ) -> dict[str, Any]:
        operation = self._operation(summary, answers, (*self._guards(), *errors), plain, open_=False)
        return {"post": {**operation, "parameters": parameters or [], "requestBody": body}}

    def _guards(self) -> tuple[int, ...]:
        return (401,) if self._token else (403, 421)

    def _operation(
        self, summary: str, answers: dict[int, Any], errors: tuple[int, ...], plain: bool, open_: bool
    ) -> dict[str, Any]:
        listed = {str(status): answer for status, answer in answers.items()}
        for status in sorted({*errors, 400, 405, 431}):
            # 400 and 431 may come before the path is known, and then have the other shape
            schema = {"anyOf": [_of("PlainError"), _of("Error")]} if plain else _of("Error")
            listed[str(status)] = {
                **_content("application/json", schema, _ERRORS[status]),
                "headers": {
                    name: {"description": text, "schema": {"type": "string"}}
                    for name, text in _HEADERS.get(status, {}).items()
                },
            }
        operation: dict[str, Any] = {"summary": summary, "responses": listed}
        if self._token and not open_:
            operation["security"] = [{"token": []}]
        return operation


def _flag(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": {"type": "string", "enum": ["0", "1"]}}


def _of(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(name: str) -> dict[str, Any]:
    return _content("application/json", _of(name))


def _content(type_: str, schema: dict[str, Any], description: str = "As asked for.") -> dict[str, Any]:
    return {"description": description, "content": {type_: {"schema": schema}}}
