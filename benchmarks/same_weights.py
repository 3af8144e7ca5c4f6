"""Whether two runs trained to the same weights: `python -m benchmarks.same_weights RUN RUN`.

Compares the weights, temperature and threshold in both `model.keras`, bit for bit. Exit status 1 if any differs.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from convlet.models.keras_file import load_keras


def main() -> None:
    """Print one line: identical, or the largest difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs=2, type=Path)
    (one, first), (other, second) = (load_keras(run / "model.keras") for run in parser.parse_args().runs)
    pairs = list(zip(one.get_weights(), other.get_weights(), strict=True))
    differs = max(float(np.abs(a - b).max()) for a, b in pairs)
    same = all(np.array_equal(a, b) for a, b in pairs)
    facts = (first.temperature, first.threshold) == (second.temperature, second.threshold)
    print(
        "identical"
        if same and facts
        else f"weights differ by up to {differs:.1e}; temperature, threshold same: {facts}"
    )
    sys.exit(not (same and facts))


if __name__ == "__main__":
    main()
