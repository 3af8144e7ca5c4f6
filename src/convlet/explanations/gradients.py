"""Heat maps from the Keras model's gradients.

Selvaraju et al. 2017, "Grad-CAM"; Sundararajan, Taly and Yan 2017, "Axiomatic Attribution for Deep Networks" (integrated gradients).
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.errors import ModelError
from convlet.explanations.heat import Heat
from convlet.models import TOP_HAT
from convlet.models.keras_file import load_keras
from convlet.signature import Signature
from convlet.system.engine import keras, on_tensorflow, tensorflow

_STEPS = 64  # along the way from the empty image
_SMALLEST = 1e-7

Score = Callable[[Any], Any]


def grad_cam(source: Path, image: NDArray[np.uint8], label: str | None = None) -> Heat:
    """The last feature maps, weighted by how much the class gains by each of their places; what speaks against the class is left away.

    Grad-CAM's own weights are one for each map, the mean over its places, which is right where maps are averaged before the last layer. These nets flatten them, and
    each place has a weight of its own (HiResCAM, Draelos and Carin 2020).

    Args:
        source: the `.keras` file.
        image: uint8 (height, width, channels), the model's input.
        label: the class asked about; the default is the likeliest.

    Raises:
        ModelError: the file cannot be opened, or has no feature maps.
        ValueError: there is no such class.
    """
    nets, signature, target = _opened(source, image, label)
    total = np.zeros(image.shape[:2], np.float32)
    for layers in nets:
        cut = next(
            (index for index, layer in enumerate(layers) if len(layer.output.shape) == 2), 0
        )  # where it is flattened
        if not cut:
            raise ModelError(
                f"{source} has no feature maps to look at: it begins with a dense layer. Use --method occlusion."
            )
        maps = _through(layers[:cut], image[np.newaxis].astype(np.float32))
        gradient = _gradient(partial(_score, layers[cut:], target), maps)
        heat = np.maximum((keras().ops.convert_to_numpy(maps) * gradient).sum(axis=-1), 0)
        large = keras().ops.image.resize(heat[..., np.newaxis], image.shape[:2], interpolation="bilinear")
        total += keras().ops.convert_to_numpy(large)[0, ..., 0] / len(nets)
    return Heat(total, signature.class_names[target], "grad-cam")


def integrated_gradients(source: Path, image: NDArray[np.uint8], label: str | None = None) -> Heat:
    """The gradient of the class's log-odds at every pixel, summed along the way from the empty ground to the image, times the pixel's change.

    Args:
        source: the `.keras` file.
        image: uint8 (height, width, channels), the model's input.
        label: the class asked about; the default is the likeliest.

    Returns:
        A heat whose sum is about the difference of the log-odds between image and ground.

    Raises:
        ModelError: the file cannot be opened.
        ValueError: there is no such class.
    """
    nets, signature, target = _opened(source, image, label)
    ends = np.stack([np.full_like(image, 0 if signature.form.light else 255), image])
    along = (np.arange(_STEPS, dtype=np.float32) + 0.5).reshape(-1, 1, 1, 1) / _STEPS
    total = np.zeros(image.shape[:2], np.float32)
    for layers in nets:
        even = (
            layers[0].name == TOP_HAT
        )  # minima and maxima of whole numbers: no gradient goes through it, nor needs to
        ground, whole = keras().ops.convert_to_numpy(layers[0](ends) if even else ends).astype(np.float32)
        rest = layers[1:] if even else layers
        way = ground + along * (whole - ground)
        gradient = _gradient(partial(_score, rest, target), way)
        total += (gradient.mean(axis=0) * (whole - ground)).sum(axis=-1) / len(nets)
    return Heat(total, signature.class_names[target], "integrated-gradients")


def _opened(source: Path, image: NDArray[np.uint8], label: str | None) -> tuple[list[Sequence[Any]], Signature, int]:
    """The layers of each net of the model, its signature, and the index of the class asked about."""
    model, signature = load_keras(source)
    members = [layer for layer in model.layers if isinstance(layer, keras().Sequential)]
    nets = [member.layers for member in members] or [model.layers]
    answer = keras().ops.convert_to_numpy(model(image[np.newaxis], training=False))[0]
    target = int(answer.argmax()) if label is None else signature.class_names.index(label)
    return nets, signature, target


def _through(layers: Sequence[Any], given: Any) -> Any:
    for layer in layers:
        given = layer(given)
    return given


def _score(layers: Sequence[Any], target: int, given: Any) -> Any:
    """The log-odds of a class against all others, summed over the rows; the logarithm of a probability near 1 has no gradient to speak of."""
    ops = keras().ops
    probabilities = _through(layers, given)
    wanted = probabilities[:, target]
    return ops.sum(
        ops.log(ops.maximum(wanted, _SMALLEST))
        - ops.log(ops.maximum(ops.sum(probabilities, axis=1) - wanted, _SMALLEST))
    )


def _gradient(score: Score, at: Any) -> NDArray[np.float32]:
    """The gradient of a number with respect to an array."""
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
