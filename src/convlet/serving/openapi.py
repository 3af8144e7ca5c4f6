"""Serve `GET /openapi.json`: what every route takes and returns, in OpenAPI 3.1."""

from typing import Any

from convlet import __version__
from convlet.prediction.pages import PRINT
from convlet.serving import limits, schemas
from convlet.serving.formats import TYPES
from convlet.signature import Signature

_ERRORS = {
    400: "The request is malformed.",
    401: "The token is missing or wrong.",
    403: "Pages of other sites are not allowed.",
    405: "The path does not allow this method.",
    409: "It is no longer as it was: another page was first.",
    408: "The body did not arrive in time.",
    413: "The body, the picture or the batch is too large.",
    415: "The body has another type.",
    421: "The request is meant for another host.",
    422: "The picture cannot be read.",
    429: "Too many requests are waiting, or too many wrong tokens came from this address.",
    431: "The request's headers are too long.",
    504: "There was no answer in time.",
    507: "The disk is full or failing, and nothing was kept.",
}
_HEADERS = {
    401: {"WWW-Authenticate": "Bearer"},
    405: {"Allow": "The methods that the path allows."},
    429: {"Retry-After": "Seconds."},
}
_DOING = (408, 413, 415, 429, 504)
_BINARY = "application/octet-stream"


def document(signature: Signature, name: str, *, token: bool, teach: bool = False) -> dict[str, Any]:
    """Describe one server: its model, the model's name under /v2/models, and whether requests need a token.

    `teach`: whether people may teach it.
    """
    components: dict[str, Any] = {"schemas": schemas.schemas(signature, teach=teach)}
    secured: dict[str, Any] = {}
    if token:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        secured = {"security": [{"token": []}]}
    guards = (401, 429) if token else (403, 421)

    def get(
        summary: str, answers: dict[str, Any], *errors: int, plain: bool = False, public: bool = False, **more: Any
    ) -> Any:
        responses = answers | _refusals((*(() if public else guards), *errors), plain)
        return {"get": {"summary": summary, "responses": responses, **more} | ({} if public else secured)}

    def post(summary: str, answer: Any, body: Any, parameters: list[Any], *errors: int, plain: bool = False) -> Any:
        responses = {"200": answer} | _refusals((*guards, *(_DOING if body else ()), *errors), plain)
        more = {"parameters": parameters} | ({"requestBody": {"required": True, **body}} if body else {})
        return {"post": {"summary": summary, "responses": responses, **secured, **more}}

    flags = [
        _flag("input", "Also return what the model saw."),
        _flag("heat", "Also return how much each place mattered (by covering it)."),
    ]
    words = {"minLength": 1, "maxLength": limits.WORD}
    page = [
        _word("print", "Leave out print beside handwriting (the default), or keep it.", enum=list(PRINT)),
        _word("expect", "What each row or cell should be: a regular expression, luhn, ean, isbn or iban.", **words),
        _word("grid", "ROWSxCOLUMNS, at most 60 each: read the cells of a grid.", pattern="^[0-9]{1,2}x[0-9]{1,2}$"),
    ]
    picture = {
        "description": f"A PNG, JPEG, WebP, AVIF, HEIC or BMP file of at most {limits.BODY:,} bytes.",
        "content": _files(*TYPES),
    }
    tensors = {"content": {"application/json": {"schema": _of("InferRequest")}, **_files(_BINARY)}}
    length = {"schema": {"type": "integer", "minimum": 0}, "description": "Bytes of JSON before the binary tensors."}
    header = {"name": "Inference-Header-Content-Length", "in": "header", **length}
    inferred = _json("InferResponse") | {"headers": {header["name"]: length}}
    inferred["content"] |= _files(_BINARY)
    health, ready = ({"200": _json(each), "503": _json(each)} for each in ("Health", "Ready"))
    paths = {
        "/predict": post("Classify a picture", _json("Answer"), picture, flags, 422),
        "/predict/page": post("Read every character of a picture", _json("Page"), picture, page, 422),
        "/model": get("The model", {"200": _json("Model")}),
        "/metrics": get("Counters and times, for Prometheus", {"200": _content("text/plain", {"type": "string"})}),
        "/openapi.json": get("This description", {"200": _content("application/json", {"type": "object"})}),
        "/healthz": get("Whether the server answers", health, public=True),
        "/v2": get("The server", {"200": _json("Server")}, plain=True),
        "/v2/health/live": get("Whether the server runs", {"200": _json("Live")}, plain=True, public=True),
        "/v2/health/ready": get("Whether the server answers", ready, plain=True, public=True),
    }
    for model in (f"/v2/models/{name}", f"/v2/models/{name}/versions/1"):
        paths[model] = get("The model's tensors", {"200": _json("Metadata")}, plain=True)
        paths[f"{model}/ready"] = get("Whether the model answers", ready, plain=True)
        paths[f"{model}/infer"] = post("Classify a batch", inferred, tensors, [header], plain=True)
    if teach:
        paths |= _teaching(get, post, picture)
    info = {"title": f"convlet: {name}", "version": __version__, "summary": "A classifier of small images."}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": components}


