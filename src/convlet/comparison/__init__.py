"""Compare models on the same images: which is better, and whether the difference is significant."""

from convlet.comparison.judging import compare
from convlet.comparison.result import REAL, Compared, Comparison, Pair

__all__ = ["REAL", "Compared", "Comparison", "Pair", "compare"]
