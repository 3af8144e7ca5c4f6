"""A tensor of the graph, and the work that waits to be applied to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from convlet.exports.onnx_graph.graph import Graph

_FLOAT = 1  # onnx.TensorProto.FLOAT


class Product(NamedTuple):
    """A convolution or dense layer not yet in the graph: what follows may still change its weights."""

    place: str  # the layer's name
    op: str  # "Conv" or "Gemm"
    source: str  # the tensor it multiplies
    kernel: NDArray[np.float32]  # (height, width, inputs, outputs) for Conv, (inputs, outputs) for Gemm
    bias: NDArray[np.float32]  # (outputs,)
    attributes: dict[str, Any]  # of the ONNX operator


@dataclass(frozen=True)
class Tensor:
    """A value that flows from layer to layer."""

    graph: Graph  # where operators are written
    place: str  # the layer that uses it, for the names of nodes
    name: str  # the ONNX tensor
    shape: tuple[int, ...]  # (height, width, channels) in either layout, or (features,)
    as_bytes: bool = False  # still uint8
    channels_first: bool = False  # laid out as ONNX's image operators expect, (n, channels, height, width)
    scale: float = 1.0  # waits to be multiplied
    offset: float = 0.0  # waits to be added after that
    order: NDArray[np.intp] | None = None  # each feature's place in Keras's order, if ONNX has another
    product: Product | None = None  # waits to be written, and makes the tensor

    def put(self, op: str, *constants: str, shape: tuple[int, ...] | None = None, **attributes: Any) -> Self:
        """Apply an operator; the scale and offset go on waiting."""
        this = self.written()
        name = this.graph.add(this.place, op, this.name, *constants, **attributes)
        return replace(this, name=name, shape=shape or this.shape)

    def written(self) -> Self:
        """Write the waiting product."""
        if not self.product:
            return self
        place, op, source, kernel, bias, attributes = self.product
        kernel = kernel.transpose(3, 2, 0, 1) if op == "Conv" else kernel
        names = (self.graph.constant(f"{place}/{role}", v) for role, v in (("kernel", kernel), ("bias", bias)))
        return replace(self, name=self.graph.add(place, op, source, *names, **attributes), product=None)

    def numbers(self) -> Self:
        """Convert bytes to floats."""
        return replace(self.put("Cast", to=_FLOAT), as_bytes=False) if self.as_bytes else self.written()

    def settled(self) -> Self:
        """Apply the waiting scale and offset."""
        this = self.numbers()
        if this.scale == -1:
            this = this.put("Neg")
        elif this.scale != 1:
            this = this.put("Mul", this.graph.number(this.scale))
        if this.offset:
            this = this.put("Add", this.graph.number(this.offset))
        return replace(this, scale=1.0, offset=0.0)

    def image(self) -> Self:
        """Bring an image into ONNX's layout."""
        if self.channels_first:
            return self
        height, width, channels = self.shape
        if channels == 1 or height == width == 1:  # the same values in the same order
            turned = self.put("Reshape", self.graph.integers(0, channels, height, width))
        else:
            turned = self.put("Transpose", perm=(0, 3, 1, 2))
        return replace(turned, channels_first=True)

    def ordered(self) -> Self:
        """Bring features into Keras's order."""
        if self.order is None:
            return self
        places = self.graph.constant(f"{self.place}/order", np.argsort(self.order))
        return replace(self.put("Gather", places, axis=1), order=None)

    def affine(self, scale: Any, offset: Any) -> Self:
        """Multiply by `scale` and add `offset`: numbers, or vectors with one per channel or feature."""
        if self.product:
            kernel = self.product.kernel * np.float32(scale)
            bias = (self.product.bias * scale + offset).astype(np.float32)
            return replace(self, product=self.product._replace(kernel=kernel, bias=bias))
        scale, offset = self.scale * scale, self.offset * scale + offset
        if not np.ndim(scale):
            return replace(self, scale=scale, offset=offset)
        this = replace(self.numbers(), scale=1.0, offset=0.0)
        ones = (1,) * (len(self.shape) - 1) if self.channels_first else ()
        for op, role, vector in (("Mul", "scale", scale), ("Add", "offset", offset)):
            ordered = np.float32(vector if self.order is None else vector[self.order])
            this = this.put(op, self.graph.constant(f"{self.place}/{role}", ordered.reshape(-1, *ones)))
        return this

    def times(self, op: str, kernel: NDArray[Any], bias: Any, shape: tuple[int, ...], **attributes: Any) -> Self:
        """Multiply by weights in Keras's layout, which absorb scale and offset. The product waits."""
        this = self.numbers()
        bias = np.zeros(kernel.shape[-1], np.float32) if bias is None else bias
        if self.offset:
            bias = bias + np.float32(self.offset) * kernel.sum(axis=tuple(range(kernel.ndim - 1)))
        if self.scale != 1:
            kernel = kernel * np.float32(self.scale)
        if self.order is not None:
            kernel = kernel[self.order]
        product = Product(self.place, op, this.name, kernel, bias, attributes)
        return replace(this, shape=shape, scale=1.0, offset=0.0, order=None, product=product)


Writers: TypeAlias = Mapping[str, Callable[..., Tensor]]  # by the name of a layer's class
