"""Go through combinations of choices, the likeliest first."""

import heapq
from collections.abc import Iterator, Sequence

_HELD = 200_000  # combinations in memory: 30 MB


def likeliest_first(costs: Sequence[Sequence[float]], most: int) -> Iterator[tuple[float, list[int]]]:
    """Yield combinations with their cost, the cheapest first.

    Args:
        costs: what each choice of each place costs, the cheapest first.
        most: the number of combinations at most; fewer where there are many places.

    Yields:
        The sum of the costs, and the index of the choice at each place.
    """
    # A combination is what it changes of the cheapest. Each is made once: only places from its last change on change.
    queue: list[tuple[float, tuple[tuple[int, int], ...]]] = [(sum(each[0] for each in costs), ())]
    for _ in range(min(most, max(1, _HELD // max(1, len(costs))))):
        if not queue:
            return
        cost, changes = heapq.heappop(queue)
        taken = [0] * len(costs)
        for place, index in changes:
            taken[place] = index
        yield cost, taken
        last = changes[-1][0] if changes else 0
        for place in range(last, len(costs)):
            index = taken[place] + 1
            if index < len(costs[place]):
                before = changes[:-1] if changes and place == last else changes
                more = costs[place][index] - costs[place][index - 1]
                heapq.heappush(queue, (cost + more, (*before, (place, index))))
