"""A Keras model as an ONNX graph, written layer by layer from its weights: no engine runs, and none has to be TensorFlow.

The graph is lean by putting work off until it costs least. Pixels stay bytes until a layer needs numbers; a Rescaling waits for the
weights it can be multiplied into, and a BatchNormalization goes into those before it; the order in which Flatten reads an image, which
is not ONNX's, waits for the Dense rows to permute.
"""

from convlet.exports.onnx_graph.model import onnx_model

__all__ = ["onnx_model"]
