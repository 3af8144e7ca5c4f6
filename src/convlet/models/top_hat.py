"""Build the white top-hat transform from plain Keras layers: it evens the background before the first convolution."""

from typing import Any

from convlet.recipes import Recipe
from convlet.system.engine import keras

FAINTEST = 40.0  # of 255: anything fainter may not be ink, and is not stretched to white
TOP_HAT = "top_hat"  # the layer's name


def top_hat_side(recipe: Recipe, image_shape: tuple[int, int, int]) -> int:
    """Return the recipe's `top_hat` in pixels of images of this shape, an odd number."""
    return round(recipe.top_hat * min(image_shape[:2]) / 28) // 2 * 2 + 1


def top_hat(image_shape: tuple[int, int, int], side: int, *, dark: bool) -> Any:
    """Build the white top-hat transform, stretched to 255.

    Anything narrower than a square of `side` pixels stays; the rest becomes black. It is the image minus its gray
    opening (J. Serra 1982, Image Analysis and Mathematical Morphology): an erosion, then a dilation, each a max pooling
    along both sides. Dark ink is inverted before and after. Ink of up to 40 levels is not stretched to white.

    Returns:
        A `keras.Model` of plain layers: uint8 or float images of `image_shape` in, float32 out.
    """
    layers, ops = keras().layers, keras().ops
    image = keras().Input(image_shape, dtype="uint8", name="uneven")

    def widened(pixels: Any, what: str) -> Any:
        for window, axis in (((side, 1), "down"), ((1, side), "across")):
            pool = layers.MaxPooling2D(window, strides=1, padding="same", name=f"{what}_{axis}", dtype="float32")
            pixels = pool(pixels)
        return pixels

    def rescaled(pixels: Any, name: str, sign: float = -1.0, offset: float = 0.0) -> Any:
        return layers.Rescaling(sign, offset, name=name, dtype="float32")(pixels)

    turn = (-1.0, 255.0) if dark else (1.0, 0.0)
    light = rescaled(image, "light", *turn)
    eroded = rescaled(widened(rescaled(light, "negative"), "erode"), "eroded")
    ink = layers.Subtract(name="ink", dtype="float32")([light, widened(eroded, "dilate")])
    brightest = ops.maximum(ops.max(ink, axis=(1, 2, 3), keepdims=True), FAINTEST)
    stretched = ops.multiply(ops.divide(ink, brightest), 255.0)
    return keras().Model(image, rescaled(stretched, "even", *turn), name=TOP_HAT)
