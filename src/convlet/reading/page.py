"""Read several characters on a page, one for each group of connected ink."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convlet.reading.decode import Source
from convlet.reading.layout import laid_out, sheet_in
from convlet.reading.place import placed
from convlet.signature import Form


@dataclass(frozen=True)
class Character:
    """One character of a page.

    Attributes:
        image: uint8, of the model's input shape.
        box: (left, top, right, bottom) in pixels of the full-size upright picture, right and bottom exclusive.
        line: the number of its line, from 0.

    Example:
        >>> characters = convlet.read_page("page.png", (28, 28, 1), predictor.signature.form)
        >>> characters[0].image.shape, characters[0].line
        ((28, 28, 1), 0)
    """

    image: NDArray[np.uint8]
    box: tuple[int, int, int, int]
    line: int


def read_page(source: Source, input_shape: tuple[int, int, int], form: Form) -> list[Character]:
    """Read every character of a picture as a model's input, line by line, left to right.

    No model is asked, so characters that touch are one: `Predictor.read_page` cuts them apart.

    Args:
        source: see `read_image`.
        input_shape: (height, width, channels) of the model's input.
        form: how its training images look, of kind "ink".

    Returns:
        The characters in reading order; none if there is no ink.

    Raises:
        DataError: see `read_image`.

    Example:
        >>> len(convlet.read_page("page.png", (28, 28, 1), predictor.signature.form))
        4
    """
    layout = laid_out(sheet_in(source))
    if layout is None:
        return []
    return [
        Character(
            placed(layout.ink(layout.groups[member])[0], input_shape, form),
            layout.on_picture(layout.boxes[member]),
            line,
        )
        for line, members in enumerate(layout.rows.members)
        for member in members
    ]
