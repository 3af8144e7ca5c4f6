"""Define the JSON Schemas of all JSON in and out."""

from typing import Any

from convlet.prediction.pages import SYMBOLS
from convlet.serving import limits
from convlet.serving.tensors import INPUT, OUTPUTS
from convlet.signature import Signature

_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_FRACTION = {"type": "number", "minimum": 0, "maximum": 1}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
_PICTURE = {**_TEXT, "pattern": "^data:image/png;base64,", "description": "A PNG file in a data URL."}


def schemas(signature: Signature, *, teach: bool = False) -> dict[str, Any]:
    """Return the schemas by name, for a model's classes and input; `teach`: with those of a server that is taught."""
    names = list(signature.class_names)
    answer = {
        "label": {**_TEXT, "description": "The likeliest class, or `empty`."},
        "probability": _FRACTION,
        "known": {**_FLAG, "description": "False for none of the classes, and for an empty picture."},
        "empty": {**_FLAG, "description": "Whether the picture is empty; a class may have that name too."},
        "top": _list(_list({"anyOf": [{"enum": names}, _FRACTION]}, 2)),  # schemathesis fails on prefixItems
    }
    symbol = {"enum": ["", *SYMBOLS], "description": "A sign or a point, if it is no class; else empty."}
    character = _object({"box": _list(_COUNT, 4), "line": _COUNT, "symbol": symbol, **answer}, closed=True)
    unsure = _object({"character": _COUNT, "top": answer["top"]}, closed=True)
    fits = {"anyOf": [_FLAG, {"type": "null"}], "description": "Whether it reads as expected; null without."}
    number = _object(
        {
            "text": _TEXT,
            "value": {**_TEXT, "description": "Empty if it is no number, or a character of it is not known."},
            "box": _list(_COUNT, 4),
            "characters": _list(_COUNT),
            "fits": fits,
            "least_sure": {"anyOf": [unsure, {"type": "null"}]},
        },
        closed=True,
    )
    row = _object({"text": _TEXT, "numbers": _list(number), "fits": fits}, closed=True)
    probabilities = _object(dict.fromkeys(names, _FRACTION), closed=True)
    form = {"kind": {"enum": ["ink", "picture"]}, "light": _FLAG, "box": _FRACTION, "centre": {"enum": ["mass", "box"]}}
    tensors = _list(_object({"name": _TEXT, "datatype": _TEXT, "shape": _list({"type": "integer"})}))
    asked = _object({"name": {"enum": list(OUTPUTS)}}, parameters=_object({}, binary_data=_FLAG))
    return {
        "Error": _object({"error": _object({"code": _TEXT, "message": _TEXT})}),
        "PlainError": _object({"error": _TEXT}),
        "Answer": _object({**answer, "probabilities": probabilities}, closed=True, input=_PICTURE, heat=_PICTURE),
        "Page": _object(
            {
                "text": _TEXT,
                "rows": _list(row),
                "print_dropped": _COUNT,
                "grid": {"anyOf": [_list(_COUNT, 2), {"type": "null"}], "description": "Its rows and columns."},
                "characters": _list(character),
            }
        ),
        "Model": _object(
            {
                **dict.fromkeys(("name", "dataset", "recipe", "version"), _TEXT),
                "input_shape": _list(_COUNT, 3),
                "classes": {"const": names},
                "form": _object(form),
                "threshold": {"anyOf": [_FRACTION, {"type": "null"}]},
                **({"generation": _COUNT} if teach else {}),
            }
        ),
        **(_taught() if teach else {}),
        "Health": _object({"status": {"enum": ["ok", "stopping"]}}),
        "Live": _object({"live": _FLAG}),
        "Ready": _object({"ready": _FLAG}, name=_TEXT),
        "Server": _object({"name": _TEXT, "version": _TEXT, "extensions": _list(_TEXT)}),
        "Metadata": _object(
            {"name": _TEXT, "versions": _list(_TEXT), "platform": _TEXT, "inputs": tensors, "outputs": tensors}
        ),
        "InferRequest": _object(
            {"inputs": _list(_input(signature.input_shape), 1)},
            id=_TEXT,
            parameters=_object({}, binary_data_output=_FLAG),
            outputs=_list(asked),
        ),
        "InferResponse": _object({"model_name": _TEXT, "model_version": _TEXT, "outputs": _list(_output())}, id=_TEXT),
    }


def _taught() -> dict[str, Any]:
    seen = {"anyOf": [_PICTURE, {"type": "null"}], "description": "What the model saw, if that was kept."}
    example = _object({"id": _TEXT, "class": _TEXT, "seen": seen}, closed=True)
    counts = {"type": "object", "additionalProperties": _COUNT}
    generation = _object(
        {
            "number": _COUNT,
            "parent": {"anyOf": [_COUNT, {"type": "null"}]},
            "created": _TEXT,
            "examples": counts,
            "facts": {"type": "object"},
        },
        closed=True,
    )
    training = _object(
        {
            "state": {"enum": ["idle", "training", "failed"]},
            "what": {"enum": ["", "reading", "training", "judging"]},
            "done": _FRACTION,
            "problem": _TEXT,
        },
        closed=True,
    )
    state = {
        "version": _COUNT,
        "answers": _COUNT,
        "classes": _list(_TEXT),
        "examples": counts,
        "training": training,
        "candidate": {"anyOf": [generation, {"type": "null"}]},
        "generations": _list(generation),
    }
    change = _object({"picture": _PICTURE, **dict.fromkeys(("truth", "before", "after"), _TEXT)}, closed=True)
    cut = _object({"box": _list(_COUNT, 4), "line": _COUNT, "label": _TEXT, "seen": _PICTURE}, closed=True)
    return {
        "Taught": _object(state, closed=True),
        "Kept": _object({"kept": example, **state}, closed=True),
        "Examples": _object({"version": _COUNT, "images": _COUNT, "examples": _list(example)}, closed=True),
        "Changes": _object({"changes": _list(change)}, closed=True),
        "Sheet": _object({"characters": _list(cut)}, closed=True),
    }


def _input(shape: tuple[int, int, int]) -> dict[str, Any]:
    sides = [{"type": "integer", "minimum": 1, "maximum": limits.IMAGES}, *({"const": side} for side in shape)]
    return _object(
        {
            "name": {"const": INPUT},
            "datatype": {"const": "UINT8"},
            "shape": {"type": "array", "prefixItems": sides, "minItems": len(sides), "maxItems": len(sides)},
        },
        data={"type": "array", "description": "Whole numbers from 0 to 255, flat or nested as the shape says."},
        parameters=_object({}, binary_data_size=_COUNT),
    )


def _output() -> dict[str, Any]:
    parts = {"name": {"enum": list(OUTPUTS)}, "datatype": {"enum": list(OUTPUTS.values())}, "shape": _list(_COUNT)}
    return _object(parts, data={"type": "array"}, parameters=_object({"binary_data_size": _COUNT}))


def _object(required: dict[str, Any], *, closed: bool = False, **optional: Any) -> dict[str, Any]:
    made = {"type": "object", "properties": required | optional, "required": list(required)}
    return made | {"additionalProperties": False} if closed else made


def _list(items: Any, count: int | None = None) -> dict[str, Any]:
    made = {"type": "array", "items": items}
    return made if count is None else {**made, "minItems": count, "maxItems": count}
