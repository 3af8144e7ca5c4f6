"""Refuse anything without an ONNX counterpart."""

from typing import Any


class RefusedError(Exception):
    """Names something without an ONNX counterpart."""


def kind_of(layer: Any) -> str:
    """Return the name of a layer's class, with its module if not Keras's."""
    kind = type(layer)
    return kind.__name__ if kind.__module__.split(".")[0] == "keras" else f"{kind.__module__}.{kind.__qualname__}"


def refused(layer: Any, why: str = "") -> RefusedError:
    """Return the error for a layer."""
    return RefusedError(f"the layer {layer.name!r} ({kind_of(layer)}){why}")
