"""Check a data set before a training: what is wrong with its images, labels and splits."""

from convlet.checks.checking import check
from convlet.checks.finding import Check, Finding, Picture

__all__ = ["Check", "Finding", "Picture", "check"]
