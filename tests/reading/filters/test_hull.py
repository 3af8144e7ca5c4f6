import numpy as np
import pytest
from scipy.spatial import ConvexHull

from convlet.reading.filters.hull import hull


@pytest.mark.parametrize("seed", range(20))
def test_the_corners_are_those_of_qhull_in_the_same_order(seed):
    random = np.random.default_rng(seed)
    points = random.integers(0, random.choice([6, 40, 900]), (random.integers(10, 3000), 2)).astype(np.float64)

    found, theirs = hull(points).tolist(), points[ConvexHull(points).vertices].tolist()

    start = theirs.index(found[0])
    assert found == theirs[start:] + theirs[:start]


@pytest.mark.parametrize(
    ("points", "corners"), [([[3, 4]], 1), ([[3, 4], [3, 4]], 1), ([[0, 0], [1, 1], [2, 2]], 2), ([[2, 0], [2, 5]], 2)]
)
def test_points_in_a_line_have_no_more_than_two(points, corners):
    assert len(hull(np.array(points, np.float64))) == corners
