"""What every picture begins and ends with: a figure, its colours, its file.

Matplotlib's object interface draws without a display and without touching the caller's own figures.
"""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convlet.system.colors import color
from convlet.system.files import replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIRST, SECOND = color("paper-teal"), color("paper-amber")
INK, SOFT, LINE = color("paper-ink"), color("paper-soft"), color("paper-line")


def save(figure: "Figure", path: Path) -> None:
    """Write a figure in the format its suffix names, whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    with replacing(path) as temporary, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # a script the fonts lack is drawn as boxes
        figure.savefig(temporary, format=path.suffix.lstrip(".") or "png")


def blank(width: float, height: float, rows: int = 1, columns: int = 1, **axes: Any) -> tuple["Figure", Any]:
    """An empty figure of so many inches, and its axes: one, or rows by columns of them."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, **axes)


def literal(text: str) -> str:
    """Text in which a dollar sign is a dollar sign and not the start of a formula."""
    return text.replace("$", r"\$")
