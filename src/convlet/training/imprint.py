"""Let a net answer new classes before it is trained on them.

Each new answer is the linear discriminant of its images among all images, in the features before the last layer; after
H. Qi, M. Brown and D. Lowe (2018), "Low-Shot Learning with Imprinted Weights", who take the mean of the features.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data import Split
from convlet.models import PROBABILITIES
from convlet.system.engine import keras

_SHRINK = 0.1  # of the features' covariance toward a multiple of the identity
_LEAST = 0.5  # standard deviations between the means of its own images and of the others
_CHUNK = 256


def imprint(net: Any, split: Split, before: int) -> None:
    """Set the weights of the answers of new classes.

    Args:
        net: an uncompiled Keras net whose last layer has softmax; the weights of its new answers are zero.
        split: images of all classes.
        before: how many classes it knows; the others are new.
    """
    layer = net.get_layer(PROBABILITIES)
    features = _features(net, split)
    labels = split.labels
    kernel, bias = (values.astype(np.float64) for values in layer.get_weights())
    if not (labels < before).any():
        return
    present = [label for label in range(kernel.shape[1]) if (labels == label).any()]
    means = {label: features[labels == label].mean(axis=0) for label in present}
    centered = features - np.stack([means[label] for label in labels])
    covariance = centered.T @ centered / len(features)
    size = len(covariance)
    covariance = (1 - _SHRINK) * covariance + _SHRINK * np.trace(covariance) / size * np.eye(size)
    middle = np.mean([means[label] for label in present], axis=0)
    logits = features @ kernel[:, :before] + bias[:before]
    known = labels < before
    own = np.arange(before) == labels[known][:, np.newaxis]
    high, low = logits[known][own].mean(), logits[known][~own].mean()
    for label in range(before, kernel.shape[1]):
        if label not in means:
            continue
        direction = np.linalg.solve(covariance, means[label] - middle)
        along = features @ direction
        top, rest = along[labels == label].mean(), along[labels != label].mean()
        scale = (high - low) / max(top - rest, _LEAST * along.std())
        kernel[:, label], bias[label] = scale * direction, high - scale * top
    layer.set_weights([kernel, bias])


def _features(net: Any, split: Split) -> NDArray[np.float64]:
    """Return what the last layer gets of each image: float64 (n, features)."""
    before = keras().Model(net.inputs[0], net.get_layer(PROBABILITIES).input)
    found = [
        keras().ops.convert_to_numpy(before(split.images[start : start + _CHUNK], training=False)).astype(np.float64)
        for start in range(0, len(split), _CHUNK)
    ]
    return np.concatenate(found)
