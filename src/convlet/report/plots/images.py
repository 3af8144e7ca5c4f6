"""Plot a data set's images."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.report.plots.figure import Figure, blank, literal

_GREY: dict[str, Any] = {"cmap": "gray", "vmin": 0, "vmax": 255}  # ignored for color


def single_image(image: NDArray[np.uint8], label: str, title: str) -> Figure:
    """Plot one image, uint8 (height, width, 1 or 3), with a scale of its pixel values."""
    figure, axes = blank(5.2, 4.6)
    shown = axes.imshow(image, **_GREY)
    if image.shape[-1] == 1:
        figure.colorbar(shown, ax=axes, label="pixel value", shrink=0.85)
    axes.set(xlabel="column", ylabel="row", title=literal(f"{title}: {label}"))
    return figure


def image_grid(images: NDArray[np.uint8], labels: Sequence[str], title: str, columns: int = 10) -> Figure:
    """Plot images, uint8 (n, height, width, 1 or 3), in rows, with their labels."""
    rows = -(-len(images) // columns)
    long_names = max(map(len, labels)) > 6
    figure, axes = blank(columns * (1.15 if long_names else 0.85), rows * 1.08 + 0.5, rows, columns)
    for index, cell in enumerate(np.ravel(axes)):
        cell.axis("off")
        if index < len(images):
            cell.imshow(images[index], **_GREY)
            cell.set_title(literal(labels[index]), fontsize=7 if long_names else 9, pad=2)
    figure.suptitle(literal(title), fontsize=11)
    return figure
