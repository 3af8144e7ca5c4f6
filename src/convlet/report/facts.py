"""What a report states besides the figures."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Names for the headline, and lines for the footer."""

    model: str  # its name, usually that of its run folder
    dataset: str  # its name
    split: str  # "test", "validation" or "train"
    details: Mapping[str, str]  # lines of the footer by name
    verdict: str = ""  # what went wrong with the training, if anything
