"""Hold a heat map and draw its picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from convlet.system.colors import color

# Blue against, orange for: color-blind people can tell these apart.
_AGAINST, _FOR = (np.array(ImageColor.getrgb(color(name)), np.float32) for name in ("against", "for"))
_PAPER, _INK = 238, 120  # where nothing matters in a drawing
_SHARE = 0.6  # of color at most over a picture, so that it shows through
_FAINT = 1e-6  # below this, heat is not stretched to full color: nothing mattered


@dataclass(frozen=True)
class Heat:
    """How much each place of an image mattered for one class.

    Attributes:
        values: float32 (height, width): positive where the place is evidence for the class, negative where against.
        label: the explained class.
        method: "occlusion", "grad-cam" or "integrated-gradients".

    Example:
        >>> heat = convlet.explain("digits", "seven.png")
        >>> heat.label, heat.method, heat.values.shape
        ('7', 'occlusion', (28, 28))
    """

    values: NDArray[np.float32]
    label: str
    method: str


def overlay(image: NDArray[np.uint8], heat: Heat, scale: int = 10, kind: str = "ink") -> Image.Image:
    """Draw the heat over the image, with each pixel enlarged to `scale` pixels.

    Args:
        image: uint8 (height, width, 1 or 3), a model's input.
        heat: a heat map of the same height and width.
        scale: side of a drawn pixel.
        kind: that of the model's `Form`: "ink" is drawn dark on light and fades where hot; a "picture" shows through.

    Returns:
        A Pillow image, RGB: gray where nothing mattered, orange for evidence for the class, blue for evidence against.
    """
    grey = image.mean(axis=-1, keepdims=True, dtype=np.float32)
    light, dark, most = (_PAPER, _INK, 1.0) if kind == "ink" else (255, 0, _SHARE)
    shade = grey if kind == "ink" and grey.mean() < 127 else 255 - grey
    ground = light + (dark - light) * shade / 255
    strength = most * np.abs(heat.values) / max(float(np.abs(heat.values).max()), _FAINT)
    tint = np.where((heat.values > 0)[..., np.newaxis], _FOR, _AGAINST)
    mixed = ground + (tint - ground) * strength[..., np.newaxis]
    small = Image.fromarray(np.clip(mixed, 0, 255).round().astype(np.uint8))
    return small.resize((small.width * scale, small.height * scale), Image.Resampling.NEAREST)
