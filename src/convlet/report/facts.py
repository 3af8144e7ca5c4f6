"""Hold what a report states besides the figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Curve(NamedTuple):
    """A quantity over the epochs: "accuracy", 0 to 1, or "loss"; None where an epoch was not validated."""

    what: str
    train: Sequence[float]
    validation: Sequence[float | None]


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a run was trained."""

    curves: Sequence[Curve]
    validated_on: str  # the split
    settings: Mapping[str, str]  # the recipe's fields


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Names for the headline, and lines for the footer."""

    model: str  # its name, usually that of its run folder
    dataset: str  # its name
    split: str  # "test", "validation" or "train"
    details: Mapping[str, str]  # lines of the footer by name
    verdict: str = ""  # what went wrong with the training, if anything
    folder: str = ""  # whose labels `convlet label` can put right
    training: Training | None = None  # unknown for a model file
