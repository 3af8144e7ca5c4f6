"""The report of an evaluation: one HTML file without scripts that opens anywhere, offline."""

from convlet.report.facts import Facts
from convlet.report.page import write_report

__all__ = ["Facts", "write_report"]
