"""Compute the confidence interval of a proportion."""

import math

Z_95 = 1.959963984540054  # 97.5 % quantile of the normal distribution


def wilson_interval(successes: int, n: int) -> tuple[float, float]:
    """Return the 95 % score interval (E. B. Wilson 1927), which, unlike the normal one, holds near 0 and 1."""
    rate, z2 = successes / n, Z_95**2
    centre = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 / (1 + z2 / n) * math.sqrt(rate * (1 - rate) / n + z2 / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)
