"""Begin and save a plot, with Matplotlib's object interface, which leaves the caller's figures alone."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from convlet.report.plots.fonts import advice, families
from convlet.system.cache import keep_together
from convlet.system.colors import color
from convlet.system.extras import optional
from convlet.system.files import replacing
from convlet.system.fonts import MissingGlyphWarning

if TYPE_CHECKING:
    import matplotlib.figure

Figure: TypeAlias = "matplotlib.figure.Figure"
FIRST, SECOND = color("paper-teal"), color("paper-amber")
LEGEND: dict[str, Any] = {"facecolor": color("paper"), "edgecolor": "none", "framealpha": 0.85}  # above lines
INK, SOFT, LINE = color("paper-ink"), color("paper-soft"), color("paper-line")


def save(figure: Figure, path: Path) -> None:
    """Write a figure in the format of the suffix; errors: see `replacing`.

    Warns:
        MissingGlyphWarning: no font has a character of it. It says what to install.
    """
    from matplotlib.text import Text

    written: list[Any] = figure.findobj(Text)
    texts = [text.get_text() for text in written]
    own, *others = families(texts)
    for text in written if others else ():
        text.set_fontfamily([own, *others])
    with replacing(path) as temporary, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # said below, once and with a cure
        figure.savefig(temporary, format=path.suffix.lstrip(".") or "png")
    if lacking := advice(texts):
        warnings.warn(f"{path.name}: {lacking}", MissingGlyphWarning, stacklevel=2)


def blank(width: float, height: float, rows: int = 1, columns: int = 1, **axes: Any) -> tuple[Figure, Any]:
    """Return an empty figure, sized in inches, and its axes: one, or rows by columns of them."""
    keep_together()
    optional("matplotlib", "train")
    from matplotlib import figure
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    made = figure.Figure(figsize=(width, height), dpi=150, layout="constrained")
    FigureCanvasAgg(made)
    return made, made.subplots(rows, columns, **axes)


def grid(axes: Any, axis: str = "both") -> None:
    """Draw a faint grid, and no frame at the top and right."""
    axes.grid(axis=axis, alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def bare(axes: Any) -> None:
    """Draw neither the frame nor the strokes of the ticks."""
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def note(axes: Any, text: str, place: tuple[float, float], by: tuple[int, int], **look: Any) -> None:
    """Write a note at an offset `by` (points right, up) from a place, by default from its middle left."""
    look = {"va": "center", "fontsize": 8} | look
    axes.annotate(text, place, xytext=by, textcoords="offset points", **look)


def mixed(color_: str, shares: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Return colors from white (share 0) to a color (share 1), float (..., 3) from 0 to 1."""
    full = np.array([int(color_[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return 1 - shares[..., np.newaxis] * (1 - full)


def literal(text: str) -> str:
    """Escape dollar signs, which would start a formula."""
    return text.replace("$", r"\$")
