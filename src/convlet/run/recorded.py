"""How a run or study records its data set."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from convlet.data import Dataset, load


def recorded(dataset: Dataset) -> dict[str, Any]:
    """Return a data set's source and the SHA-256 of its training split."""
    return {
        "name": dataset.name,
        "source": dataset.source,
        "data_dir": dataset.data_dir,
        "train_sha256": dataset.train.sha256,
    }


def load_recorded(facts: Mapping[str, Any], data_dir: str | Path | None = None, **options: Any) -> Dataset:
    """Load a recorded data set, from `data_dir` if given; `options` as for `convlet.load`."""
    there = facts["data_dir"]
    if data_dir is None and there is not None and Path(there).is_dir():
        data_dir = there
    return load(facts["source"], data_dir, **options)
