"""The nodes and constants of an ONNX graph in the making."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Graph:
    """Nodes, each with the tensor it makes, in the order they run; and constants. What is written twice is there once."""

    def __init__(self) -> None:
        self.nodes: dict[tuple[str, tuple[str, ...], tuple[tuple[str, Any], ...]], str] = {}
        self.constants: dict[str, NDArray[Any]] = {}

    def add(self, place: str, op: str, *inputs: str, **attributes: Any) -> str:
        """The name of the tensor that `op` makes; attributes are numbers or tuples of them."""
        name = f"{place}/{op}"
        if name in self.nodes.values():
            name += f"_{len(self.nodes)}"
        return self.nodes.setdefault((op, inputs, tuple(attributes.items())), name)

    def constant(self, name: str, values: NDArray[Any]) -> str:
        """Add a constant, and return its name."""
        self.constants[name] = values
        return name

    def integers(self, *values: int) -> str:
        """Sizes and positions, named by what they are so that the members of an ensemble share them."""
        return self.constant(f"integers/{'_'.join(map(str, values))}", np.array(values, np.int64))
