"""Build the parts of architectures: the recipe's convolutions one by one, their pooling, and the last layers."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.errors import RecipeError
from convlet.models.preparation import PROBABILITIES, Prepared
from convlet.recipes import Recipe
from convlet.system.engine import keras

MAX_DENSE_WEIGHTS = 250_000_000  # 1 GB; Adam keeps two more numbers for each
_MOMENTUM = 0.95  # of batch normalization's moving mean and variance, which settle within a hundred steps


class Kinds(NamedTuple):
    """How a net's layers are made.

    Attributes:
        convolution: the class of its convolutions: Keras's, or a faster one with the same variables.
        normalization: likewise of its batch normalization.
    """

    convolution: Any
    normalization: Any


class Stage(NamedTuple):
    """One of a recipe's convolutions: its number from 1, and its fields' values."""

    number: int | str
    filters: int
    kernel_size: int
    strides: int
    padding: str
    pool: int
    activation: str


def stages(recipe: Recipe) -> list[Stage]:
    """Return the recipe's convolutions in order."""
    fields = zip(recipe.filters, *map(recipe.per_convolution, Stage._fields[2:]), strict=True)
    return [Stage(number, *values) for number, values in enumerate(fields, 1)]


def convolution(
    recipe: Recipe, stage: Stage, shape: Sequence[int], kinds: Kinds, *, pool_first: bool = False
) -> list[Any]:
    """Build a stage's convolution with its normalization, activation and pooling.

    An image smaller than the kernel is padded regardless of the recipe's padding.

    Args:
        shape: (height, width, channels) of its input.
        kinds: how its layers are made.
        pool_first: pool before the normalization, so that it and the activation have a fraction of the work.
    """
    normalized, number = recipe.normalization == "batch", stage.number
    options: dict[str, Any] = {"strides": stage.strides, "padding": padding_of(stage, shape)}
    options |= {"use_bias": False} if normalized else {} if pool_first else {"activation": stage.activation}
    frozen = number == 1 and recipe.first_filters == "cosine"
    if frozen:
        options |= {"kernel_initializer": "zeros", "use_bias": False, "trainable": False}  # see with_first_filters
    made = [kinds.convolution(stage.filters, stage.kernel_size, **options, name=f"conv_{number}")]
    _, *shape = made[0].compute_output_shape((None, *shape))
    pool = pooling(stage, shape)
    if pool_first:
        made += pool
    if normalized:
        # Otherwise training would compute the gradient of its outputs, the largest of all, for two numbers each.
        learns = not frozen
        made.append(kinds.normalization(momentum=_MOMENTUM, center=learns, scale=learns, name=f"norm_{number}"))
    if (normalized or pool_first) and stage.activation != "linear":
        made.append(keras().layers.Activation(stage.activation, name=f"{stage.activation}_{number}"))
    return made if pool_first else made + pool


def pooling(stage: Stage, shape: Sequence[int]) -> list[Any]:
    """Return a stage's max pooling, or nothing where a side of (height, width, channels) is shorter than the pool."""
    if stage.pool == 1 or min(shape[:2]) < stage.pool:
        return []
    return [keras().layers.MaxPooling2D(stage.pool, name=f"pool_{stage.number}")]


def padding_of(stage: Stage, shape: Sequence[int]) -> str:
    """Return a stage's padding on images of (height, width, channels): "same" if its kernel does not fit inside."""
    return stage.padding if stage.kernel_size <= min(shape[:2]) else "same"


def head(recipe: Recipe, prepared: Prepared, inputs: int, classes: int) -> list[Any]:
    """Build the last layers: dense, dropout and softmax, from `inputs` features to `classes` probabilities.

    Raises:
        RecipeError: the dense layer would be too large for memory.
    """
    layers, units, made = keras().layers, recipe.dense_units, []
    if inputs * units > MAX_DENSE_WEIGHTS:
        _, height, width, _ = prepared.layers[0].shape
        raise RecipeError(
            f"dense_units={units} on images of {width}x{height} pixels makes {inputs * units:,} weights (limit "
            f"{MAX_DENSE_WEIGHTS:,}). Resize the images, or add convolutions: filters=[32,64,64,64]."
        )
    if units:
        made.append(layers.Dense(units, activation=stages(recipe)[-1].activation, name="dense"))
    if recipe.dropout:
        made.append(layers.Dropout(recipe.dropout, name="dropout"))
    return [*made, layers.Dense(classes, activation="softmax", dtype="float32", name=PROBABILITIES)]


def with_first_filters(model: Any, recipe: Recipe) -> Any:
    """Return the model, with cosine filters in its first convolution if the recipe wants them."""
    if recipe.first_filters == "cosine":
        first = model.get_layer("conv_1")
        size, _, channels, filters = first.kernel.shape
        first.set_weights([cosine_filters(size, channels, filters)])
    return model


def cosine_filters(size: int, channels: int, filters: int) -> NDArray[np.float32]:
    """Return the lowest frequencies of a patch's discrete cosine transform (DCT-II), each followed by its negative.

    A rectified pair keeps the full response to its frequency, so nothing is lost by not training them. The mean, by far
    the largest response on pixels, is scaled to a third.

    Returns:
        float32 (size, size, channels, filters) with norm 1 (the mean: 1/3), repeated after the last frequency.
    """

    def basis(length: int) -> NDArray[np.float64]:
        place, frequency = np.arange(length), np.arange(length)[:, np.newaxis]
        waves = np.cos(np.pi * (place + 0.5) * frequency / length)
        normed: NDArray[np.float64] = waves / np.linalg.norm(waves, axis=1, keepdims=True)
        return normed

    down, across, through = basis(size), basis(size), basis(channels)
    frequencies = sorted(np.ndindex(size, size, channels), key=lambda f: (sum(f), max(f), f))
    chosen = [frequencies[index % len(frequencies)] for index in range(-(-filters // 2))]
    waves = [np.einsum("i,j,k->ijk", down[u], across[v], through[w]) / (1 if u or v or w else 3) for u, v, w in chosen]
    pairs = [sign * wave for wave in waves for sign in (1, -1)]
    return np.stack(pairs[:filters], axis=-1).astype(np.float32)
