"""Draw pictures of none of the classes: training images cut up, mixed and degraded, and pictures of nothing."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from convlet.training.augmentation import textures

Pictures = NDArray[np.uint8]  # (n, height, width, channels)
Pixels = NDArray[np.float32]  # the same, 0 to 255
Maker = Callable[[int, Pictures, np.random.Generator], Pixels]
_CHUNK = 64  # pictures drawn at a time


def draw_pictures(count: int, images: Pictures, random: np.random.Generator) -> Pictures:
    """Draw `count` pictures of all kinds, as large as `images` and partly made from their pieces."""
    counts = [round(count * share) for share in _KINDS.values()]
    counts[0] += count - sum(counts)
    made = [images[:0]]
    for maker, number in zip(_KINDS, counts, strict=True):
        for start in range(0, number, _CHUNK):
            drawn = maker(min(_CHUNK, number - start), images, random)
            made.append(np.rint(np.clip(drawn, 0, 255)).astype(np.uint8))
    return np.concatenate(made)


def _jigsaw(n: int, images: Pictures, random: np.random.Generator) -> Pixels:
    """Arrange tiles: shuffled pieces of one image, or one piece each of as many images."""
    _, height, width, _ = images.shape
    tiles = int(random.integers(2, 9))
    high, wide = -(-height // tiles), -(-width // tiles)
    grid = (n, tiles, tiles)
    which = random.integers(len(images), size=grid)
    which = np.where(random.random((n, 1, 1)) < 0.5, which[:, :1, :1], which)
    top, left = random.integers(0, height - high + 1, grid), random.integers(0, width - wide + 1, grid)
    y, x = np.ogrid[:height, :width]
    tile = (slice(None), y // high, x // wide)
    laid: Pixels = images[which[tile], top[tile] + y % high, left[tile] + x % wide].astype(np.float32)
    return laid


def _merged(n: int, images: Pictures, random: np.random.Generator) -> Pixels:
    """Overlay three or four images, all equally visible."""
    layers = random.integers(3, 5)
    mixed: Pixels = images[random.integers(len(images), size=(n, layers))].mean(axis=1, dtype=np.float32)
    return mixed


def _closeup(n: int, images: Pictures, random: np.random.Generator) -> Pixels:
    """Enlarge a piece of an eighth to a third of the side."""
    _, height, width, _ = images.shape
    share = random.uniform(1 / 8, 1 / 3, (n, 1, 1))
    places = []
    for length, ramp in zip((height, width), np.ogrid[:height, :width], strict=True):
        places.append(random.random((n, 1, 1)) * (1 - share) * (length - 1) + ramp * share)
    (top, left), chosen = places, random.integers(len(images), size=(n, 1, 1))
    row, column = top.astype(int), left.astype(int)
    down, right = (top - row)[..., np.newaxis], (left - column)[..., np.newaxis]
    below, beside = np.minimum(row + 1, height - 1), np.minimum(column + 1, width - 1)
    upper = images[chosen, row, column] * (1 - right) + images[chosen, row, beside] * right
    lower = images[chosen, below, column] * (1 - right) + images[chosen, below, beside] * right
    large: Pixels = (upper * (1 - down) + lower * down).astype(np.float32)
    return large


def _blurred(n: int, images: Pictures, random: np.random.Generator) -> Pixels:
    """Blur images until little is left, and stretch the contrast of the rest."""
    from scipy import ndimage

    sigma = random.uniform(1 / 10, 1 / 4) * min(images.shape[1:3])
    soft = ndimage.gaussian_filter(
        images[random.integers(len(images), size=n)].astype(np.float32), (0, sigma, sigma, 0), mode="nearest"
    )
    middle = soft.mean(axis=(1, 2), keepdims=True)
    stretched: Pixels = middle + (soft - middle) * random.uniform(1, 4, (n, 1, 1, 1)).astype(np.float32)
    return stretched


def _material(n: int, images: Pictures, random: np.random.Generator) -> Pixels:
    """Cover the picture with a small piece and its mirror images; in half of them, keep only its spectrum.

    Random phases turn it into a material, like grass or gravel (Galerne, Gousseau and Morel 2011). Half of the pictures
    have two colors and shades in between, like stone and sand.
    """
    _, height, width, _ = images.shape
    piece = min(height, width, max(2, round(min(height, width) * random.uniform(1 / 8, 1 / 2))))
    places = []
    for length, ramp in zip((height, width), np.ogrid[:height, :width], strict=True):
        step = (ramp + random.integers(2 * piece)) % (2 * piece)
        places.append(random.integers(0, length - piece + 1, (n, 1, 1)) + np.minimum(step, 2 * piece - 1 - step))
    laid = images[(random.integers(len(images), size=(n, 1, 1)), *places)].astype(np.float32)
    middle = laid.mean(axis=(1, 2), keepdims=True)
    noise = np.fft.fft2(random.normal(size=(n, height, width, 1)), axes=(1, 2))
    mixed = np.fft.ifft2(np.fft.fft2(laid - middle, axes=(1, 2)) * noise / np.abs(noise), axes=(1, 2)).real
    rough = np.where(random.random((n, 1, 1, 1)) < 0.5, mixed, laid - middle)
    stronger = random.uniform(20, 70, (n, 1, 1, 1)) / (rough.std(axis=(1, 2, 3), keepdims=True) + 1)
    made: Pixels = (middle + rough * np.maximum(stronger, 1)).astype(np.float32)
    one, other = (textures.tones(n, images.shape[3], random)[:, np.newaxis, np.newaxis] for _ in range(2))
    two_tones = one + (other - one) * made.mean(axis=3, keepdims=True) / 255
    return np.where(random.random((n, 1, 1, 1)) < 0.5, two_tones, made)


def _of_nothing(draw: Callable[..., Pixels]) -> Maker:
    return lambda n, images, random: draw(n, images.shape[1:], random)


_KINDS: Mapping[Maker, float] = {  # its share of all
    _jigsaw: 0.12,
    _merged: 0.05,
    _closeup: 0.06,
    _blurred: 0.05,
    _material: 0.1,
    _of_nothing(textures.noise): 0.1,
    _of_nothing(textures.clouds): 0.12,
    _of_nothing(textures.patterns): 0.08,
    _of_nothing(textures.cells): 0.06,
    _of_nothing(textures.gradients): 0.04,
    _of_nothing(textures.shapes): 0.1,
    _of_nothing(textures.drawings): 0.12,
}