def _teaching(get: Any, post: Any, picture: Any) -> dict[str, Any]:
    """Describe what is under /teach."""
    name = _needed("class", "The class: one of the model's, or a new one.", minLength=1, maxLength=limits.WORD)
    example = _needed("id", "The example's id.", minLength=1, maxLength=limits.WORD)
    number = _needed("generation", "Its number.", pattern="^[0-9]{1,9}$")
    instead = _needed("instead_of", "The number of the one that answers by now.", pattern="^[0-9]{1,9}$")
    start = _needed("start", "How many of the newest to pass over.", pattern="^[0-9]{1,9}$")
    state, lost = _json("Taught"), (409, 507)
    return {
        "/teach": get("What was taught, and which generation answers", {"200": state}, 400),
        "/teach/examples": get("Examples of a class", {"200": _json("Examples")}, 400, parameters=[name, start]),
        "/teach/changes": get(
            "Answers that a generation changed", {"200": _json("Changes")}, 400, 409, parameters=[number]
        ),
        "/teach/keep": post("Keep a picture as an example", _json("Kept"), picture, [name], 400, 422, *lost),
        "/teach/sheet": post("Cut a page of examples apart", _json("Sheet"), picture, [], 400, 422),
        "/teach/move": post("Move an example to another class", state, None, [example, name], 400, *lost),
        "/teach/back": post("Take an example back", state, None, [example], 400, *lost),
        "/teach/begin": post("Train with all examples", state, None, [], 400, *lost),
        "/teach/stop": post("End the training", state, None, [], 400),
        "/teach/take": post("Let the new generation answer", state, None, [number], 400, *lost),
        "/teach/leave": post("Remove the new generation", state, None, [number], 400, *lost),
        "/teach/choose": post("Let another generation answer", state, None, [number, instead], 400, *lost),
    }


def _refusals(statuses: tuple[int, ...], plain: bool) -> dict[str, Any]:
    # before the path is known, 400 and 431 have the other shape
    schema = {"anyOf": [_of("PlainError"), _of("Error")]} if plain else _of("Error")
    text = {"type": "string"}
    return {
        str(status): _content("application/json", schema, _ERRORS[status])
        | {"headers": {name: {"description": said, "schema": text} for name, said in _HEADERS.get(status, {}).items()}}
        for status in sorted({*statuses, 400, 405, 431})
    }


def _flag(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": {"type": "string", "enum": ["0", "1"]}}


def _word(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": {"type": "string"} | schema}


def _needed(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {**_word(name, description, **schema), "required": True}


def _files(*types: str) -> dict[str, Any]:
    return {each: {"schema": {"type": "string", "contentMediaType": each}} for each in types}


def _of(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(name: str) -> dict[str, Any]:
    return _content("application/json", _of(name))


def _content(type_: str, schema: dict[str, Any], description: str = "As requested.") -> dict[str, Any]:
    return {"description": description, "content": {type_: {"schema": schema}}}
