"""A drawing has a background of one tone; paper in the shadow of a hand has none."""

import numpy as np
from PIL import Image

from convlet.reading.flat import flat_ink, is_shaded
from tests.reading.drawings import coverage, on_paper, pixels, shadowed

WHITE, RED = (250, 250, 250), (200, 40, 50)
INK = np.maximum(coverage("2", (600, 400), (80, 60, 110), 10), coverage("7", (600, 400), (330, 220, 110), 10))


def drawn(scene: np.ndarray) -> Image.Image:
    return Image.fromarray(pixels(scene, 0.0))


def test_a_shadow_on_flat_paper_is_no_drawing() -> None:
    scene = on_paper(INK, WHITE, RED, 1.0)
    assert flat_ink(drawn(scene)) is not None
    assert flat_ink(drawn(shadowed(scene, 0.4, 0.02))) is None


def test_a_drawing_that_reaches_the_border_stays_one() -> None:
    cut = np.asarray(drawn(on_paper(INK, WHITE, RED, 1.0)))[70:, 90:]
    assert flat_ink(Image.fromarray(cut)) is not None


def test_a_fine_pen_may_reach_the_border() -> None:
    for pen in (1.0, 1.5, 2.0, 3.0):
        ink = coverage("2", (160, 160), (30, -6, 110), pen)
        assert ink[0].max() > 0.5
        assert not is_shaded(ink)
        assert not is_shaded(ink * np.linspace(1, 0.6, 160, dtype=np.float32))  # a pen that is lifted


def test_an_enlarged_drawing_is_soft_everywhere_and_not_shaded() -> None:
    small = Image.fromarray((coverage("4", (28, 28), (4, 0, 20), 3) * 255).astype(np.uint8))
    ink = np.asarray(small.resize((280, 280), Image.Resampling.BICUBIC), np.float32) / 255
    assert ink[0].max() > 0.5
    assert not is_shaded(ink)


def test_no_ink_is_not_shaded() -> None:
    assert not is_shaded(np.zeros((200, 200), np.float32))
    assert not is_shaded(np.ones((200, 200), np.float32))
