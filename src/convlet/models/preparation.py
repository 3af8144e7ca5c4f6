"""Build the first layers of every net: from uint8 pixels to the first convolution's input."""

from typing import Any, NamedTuple

from convlet.models.top_hat import top_hat, top_hat_side
from convlet.recipes import DARK_INK, Recipe
from convlet.system.engine import keras

PREPROCESSING = "pixels are uint8, 0 to 255; the model's first layers crop and scale them"
PROBABILITIES = "probabilities"  # the name of every net's softmax layer
_MAX_CROPPED = 1 / 4


class Pixels(NamedTuple):
    """Mean and standard deviation of the training images, from 0 to 255, for recipes with `pixels = "standard"`."""

    mean: float = 127.5
    deviation: float = 127.5


class Prepared(NamedTuple):
    """The first layers of a net.

    Attributes:
        layers: a `keras.Input` and the ones after it.
        shape: (height, width, channels) after those layers.
    """

    layers: list[Any]
    shape: tuple[int, int, int]


def prepared(recipe: Recipe, image_shape: tuple[int, int, int], pixels: Pixels, *, training: bool) -> Prepared:
    """Build the layers that even out the background, crop and scale.

    A crop of more than a quarter of a side is left out; so is the top-hat in training, as it does not change clean ink.
    """
    layers = keras().layers
    height, width, channels = image_shape
    stack = [keras().Input(image_shape, dtype="uint8", name="image")]
    evened = recipe.top_hat > 0 and not training
    if evened:  # before the crop; after it, a stripe of background could pass for ink
        stack.append(top_hat(image_shape, top_hat_side(recipe, image_shape), dark=recipe.reading == DARK_INK))
    if recipe.crop and 2 * recipe.crop <= _MAX_CROPPED * min(height, width):
        stack.append(layers.Cropping2D(recipe.crop, name="crop", dtype="float32" if evened else "uint8"))
        height, width = height - 2 * recipe.crop, width - 2 * recipe.crop
    unit = recipe.pixels == "unit"
    scale = 1 / (255 if unit else pixels.deviation)
    stack.append(layers.Rescaling(scale, 0.0 if unit else -pixels.mean * scale, name="scale"))
    return Prepared(stack, (height, width, channels))
