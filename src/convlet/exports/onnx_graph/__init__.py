"""Write a Keras model as an ONNX graph from its weights, without TensorFlow or any other engine.

Work waits until it is cheapest. Pixels stay bytes until a layer computes. A Rescaling waits for weights to absorb it. A
convolution or dense layer waits for the BatchNormalization behind it. Flatten reads an image in an order that ONNX does
not have, so the order waits for the rows of a dense kernel.
"""

from convlet.exports.onnx_graph.model import onnx_model

__all__ = ["onnx_model"]
