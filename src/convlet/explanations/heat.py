"""A heat map, and how it looks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from convlet.system.colors import color

# From what speaks against the answer (blue) over nothing to what speaks for it (orange): told apart by people who see no red or green.
_AGAINST, _FOR = (np.array(ImageColor.getrgb(color(name)), np.float32) for name in ("against", "for"))
_PAPER, _INK = 238, 120  # where nothing matters
_FAINT = 1e-6  # smaller heats are not stretched to full colour: nothing mattered


@dataclass(frozen=True)
class Heat:
    """How much each place of an image mattered for one class.

    Attributes:
        values: float32 (height, width): above 0 the place speaks for the class, below 0 against it.
        label: the class that was asked about.
        method: "occlusion", "grad-cam" or "integrated-gradients".
    """

    values: NDArray[np.float32]
    label: str
    method: str


def overlay(image: NDArray[np.uint8], heat: Heat, scale: int = 10) -> Image.Image:
    """The image with its heat over it, each pixel enlarged to `scale` pixels.

    Args:
        image: uint8 (height, width, 1 or 3), a model's input.
        heat: of the same height and width.
        scale: pixels.

    Returns:
        A Pillow image, mode RGB: grey on near white where nothing mattered, orange for what speaks for the class, blue against it.
    """
    grey = image.mean(axis=-1, keepdims=True, dtype=np.float32)
    strength = np.abs(heat.values) / max(float(np.abs(heat.values).max()), _FAINT)
    colour = np.where((heat.values > 0)[..., np.newaxis], _FOR, _AGAINST)
    dark = grey if grey.mean() < 127 else 255 - grey
    ground = _PAPER + (_INK - _PAPER) * dark / 255
    mixed = ground + (colour - ground) * strength[..., np.newaxis]
    small = Image.fromarray(np.clip(mixed, 0, 255).round().astype(np.uint8))
    return small.resize((small.width * scale, small.height * scale), Image.Resampling.NEAREST)
