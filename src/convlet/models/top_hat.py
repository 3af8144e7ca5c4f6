"""The white top-hat transform as plain Keras layers: it takes an uneven ground away before the first convolution."""

from typing import Any

from convlet.recipes import Recipe
from convlet.system.engine import keras

FAINTEST = 40.0  # of 255: ink fainter than this is not stretched to white, for it may be none
TOP_HAT = "top_hat"  # the layer's name


def top_hat_side(recipe: Recipe, image_shape: tuple[int, int, int]) -> int:
    """The recipe's `top_hat` in pixels of images of this shape: an odd number."""
    return round(recipe.top_hat * min(image_shape[:2]) / 28) // 2 * 2 + 1


def top_hat(image_shape: tuple[int, int, int], side: int, *, dark: bool) -> Any:
    """The white top-hat transform, stretched to 255: what is narrower than a square of `side` pixels stays, a ground as uneven as you like becomes black.

    The image minus its grey opening (J. Serra 1982, Image Analysis and Mathematical Morphology): an erosion and then a dilation, each a max pooling
    along one side and then the other. Dark ink is turned around before and after. A ground's remaining 40 levels are not stretched to white.

    Returns:
        A `keras.Model` of plain layers, uint8 or float images of `image_shape` in, float32 out.
    """
    layers, ops = keras().layers, keras().ops
    image = keras().Input(image_shape, dtype="uint8", name="uneven")

    def widened(pixels: Any, what: str) -> Any:
        for window, axis in (((side, 1), "down"), ((1, side), "across")):
            pixels = layers.MaxPooling2D(window, strides=1, padding="same", name=f"{what}_{axis}", dtype="float32")(
                pixels
            )
        return pixels

    sign, offset = (-1.0, 255.0) if dark else (1.0, 0.0)
    light = layers.Rescaling(sign, offset, name="light", dtype="float32")(image)
    eroded = layers.Rescaling(-1.0, name="eroded", dtype="float32")(
        widened(layers.Rescaling(-1.0, name="negative", dtype="float32")(light), "erode")
    )
    ink = layers.Subtract(name="ink", dtype="float32")([light, widened(eroded, "dilate")])
    brightest = ops.maximum(ops.max(ink, axis=(1, 2, 3), keepdims=True), FAINTEST)
    stretched = ops.multiply(ops.divide(ink, brightest), 255.0)
    return keras().Model(image, layers.Rescaling(sign, offset, name="even", dtype="float32")(stretched), name=TOP_HAT)
