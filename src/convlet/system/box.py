"""The models in the box: run folders that come with convlet, in `convlet/box`. Nothing is ever written into them."""

import os
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "box"
DIGITS = "digits"  # what `convlet serve` serves if no model is named
NAMES = (DIGITS,)


def boxed(name: "str | os.PathLike[str]") -> Path | None:
    """Return the folder of the model of this name; None if the box has none. "./digits" is a path, and no such name."""
    text = os.fspath(name)
    return FOLDER / text if text in NAMES else None


def is_boxed(path: Path) -> bool:
    """Return whether a path is the folder of a model in the box."""
    here, box = (os.path.normcase(os.path.realpath(folder)) for folder in (path.parent, FOLDER))
    return here == box
