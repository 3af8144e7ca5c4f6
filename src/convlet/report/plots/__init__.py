"""Write plots as PNG, SVG or PDF files."""

from convlet.report.plots.compared import comparison
from convlet.report.plots.figure import save
from convlet.report.plots.images import image_grid, single_image
from convlet.report.plots.judged import confusion_matrix, curve, rejection, reliability
from convlet.report.plots.searched import bars, parallel_coordinates, search_history

__all__ = [
    "bars",
    "comparison",
    "confusion_matrix",
    "curve",
    "image_grid",
    "parallel_coordinates",
    "rejection",
    "reliability",
    "save",
    "search_history",
    "single_image",
]
