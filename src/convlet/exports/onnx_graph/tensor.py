"""Represent a tensor of the graph with the work deferred on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from convlet.exports.onnx_graph.graph import Graph

_FLOAT = 1  # onnx.TensorProto.FLOAT


class Pool(NamedTuple):
    """A pooling or cropping not yet in the graph."""

    place: str  # the layer's name
    op: str  # "MaxPool", "AveragePool" or "Slice"
    constants: tuple[str, ...]  # the ONNX operator's other inputs
    attributes: dict[str, Any]  # and its attributes


class Product(NamedTuple):
    """A convolution or dense layer not yet in the graph, with its pools: later layers may still change its weights."""

    place: str  # the layer's name
    op: str  # "Conv" or "Gemm"
    source: str  # the tensor it multiplies
    kernel: NDArray[np.float32]  # (height, width, inputs, outputs) for Conv, (inputs, outputs) for Gemm
    bias: NDArray[np.float32]  # (outputs,)
    attributes: dict[str, Any]  # of the ONNX operator
    pools: tuple[Pool, ...] = ()

    def absorbs(self, scale: Any) -> bool:
        """Return whether the weights may absorb a scale after the pools: a negative one turns maxima into minima."""
        return all(pool.op != "MaxPool" for pool in self.pools) or bool(np.all(np.asarray(scale) >= 0))


@dataclass(frozen=True)
class Tensor:
    """A value that flows from layer to layer."""

    graph: Graph  # where operators are written
    place: str  # the layer that uses it, for the names of nodes
    name: str  # the ONNX tensor
    shape: tuple[int, ...]  # (height, width, channels) in either layout, or (features,)
    as_bytes: bool = False  # still uint8
    channels_first: bool = False  # laid out as ONNX's image operators expect, (n, channels, height, width)
    scale: float = 1.0  # deferred multiplication
    offset: float = 0.0  # deferred addition after that
    order: NDArray[np.intp] | None = None  # each feature's place in Keras's order, if ONNX has another
    product: Product | None = None  # deferred; its output is the tensor

    def pooled(self, op: str, *constants: str, shape: tuple[int, ...], **attributes: Any) -> Self:
        """Pool or crop an image; if a product is deferred, so is this."""
        if not self.product:
            return self.put(op, *constants, shape=shape, **attributes)
        pools = (*self.product.pools, Pool(self.place, op, constants, attributes))
        return replace(self, shape=shape, product=self.product._replace(pools=pools))

    def put(self, op: str, *constants: str, shape: tuple[int, ...] | None = None, **attributes: Any) -> Self:
        """Apply an operator; the scale and offset stay deferred."""
        this = self.written()
        name = this.graph.add(this.place, op, this.name, *constants, **attributes)
        return replace(this, name=name, shape=shape or this.shape)

    def written(self) -> Self:
        """Write the deferred product."""
        if not self.product:
            return self
        place, op, source, kernel, bias, attributes, pools = self.product
        kernel = kernel.transpose(3, 2, 0, 1) if op == "Conv" else kernel
        names = (self.graph.constant(f"{place}/{role}", v) for role, v in (("kernel", kernel), ("bias", bias)))
        name = self.graph.add(place, op, source, *names, **attributes)
        for pool in pools:
            name = self.graph.add(pool.place, pool.op, name, *pool.constants, **pool.attributes)
        return replace(self, name=name, product=None)

    def numbers(self) -> Self:
        """Convert bytes to floats."""
        return replace(self.put("Cast", to=_FLOAT), as_bytes=False) if self.as_bytes else self.written()

    def settled(self) -> Self:
        """Apply the deferred scale and offset."""
        this = self.numbers()
        if this.scale == -1:
            this = this.put("Neg")
        elif this.scale != 1:
            this = this.put("Mul", this.graph.number(this.scale))
        if this.offset:
            this = this.put("Add", this.graph.number(this.offset))
        return replace(this, scale=1.0, offset=0.0)

    def image(self) -> Self:
        """Convert an image to ONNX's layout."""
        if self.channels_first:
            return self
        height, width, channels = self.shape
        if channels == 1 or height == width == 1:  # the same values in the same order
            turned = self.put("Reshape", self.graph.integers(0, channels, height, width))
        else:
            turned = self.put("Transpose", perm=(0, 3, 1, 2))
        return replace(turned, channels_first=True)

    def ordered(self) -> Self:
        """Put features in Keras's order."""
        if self.order is None:
            return self
        places = self.graph.constant(f"{self.place}/order", np.argsort(self.order))
        return replace(self.put("Gather", places, axis=1), order=None)

    def affine(self, scale: Any, offset: Any) -> Self:
        """Multiply by `scale` and add `offset`: numbers, or vectors with one per channel or feature."""
        if self.product:
            if not self.product.absorbs(scale):
                return self.written().affine(scale, offset)
            kernel = self.product.kernel * np.float32(scale)
            bias = (self.product.bias * scale + offset).astype(np.float32)
            return replace(self, product=self.product._replace(kernel=kernel, bias=bias))
        scale, offset = self.scale * scale, self.offset * scale + offset
        if not np.ndim(scale):
            return replace(self, scale=scale, offset=offset)
        this = replace(self.numbers(), scale=1.0, offset=0.0)
        names = []
        for role, vector in (("scale", scale), ("offset", np.broadcast_to(offset, np.shape(scale)))):
            ordered = np.asarray(vector if self.order is None else vector[self.order], np.float32)
            names.append(self.graph.constant(f"{self.place}/{role}", ordered))
        if len(self.shape) == 3 and self.channels_first:
            # One operator in onnxruntime's own image layout; for Mul and Add it would leave that layout and return.
            zeros, ones = (self.graph.constant(f"{self.place}/{n}", np.full(len(scale), n, np.float32)) for n in (0, 1))
            return this.put("BatchNormalization", *names, zeros, ones, epsilon=0.0)
        for op, name in zip(("Mul", "Add"), names, strict=True):
            this = this.put(op, name)
        return this

    def times(self, op: str, kernel: NDArray[Any], bias: Any, shape: tuple[int, ...], **attributes: Any) -> Self:
        """Multiply by weights in Keras's layout, which absorb scale and offset. The product is deferred."""
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
