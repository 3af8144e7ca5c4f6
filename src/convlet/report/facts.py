"""What a report states besides the figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Names for the headline, and lines for the footer.

    Attributes:
        model: the model's name, usually that of its run folder.
        dataset: the name of the data set.
        split: "test", "validation" or "train".
        details: lines of the footer by name: recipe, versions, SHA-256 of the data, date.
    """

    model: str
    dataset: str
    split: str
    details: Mapping[str, str] = field(default_factory=dict)
