"""What a report states besides the figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Names for the headline, and lines for the footer.

    Attributes:
        model: its name, usually that of its run folder.
        dataset: its name.
        split: "test", "validation" or "train".
        details: lines of the footer by name.
    """

    model: str
    dataset: str
    split: str
    details: Mapping[str, str] = field(default_factory=dict)
