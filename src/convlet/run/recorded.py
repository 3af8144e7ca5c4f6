"""How a run or study records its data set."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from convlet.data import Dataset, brought_to, load
from convlet.data.sizing import Wanted
from convlet.data.turn import turned
from convlet.system.watch import Watch


def recorded(dataset: Dataset) -> dict[str, Any]:
    """Return a data set's source and the SHA-256 of its training split."""
    facts = {
        "name": dataset.name,
        "source": dataset.source,
        "data_dir": dataset.data_dir,
        "train_sha256": dataset.train.sha256,
        "brought_to": dataset.form and {"size": dataset.image_shape[:2], **asdict(dataset.form)},
    }
    return {**facts, "transposed": True} if dataset.transposed else facts


def as_recorded(dataset: Dataset, facts: Mapping[str, Any]) -> Dataset:
    """Return a data set with its images turned as the recorded one's, and brought to what they were brought to."""
    if facts.get("transposed") and not dataset.transposed:
        dataset = turned(dataset)
    brought = facts.get("brought_to")
    if not brought:
        return dataset
    wanted = Wanted.of(tuple(brought["size"]), brought["fit"], brought["kind"])
    return brought_to(dataset, wanted, Watch())


def load_recorded(facts: Mapping[str, Any], data_dir: str | Path | None = None, **options: Any) -> Dataset:
    """Load a recorded data set, from `data_dir` if given; `options` as for `convlet.load`."""
    there = facts["data_dir"]
    if data_dir is None and there is not None and Path(there).is_dir():
        data_dir = there
    if brought := facts.get("brought_to"):
        options |= {"image_size": tuple(brought["size"]), "fit": brought["fit"], "kind": brought["kind"]}
    return load(facts["source"], data_dir, transpose=facts.get("transposed", False), **options)
