"""Calibrate: the temperature, the likelihood of "none of the classes", and the threshold of known images."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data import Dataset
from convlet.evaluation import can_set, fit_temperature, threshold
from convlet.models import PROBABILITIES, before_sharing, each_view, learns_none
from convlet.recipes import Recipe
from convlet.system.engine import keras

_IMAGES = 10_000  # more add nothing
_PIXELS = 1 << 26  # at most, in all images
_BATCH = 256
_ACCEPTED, TOMORROW = 0.965, 0.95  # of the images the threshold is set on; of new ones
_DOUBTED = 0.02  # fraction of known images rated at least as likely to be none of the classes
_SMALLEST = np.finfo(np.float32).tiny


def calibrate(members: Sequence[Any], dataset: Dataset, recipe: Recipe) -> tuple[float, float]:
    """Divide the nets' logits by one temperature, and find the threshold for their mean probabilities.

    If they have an output for none of the classes, its logit is shifted until one known image in fifty is rated at
    least as likely to be none of them.

    All come from validation images. A test set used for validation, as in the tutorial, decides nothing: the nets stay
    as trained, and the threshold comes from training images shifted by a pixel, since nets may have memorized the
    originals.

    Args:
        members: Keras models with a softmax layer `probabilities`, whose weights change.
        dataset: has the split to validate on.
        recipe: the nets'.

    Returns:
        The temperature (1: none), and the threshold: the lowest top probability of an image that counts as one of the
        classes.
    """
    from scipy.special import logsumexp, softmax

    classes = len(dataset.class_names)
    held_out = recipe.validate_on == "validation"
    split = dataset.split("validation" if held_out else "train")
    split = split.take(split.sample(min(_IMAGES, max(1, _PIXELS // math.prod(split.image_shape)))))
    images = split.images[:] if held_out else _moved(split.images[:])
    outputs = np.stack([answers_of(each_view(before_sharing(net), recipe), images) for net in members])
    logits = np.log(np.maximum(outputs, _SMALLEST))  # (members, views, n, outputs)
    known = outputs[..., :classes].reshape(-1, len(images), classes)
    temperature = fit_temperature(known, split.labels) if held_out else 1.0
    logits /= np.float32(temperature)
    for net, own in zip(members, logits, strict=True):
        layer = net.get_layer(PROBABILITIES)
        kernel, bias = (weights / np.float32(temperature) for weights in layer.get_weights())
        if held_out and learns_none(recipe) and can_set(len(images), TOMORROW):
            doubt = own[..., classes] - logsumexp(own[..., :classes], axis=-1)
            own[..., classes] -= (lowered := np.quantile(doubt, 1 - _DOUBTED))
            bias[classes] -= lowered
        layer.set_weights([kernel, bias])
    cooled = softmax(logits, axis=-1)
    shared = cooled[..., :classes] + cooled[..., classes:].sum(axis=-1, keepdims=True) / classes
    return temperature, threshold(shared.mean(axis=(0, 1)).max(axis=1), _ACCEPTED, TOMORROW)


def answers_of(net: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a Keras model's answers, float32 (..., n, classes), for uint8 images (n, height, width, channels)."""
    # Not `predict`, which compiles a function per net, and warns of it.
    batches = [images[start : start + _BATCH] for start in range(0, len(images), _BATCH)]
    return np.concatenate([keras().ops.convert_to_numpy(net(batch, training=False)) for batch in batches], axis=-2)


def _moved(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Shift a quarter of the images by a pixel in each direction; pixels wrap around, as both edges are background."""
    moved = images.copy()
    for number, (axis, step) in enumerate([(1, 1), (1, -1), (2, 1), (2, -1)]):
        moved[number::4] = np.roll(images[number::4], step, axis)
    return moved
