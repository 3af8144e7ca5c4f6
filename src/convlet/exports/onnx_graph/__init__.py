"""Write a Keras model as an ONNX graph, on any engine.

Work is deferred until it is cheapest. Pixels stay bytes until a layer computes. A Rescaling waits for weights to absorb
it; a convolution or dense layer waits for the BatchNormalization after it, even through pools. Flatten reads in an
order that ONNX lacks, which waits for the rows of a dense kernel.
"""

from convlet.exports.onnx_graph.model import onnx_model

__all__ = ["onnx_model"]
