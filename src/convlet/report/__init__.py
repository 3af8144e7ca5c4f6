"""Write the report of an evaluation: one HTML file without scripts that opens anywhere, offline."""

from convlet.report.facts import Curve, Facts, Training
from convlet.report.page import write_report

__all__ = ["Curve", "Facts", "Training", "write_report"]
