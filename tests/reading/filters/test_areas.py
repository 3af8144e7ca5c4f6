import numpy as np
import pytest
from scipy import ndimage

from convlet.reading.filters.areas import areas, boxes, filled, nearest

SHAPES = [(1, 1), (1, 9), (9, 1), (12, 17), (40, 31), (64, 64)]


def masks(shape):
    random = np.random.default_rng(shape)
    noise = [random.random(shape) < share for share in (0.0, 0.1, 0.45, 0.6, 0.9, 1.0)]
    return [*noise, ndimage.gaussian_filter(random.random(shape), 2) > 0.5]


@pytest.mark.parametrize("corners", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_areas_and_boxes_are_those_of_scipy(shape, corners):
    for mask in masks(shape):
        wanted, number = ndimage.label(mask, np.ones((3, 3)) if corners else None)

        labels, count = areas(mask, corners=corners)

        assert (labels == wanted).all()
        assert labels.dtype == wanted.dtype
        assert count == number
        slices = ndimage.find_objects(wanted)
        theirs = [[across.start, down.start, across.stop, down.stop] for down, across in slices]
        assert boxes(labels, count).tolist() == theirs


@pytest.mark.parametrize("shape", SHAPES)
def test_holes_are_filled_as_scipy_fills_them(shape):
    for mask in masks(shape):
        assert (filled(mask) == ndimage.binary_fill_holes(mask)).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_the_nearest_pixel_is_that_of_scipy(shape):
    for mask in masks(shape):
        if mask.any():
            theirs = ndimage.distance_transform_edt(~mask, return_distances=False, return_indices=True)

            assert (np.stack(nearest(mask)) == theirs).all()


def test_a_spiral_is_one_area():
    mask = np.zeros((41, 41), bool)
    for ring in range(0, 20, 2):
        mask[ring, ring : 41 - ring] = mask[ring : 41 - ring, 40 - ring] = mask[40 - ring, ring : 41 - ring] = True
        mask[ring + 2 : 41 - ring, ring] = True
        mask[ring + 2, ring : ring + 3] = True

    assert areas(mask)[1] == 1
