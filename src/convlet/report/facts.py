"""What a report says beside the figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Names for the headline, and lines for the foot.

    Attributes:
        model: the model's name, as a rule that of its run folder.
        dataset: the name of the data set.
        split: "test", "validation" or "train".
        details: more, by name, in the order of the foot: recipe, versions, SHA-256 of the data, date.
    """

    model: str
    dataset: str
    split: str
    details: Mapping[str, str] = field(default_factory=dict)
