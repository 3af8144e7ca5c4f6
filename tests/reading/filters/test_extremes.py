import numpy as np
import pytest
from scipy import ndimage

from convlet.reading.filters.extremes import beside, closed, highest, in_runs, is_thicker, lowest, spread, worn

SHAPES = [(1, 1), (3, 7), (30, 21), (50, 64)]


def mask_of(shape, share=0.4):
    return np.random.default_rng(shape).random(shape) < share


def floats_of(shape):
    return np.random.default_rng(shape).random(shape, np.float32)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 8, 9, 17])
@pytest.mark.parametrize("axis", [0, 1])
def test_highest_and_lowest_are_those_of_scipy(shape, size, axis):
    values = floats_of(shape)

    assert (highest(values, size, axis) == ndimage.maximum_filter1d(values, size, axis)).all()
    assert (lowest(values, size, axis, "edge") == ndimage.minimum_filter1d(values, size, axis, mode="nearest")).all()
    for shift in ((size - 1) // 2, -((size - 1) // 2)):
        theirs = ndimage.maximum_filter1d(values > 0.8, size, axis, origin=shift)
        assert (highest(values > 0.8, size, axis, shift=shift) == theirs).all()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [(3, 3), (9, 1), (7, 11)])
def test_dark_places_are_closed_as_in_scipy(shape, size):
    values = floats_of(shape)

    assert (closed(values, *size) == ndimage.grey_closing(values, size=size)).all()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("share", [0.0, 0.05, 0.6, 0.98, 1.0])
def test_masks_grow_and_shrink_as_in_scipy(shape, share):
    mask = mask_of(shape, share)

    for size in [(3, 3), (1, 5), (3, 1), (7, 7)]:
        assert (spread(mask, *size) == ndimage.binary_dilation(mask, np.ones(size, bool))).all()
    for times in (1, 2, 3):
        assert (beside(mask, times) == ndimage.binary_dilation(mask, iterations=times)).all()
        for at_border in (False, True):
            theirs = ndimage.binary_erosion(mask, iterations=times, border_value=not at_border)
            assert (worn(mask, times, at_border=at_border) == theirs).all()
    for long in (3, 4, 9):
        assert (in_runs(mask, long) == ndimage.binary_opening(mask, np.ones((1, long), bool))).all()


@pytest.mark.parametrize("share", [0.05, 0.9, 0.999])
@pytest.mark.parametrize("least", [0.5, 1, 1.5, 2, 3, 7.25, 20])
def test_thickness_is_scipys_chessboard_distance(share, least):
    mask = mask_of((50, 64), share)

    assert is_thicker(mask, least) == (ndimage.distance_transform_cdt(mask).max() >= least)
