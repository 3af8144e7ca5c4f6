"""Join what is linked."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.intp]


def joined(count: int, one: Numbers, other: Numbers) -> Numbers:
    """Return the group of each of `count` things, intp (count,): from 0, in the order of each group's first thing.

    Args:
        count: how many things there are.
        one: the first ends of the links, (n,).
        other: the other ends.
    """
    first: Numbers = np.arange(count)  # of each thing, one before it in its group; in the end the first of all
    while len(one):
        low, high = np.minimum(one, other), np.maximum(one, other)
        np.minimum.at(first, high, low)
        while True:
            further = first[first]
            if np.array_equal(further, first):
                break
            first = further
        one, other = first[one], first[other]
        apart = one != other
        one, other = one[apart], other[apart]
    own = first == np.arange(count)
    numbers: Numbers = (np.cumsum(own) - 1)[first]
    return numbers
