"""Compute heat maps from the Keras model's gradients."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.errors import ModelError
from convlet.explanations.heat import Heat
from convlet.models import TOP_HAT, members
from convlet.models.keras_file import load_keras
from convlet.signature import Signature
from convlet.system.engine import keras, on_tensorflow, tensorflow

_STEPS = 64  # from the empty image to the image
_SMALLEST = 1e-7


def grad_cam(source: Path, image: NDArray[np.uint8], label: str | None = None) -> Heat:
    """Weigh each place of the last feature maps by how much it raises the class; no evidence against it is shown.

    Each place has its own weight (HiResCAM, Draelos and Carin 2020), which nets that flatten their maps need. For nets
    that average them, it equals Grad-CAM (Selvaraju et al. 2017).

    Args:
        source: a `.keras` file.
        image: uint8 (height, width, channels), the model's input.
        label: the class to explain; by default the likeliest.

    Raises:
        ModelError: the file cannot be opened, or has no feature maps.
        ValueError: there is no such class.
    """
    nets, signature, target = _opened(source, image, label)
    ops, total = keras().ops, np.zeros(image.shape[:2], np.float32)
    for even, net in nets:
        cut = _last_maps(net)
        if cut is net.inputs[0]:
            raise ModelError(f'{source} has no feature maps: its first layer is dense. Use method="occlusion".')
        maps = keras().Model(net.inputs[0], cut)(even(image[np.newaxis]))
        gradient = _gradient(partial(_score, keras().Model(cut, net.outputs[0]), target), maps)
        heat = np.maximum((ops.convert_to_numpy(maps) * gradient).sum(axis=-1, keepdims=True), 0)
        large = ops.image.resize(heat, image.shape[:2], interpolation="bilinear")
        total += ops.convert_to_numpy(large)[0, ..., 0] / len(nets)
    return Heat(total, signature.class_names[target], "grad-cam")


def integrated_gradients(source: Path, image: NDArray[np.uint8], label: str | None = None) -> Heat:
    """Average the gradient of the class's log-odds from the empty background to the image, times each pixel's change.

    Sundararajan, Taly and Yan 2017, "Axiomatic Attribution for Deep Networks".

    `source`, `image` and `label`: see `grad_cam`.

    Returns:
        A heat map whose sum is about the difference in log-odds between image and background.

    Raises:
        ModelError: the file cannot be opened.
        ValueError: there is no such class.
    """
    nets, signature, target = _opened(source, image, label)
    ends = np.stack([np.full_like(image, 0 if signature.form.light else 255), image])
    along = (np.arange(_STEPS, dtype=np.float32) + 0.5).reshape(-1, 1, 1, 1) / _STEPS
    total = np.zeros(image.shape[:2], np.float32)
    for even, net in nets:
        ground, whole = even(ends)
        gradient = _gradient(partial(_score, net, target), ground + along * (whole - ground))
        total += (gradient.mean(axis=0) * (whole - ground)).sum(axis=-1) / len(nets)
    return Heat(total, signature.class_names[target], "integrated-gradients")


def _opened(source: Path, image: NDArray[np.uint8], label: str | None) -> tuple[list[Any], Signature, int]:
    """Return the model's nets, its signature, and the index of the class to explain."""
    model, signature = load_keras(source)
    answer = keras().ops.convert_to_numpy(model(image[np.newaxis], training=False))[0]
    target = int(answer.argmax()) if label is None else signature.class_names.index(label)
    return [_split(net) for net in members(model)], signature, target


def _split(net: Any) -> tuple[Any, Any]:
    """Split a net into its top-hat, a function, and the rest, a net that takes float pixels: bytes have no gradient.

    Neither do the minima and maxima of a top-hat.
    """
    layers = keras().layers

    def copied(layer: Any) -> Any:
        return layers.Identity() if layer.name == TOP_HAT else layer.from_config(layer.get_config())

    rest = keras().models.clone_model(net, input_tensors=layers.Input(net.input_shape[1:]), clone_function=copied)
    rest.set_weights(net.get_weights())
    top_hat = next((layer for layer in net.layers if layer.name == TOP_HAT), np.asarray)
    return lambda images: keras().ops.convert_to_numpy(top_hat(images)).astype(np.float32), rest


def _last_maps(net: Any) -> Any:
    """Return the tensor that a net flattens or averages."""
    return next(each.input for each in reversed(net.layers) if len(each.input.shape) == 4 > len(each.output.shape))


def _score(net: Any, target: int, given: Any) -> Any:
    """Return a class's log-odds, summed over the rows. Near 1, a probability has hardly any gradient; log-odds do."""
    ops = keras().ops
    probabilities = net(given)
    wanted = probabilities[:, target]
    others = ops.sum(probabilities, axis=1) - wanted
    return ops.sum(ops.log(ops.maximum(wanted, _SMALLEST)) - ops.log(ops.maximum(others, _SMALLEST)))


def _gradient(score: Any, at: Any) -> NDArray[np.float32]:
    """Return a score's gradient with respect to an array, on any engine."""
    if on_tensorflow():
        tf = tensorflow()
        point = tf.convert_to_tensor(at)
        with tf.GradientTape() as tape:
            tape.watch(point)
            value = score(point)
        return np.asarray(tape.gradient(value, point))
    if keras().backend.backend() == "torch":
        import torch

        leaf = torch.tensor(keras().ops.convert_to_numpy(at), requires_grad=True)
        score(leaf).backward()
        return np.asarray(leaf.grad)
    import jax

    return np.asarray(jax.grad(score)(jax.numpy.asarray(at)))
