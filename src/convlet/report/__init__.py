"""The report of an evaluation: one HTML file that opens anywhere, without a network and without scripts."""

from convlet.report.facts import Facts
from convlet.report.page import write_report

__all__ = ["Facts", "write_report"]
