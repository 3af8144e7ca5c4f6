"""Write a Keras model as an ONNX graph, on any engine.

Work waits until it is cheapest. Pixels stay bytes until a layer computes. A Rescaling waits for weights to absorb it, a
convolution or dense layer for the BatchNormalization behind it, through pools too. Flatten reads in an order ONNX does
not have, which waits for the rows of a dense kernel.
"""

from convlet.exports.onnx_graph.model import onnx_model

__all__ = ["onnx_model"]
