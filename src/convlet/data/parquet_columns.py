"""Find the columns of a Parquet file that hold the images and the labels, and the names of the classes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from convlet.data.columns import SPLIT_COLUMNS, label_among
from convlet.errors import DataError

_IMAGES = ("image", "img", "images", "picture", "photo", "image_bytes", "bytes")  # in the order they are preferred


class Columns(NamedTuple):
    """The columns that are read.

    Attributes:
        image: the images' column.
        packed: whether that is a struct of bytes and path instead of plain bytes.
        label: the labels' column.
        class_names: those of the labels 0, 1, ...; None if the file does not name them.
        split: the column that may hold the split of each row; None without.
    """

    image: str
    packed: bool
    label: str
    class_names: list[str] | None
    split: str | None


def columns_of(schema: Any, path: Path) -> Columns:
    """Find the columns from what Hugging Face's library wrote into the schema, by name, or by type.

    Args:
        schema: pyarrow's.
        path: what errors call it.

    Raises:
        DataError: there are no images or labels, or it is ambiguous which column holds them.
    """
    import pyarrow as pa

    features = _features(schema)
    shown = ", ".join(f"{field.name} ({field.type})" for field in schema)
    images = [field.name for field in schema if _holds_bytes(field.type)]
    if not images:
        raise DataError(
            f"{path} has no column of encoded images; it has: {shown}. Expected label, and image: the bytes of a PNG, "
            "JPEG, ..., alone or in a struct with their path."
        )
    told = [name for name in images if features.get(name, {}).get("_type") == "Image"]
    named = [name for name in _IMAGES if name in [one.lower() for one in images]]
    image = told[0] if len(told) == 1 else _only([one for one in images if one.lower() in named[:1]] or images)
    if image is None:
        raise DataError(f"{path} has several columns of images ({', '.join(images)}). Name the one to read image.")
    plain = [
        field.name
        for field in schema
        if field.name != image and (_is_number(field.type) or _is_text(field.type) or pa.types.is_boolean(field.type))
    ]
    split = next((name for name in plain if name.lower() in SPLIT_COLUMNS and _is_text(schema.field(name).type)), None)
    if len(plain) > 1:
        plain = [name for name in plain if name != split]
    at = label_among(plain)
    classes = [name for name in plain if features.get(name, {}).get("_type") == "ClassLabel"]
    label = plain[at] if at is not None else _only(classes) or _only(plain)
    if label is None:
        raise DataError(
            f"{path}: it is ambiguous which column holds the labels; it has: {shown}. Name one label: whole "
            "numbers or text, one class for each image."
        )
    names = features.get(label, {}).get("names")
    number = _is_number(schema.field(label).type)
    class_names = [str(name) for name in names] if isinstance(names, list) and names and number else None
    return Columns(image, pa.types.is_struct(schema.field(image).type), label, class_names, split)


def _features(schema: Any) -> dict[str, dict[str, Any]]:
    """Return what Hugging Face's library says about each column; nothing if it did not write the file."""
    try:
        told = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = told.get("info", {}).get("features", {})
        return {name: one for name, one in features.items() if isinstance(one, dict)}
    except (ValueError, AttributeError, RecursionError):
        return {}


def _only(names: Sequence[str]) -> str | None:
    return names[0] if len(names) == 1 else None


def _holds_bytes(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_struct(kind):
        return any(field.name == "bytes" and _holds_bytes(field.type) for field in kind)
    return any(of(kind) for of in (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view))


def _is_number(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    text = kind.value_type if pa.types.is_dictionary(kind) else kind
    return any(of(text) for of in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view))
