"""The first layers of every net: from uint8 pixels to what the first convolution takes."""

from typing import Any, NamedTuple

from convlet.models.top_hat import top_hat, top_hat_side
from convlet.recipes import DARK_INK, Recipe
from convlet.system.engine import keras

PREPROCESSING = "pixels are uint8, 0 to 255; the model's first layers crop and scale them"
PROBABILITIES = "probabilities"  # the name of every net's last layer
_MAX_CROPPED = 1 / 4


class Pixels(NamedTuple):
    """The training images' mean and standard deviation, in units of 0 to 255, for recipes with `pixels = "standard"`."""

    mean: float = 127.5
    deviation: float = 127.5


class Prepared(NamedTuple):
    """The layers in front of a net.

    Attributes:
        layers: a `keras.Input` and what is applied to it.
        image_shape: (height, width, channels) of the image.
        shape: (height, width, channels) behind those layers.
    """

    layers: list[Any]
    image_shape: tuple[int, int, int]
    shape: tuple[int, int, int]


def prepared(recipe: Recipe, image_shape: tuple[int, int, int], pixels: Pixels, *, training: bool) -> Prepared:
    """Make the layers that even the ground out, crop and scale.

    Args:
        recipe: `top_hat`, `crop` and `pixels` of it. A crop that would take more than a quarter of a side is left out.
        image_shape: (height, width, channels).
        pixels: see `Pixels`.
        training: whether to leave the top-hat out, through which clean ink passes unchanged.
    """
    layers = keras().layers
    height, width, channels = image_shape
    stack = [keras().Input(image_shape, dtype="uint8", name="image")]
    evened = recipe.top_hat > 0 and not training
    if evened:  # before the crop: whoever sees less of a ground's stripe takes it for ink
        stack.append(top_hat(image_shape, top_hat_side(recipe, image_shape), dark=recipe.reading == DARK_INK))
    if recipe.crop and 2 * recipe.crop <= _MAX_CROPPED * min(height, width):
        stack.append(layers.Cropping2D(recipe.crop, name="crop", dtype="float32" if evened else "uint8"))
        height, width = height - 2 * recipe.crop, width - 2 * recipe.crop
    scale = 1 / 255 if recipe.pixels == "unit" else 1 / pixels.deviation
    stack.append(layers.Rescaling(scale, 0.0 if recipe.pixels == "unit" else -pixels.mean * scale, name="scale"))
    return Prepared(stack, image_shape, (height, width, channels))
