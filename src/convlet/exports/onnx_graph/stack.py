"""A Keras Sequential written into a graph, layer by layer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.errors import ModelError
from convlet.exports.onnx_graph.graph import Graph
from convlet.models import FAINTEST, TOP_HAT

INPUT = "image"
_FLOAT = 1  # onnx.TensorProto.FLOAT
# Operators that compute, by their defaults, what Keras's activation of the same name in small letters does.
ACTIVATIONS = {
    op.lower(): op for op in ("Elu", "Gelu", "Mish", "Relu", "Selu", "Sigmoid", "Softplus", "Softsign", "Tanh")
}


class Stack:
    """A Sequential written into a graph: the tensor it has come to, and what is still to be done to that."""

    def __init__(self, graph: Graph, model: Any, prefix: str) -> None:
        self.graph = graph
        self.tensor = INPUT
        self.shape: tuple[int, ...] = model.input_shape[
            1:
        ]  # (height, width, channels) in either layout, or (features,)
        self.bytes = True
        self.channels_first = False
        self.scale, self.offset = 1.0, 0.0  # to be applied
        self.order: NDArray[np.intp] | None = None  # where in Keras's order each feature belongs
        self.weighed: tuple[str, str, tuple[int, ...]] | None = (
            None  # kernel, bias and the kernel's outputs, if they made the tensor
        )
        for layer in model.layers:
            self.place = f"{prefix}{layer.name}"
            _writer(layer)(self, layer)
        if len(self.shape) != 1 or self.order is not None:
            raise refused(
                f"the model {model.name!r}, which answers with an image and not with a number for each class,"
            )
        self.settle()

    def put(self, op: str, *constants: str, **attributes: Any) -> None:
        """Apply an operator to the tensor."""
        self.tensor = self.graph.add(self.place, op, self.tensor, *constants, **attributes)
        self.weighed = None

    def settle(self) -> None:
        """Apply the scale and offset that wait."""
        self.to_numbers()
        for op, value, nothing in (("Mul", self.scale, 1.0), ("Add", self.offset, 0.0)):
            if value != nothing:
                self.put(op, self.graph.constant(f"number/{value!r}", np.array(value, np.float32)))
        self.scale, self.offset = 1.0, 0.0

    def to_numbers(self) -> None:
        """From bytes to floats, if they are bytes still."""
        if self.bytes:
            self.put("Cast", to=_FLOAT)
            self.bytes = False

    def to_channels_first(self) -> None:
        """To (n, channels, height, width), the layout of ONNX's image operators."""
        if not self.channels_first:
            height, width, channels = self.shape
            if channels == 1:  # the same bytes in the same order
                self.put("Reshape", self.graph.integers(0, channels, height, width))
            else:
                self.put("Transpose", perm=(0, 3, 1, 2))
        self.channels_first = True

    def crop(self, layer: Any) -> None:
        """Cropping2D."""
        (top, bottom), (left, right) = layer.cropping
        height, width, channels = self.shape
        self.shape = (height - top - bottom, width - left - right, channels)
        begin, end = self.graph.integers(top, left), self.graph.integers(height - bottom, width - right)
        self.put("Slice", begin, end, self.graph.integers(*((2, 3) if self.channels_first else (1, 2))))

    def rescale(self, layer: Any) -> None:
        """Rescaling: it waits."""
        if np.ndim(layer.scale) or np.ndim(layer.offset):
            raise refused(f"the layer {layer.name!r} (Rescaling), which scales each channel by a number of its own,")
        self.scale, self.offset = float(self.scale * layer.scale), float(self.offset * layer.scale + layer.offset)

    def convolve(self, layer: Any) -> None:
        """Conv2D, with what waits multiplied into its weights."""
        self.to_channels_first()
        pads = self.slide(layer, layer.kernel_size, layer.dilation_rate, filters=layer.filters)
        if self.offset and any(pads):  # Keras pads with zeros after the offset, so its weights must find them there
            self.settle()
        self.to_numbers()
        kernel, bias = self.weights(layer, lambda kernel: kernel.transpose(3, 2, 0, 1))
        self.put(
            "Conv", kernel, bias, strides=layer.strides, pads=pads, dilations=layer.dilation_rate, group=layer.groups
        )
        self.weighed = kernel, bias, (-1, 1, 1, 1)
        self.activate(layer)

    def pool(self, layer: Any) -> None:
        """MaxPooling2D."""
        self.to_channels_first()
        self.settle()
        pads = self.slide(layer, layer.pool_size, (1, 1), filters=self.shape[2])
        self.put("MaxPool", kernel_shape=layer.pool_size, strides=layer.strides, pads=pads)

    def slide(
        self, layer: Any, window: Sequence[int], dilation: Sequence[int], filters: int
    ) -> tuple[int, int, int, int]:
        """Go to the size that a sliding window leaves, and return the padding: top, left, bottom, right.

        "same" pads so that ceil(size / stride) windows fit, the odd pixel after; how many that is depends on the image's size.
        """
        sizes, pads = [], []
        for size, length, gap, stride in zip(self.shape, window, dilation, layer.strides, strict=False):
            reach = (length - 1) * gap + 1
            pad = max((-(-size // stride) - 1) * stride + reach - size, 0) if layer.padding == "same" else 0
            sizes.append((size + pad - reach) // stride + 1)
            pads.append((pad // 2, pad - pad // 2))
        self.shape = (*sizes, filters)
        return pads[0][0], pads[1][0], pads[0][1], pads[1][1]

    def even(self, layer: Any) -> None:
        """What `models.top_hat` does; the stretching waits, as every scale does."""
        parts = {part.name for part in layer.layers}
        if layer.name != TOP_HAT or not parts >= {"erode_down", "light"}:
            raise refused(f"the layer {layer.name!r} (a model inside the model)")
        self.to_channels_first()
        self.settle()
        side, dark = layer.get_layer("erode_down").pool_size[0], layer.get_layer("light").scale < 0
        if dark:
            self.scale, self.offset = -1.0, 255.0
            self.settle()
        light = self.tensor
        for _ in range(2):  # an erosion is a dilation of the negative
            self.put("Neg")
            for kernel, pads in (((side, 1), (side // 2, 0, side // 2, 0)), ((1, side), (0, side // 2, 0, side // 2))):
                self.put("MaxPool", kernel_shape=kernel, strides=(1, 1), pads=pads)
        self.tensor = self.graph.add(self.place, "Sub", light, self.tensor)
        brightest = self.graph.add(self.place, "ReduceMax", self.tensor, self.graph.integers(1, 2, 3), keepdims=1)
        faintest = self.graph.constant(f"number/{FAINTEST!r}", np.array(FAINTEST, np.float32))
        self.put("Div", self.graph.add(self.place, "Max", brightest, faintest))
        self.scale, self.offset = (-255.0, 255.0) if dark else (255.0, 0.0)

    def flatten(self, layer: Any) -> None:
        """Flatten; the order of the features waits."""
        del layer
        if len(self.shape) == 3:
            positions = np.arange(np.prod(self.shape)).reshape(self.shape)
            self.shape = (positions.size,)
            if self.channels_first:
                order = positions.transpose(2, 0, 1).ravel()
                self.order = None if (order == positions.ravel()).all() else order
            self.put("Flatten", axis=1)

    def multiply(self, layer: Any) -> None:
        """Dense."""
        if len(self.shape) != 1:
            raise refused(f"the layer {layer.name!r} (Dense) on images, without a Flatten before it,")
        self.to_numbers()
        order, self.order = self.order, None
        kernel, bias = self.weights(layer, lambda kernel: kernel if order is None else kernel[order])
        self.put("Gemm", kernel, bias)
        self.weighed = kernel, bias, (-1,)
        self.shape = (layer.units,)
        self.activate(layer)

    def weights(self, layer: Any, arranged: Callable[[NDArray[np.float32]], NDArray[np.float32]]) -> tuple[str, str]:
        """The kernel, its inputs' scale multiplied into it, and the bias, with what the inputs' offset adds to it."""
        kernel, *biases = (values.astype(np.float32) for values in layer.get_weights())
        if len(biases) != layer.use_bias:
            raise refused(
                f"the layer {layer.name!r}, which has more weights than a kernel and a bias (LoRA, quantization),"
            )
        bias = biases[0] if biases else np.zeros(kernel.shape[-1], np.float32)
        if self.offset:
            bias = bias + np.float32(self.offset) * kernel.sum(axis=tuple(range(kernel.ndim - 1)))
        if self.scale != 1:
            kernel = kernel * np.float32(self.scale)
        self.scale, self.offset = 1.0, 0.0
        return self.graph.constant(f"{self.place}/kernel", arranged(kernel)), self.graph.constant(
            f"{self.place}/bias", bias
        )

    def normalize(self, layer: Any) -> None:
        """BatchNormalization, into the weights before it where there are any."""
        if layer.axis not in (-1, len(self.shape)):
            raise refused(f"the layer {layer.name!r} (BatchNormalization) along another axis than the last")
        values = iter(layer.get_weights())
        scale, offset = next(values) if layer.scale else np.float32(1), next(values) if layer.center else np.float32(0)
        mean, variance = values
        scale = scale / np.sqrt(variance + np.float32(layer.epsilon))
        offset = offset - mean * scale
        self.settle()
        if self.weighed:
            kernel, bias, outputs = self.weighed
            self.graph.constants[kernel] = self.graph.constants[kernel] * scale.reshape(outputs)
            self.graph.constants[bias] = self.graph.constants[bias] * scale + offset
            return
        if self.order is not None:
            scale, offset = scale[self.order], offset[self.order]
        ones = (1,) * (len(self.shape) - 1) if self.channels_first else ()
        for op, role, vector in (("Mul", "scale", scale), ("Add", "offset", offset)):
            self.put(op, self.graph.constant(f"{self.place}/{role}", vector.reshape(-1, *ones)))

    def activate(self, layer: Any) -> None:
        """An activation, of a layer or as one."""
        name = layer.get_config()["activation"]
        if name == "linear":
            return
        self.settle()
        if name == "softmax":
            self.put("Softmax", axis=1 if self.channels_first and len(self.shape) == 3 else -1)
        elif name == "silu":  # onnxruntime makes one operator of the two
            self.tensor = self.graph.add(
                self.place, "Mul", self.tensor, self.graph.add(self.place, "Sigmoid", self.tensor)
            )
        elif isinstance(name, str) and name in ACTIVATIONS:
            self.put(ACTIVATIONS[name])
        else:
            known = ", ".join(("linear", "silu", "softmax", *ACTIVATIONS))
            raise refused(f"the activation {name!r} of the layer {layer.name!r} (one of {known} can be)")

    def skip(self, layer: Any) -> None:
        """What is there in training only."""


_WRITERS: Mapping[str, Callable[[Stack, Any], None]] = {
    "Cropping2D": Stack.crop,
    "Rescaling": Stack.rescale,
    "Conv2D": Stack.convolve,
    "BatchNormalization": Stack.normalize,
    "MaxPooling2D": Stack.pool,
    "Flatten": Stack.flatten,
    "Dense": Stack.multiply,
    "Activation": Stack.activate,
    "Dropout": Stack.skip,
    "Functional": Stack.even,
}


def _writer(layer: Any) -> Callable[[Stack, Any], None]:
    if (kind := kind_of(layer)) not in _WRITERS:
        raise refused(f"the layer {layer.name!r} ({kind})")
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        raise refused(f"the layer {layer.name!r} ({kind}), which takes channels first,")
    return _WRITERS[kind]


def kind_of(layer: Any) -> str:
    """Keras's name of the class; a class of somebody else comes with its module, lest it pass for Keras's of the same name."""
    kind = type(layer)
    return kind.__name__ if kind.__module__.split(".")[0] == "keras" else f"{kind.__module__}.{kind.__qualname__}"


def refused(what: str) -> ModelError:
    """The error for what has no counterpart here."""
    return ModelError(
        f"{what} cannot be written as ONNX. What can: a keras.Sequential of {', '.join(_WRITERS)}, or a keras.Model that averages "
        "several of them. Build the model of those, or predict with its .keras file."
    )
