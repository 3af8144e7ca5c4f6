"""The pictures convlet makes."""

from convlet.plots.compared import comparison
from convlet.plots.figure import save
from convlet.plots.images import image_grid, single_image
from convlet.plots.judged import confusion_matrix, curve, rejection, reliability
from convlet.plots.searched import bars, parallel_coordinates, search_history

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
