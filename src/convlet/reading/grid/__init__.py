"""Find a grid of cells by its lines: a Sudoku, a form, a register of marks."""

from convlet.reading.grid.cells import Cells, cells_in, require_size
from convlet.reading.grid.written import Written, written

__all__ = ["Cells", "Written", "cells_in", "require_size", "written"]
