"""Collect the nodes and constants of an ONNX graph, each written once."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

INPUT, OUTPUT = "image", "probabilities"
# In the smallest nets, attributes are a noticeable part of the file, so ONNX's defaults are left out.
DEFAULTS = {("strides", 1), ("dilations", 1), ("pads", 0), ("group", 1), ("keepdims", 1), ("axis", -1)}


class Graph:
    """Nodes in execution order, each with its tensor's name, and constants. Equal ones are shared."""

    def __init__(self) -> None:
        self.nodes: dict[tuple[str, tuple[str, ...], tuple[tuple[str, Any], ...]], str] = {}
        self.constants: dict[str, NDArray[Any]] = {}
        self._names = {INPUT, OUTPUT}
        self._contents: dict[tuple[Any, ...], str] = {}

    def add(self, place: str, op: str, *inputs: str, **attributes: Any) -> str:
        """Return the name of `op`'s output tensor. Attributes are numbers or tuples of them."""
        key = op, inputs, tuple((name, v) for name, v in attributes.items() if (name, *np.unique(v)) not in DEFAULTS)
        if key not in self.nodes:
            self.nodes[key] = self._unique(f"{place}/{op}")
        return self.nodes[key]

    def constant(self, name: str, values: NDArray[Any]) -> str:
        """Return the name of a constant: `name`, unless the same values already have one."""
        content = values.dtype, values.shape, hashlib.sha256(values.tobytes()).digest()
        if content not in self._contents:
            self._contents[content] = name = self._unique(name)
            self.constants[name] = values
        return self._contents[content]

    def integers(self, *values: int) -> str:
        """Return the name of a constant int64 vector."""
        return self.constant(f"integers/{'_'.join(map(str, values))}", np.array(values, np.int64))

    def number(self, value: float) -> str:
        """Return the name of a constant float32 scalar."""
        return self.constant(f"number/{value!r}", np.array(value, np.float32))

    def _unique(self, name: str) -> str:
        if name in self._names:
            name += f"_{len(self._names)}"
        self._names.add(name)
        return name
