import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from convlet.reading.filters.links import joined


@pytest.mark.parametrize("links", [0, 1, 20, 60, 300])
@pytest.mark.parametrize("seed", range(5))
def test_groups_are_those_of_scipy(links, seed):
    random = np.random.default_rng(seed)
    one, other = random.integers(0, 100, (2, links))
    graph = coo_array((np.ones(links), (one, other)), shape=(100, 100))

    assert joined(100, one, other).tolist() == connected_components(graph, directed=False)[1].tolist()


def test_a_long_chain_is_one_group():
    order = np.random.default_rng(0).permutation(10_000)

    assert joined(10_000, order[:-1], order[1:]).max() == 0
