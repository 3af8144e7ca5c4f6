"""Which named recipe suits a data set that is trained without one. A new rule is a line here and in its tests."""

from typing import NamedTuple

_TUTORIALS = "mnist"
_TINY = 16  # pixels a side below which the larger nets have no room
_FEW = 200  # pictures of each class, up to which a net learns them by heart
_MANY = 5_000  # images of ink from which seconds of training are enough


class Suited(NamedTuple):
    """The name of a recipe, and why it suits, as the rest of a sentence that begins with the name."""

    recipe: str
    why: str


def suited(dataset: str, kind: str, images: int, side: int, classes: int) -> Suited:
    """Choose a recipe from facts about the data.

    Args:
        dataset: its name.
        kind: "ink" or "picture".
        images: in the training split.
        side: the shorter side of the images in pixels.
        classes: how many.

    Example:
        >>> suited("my-letters", "ink", 1200, 28, 26).recipe
        'accurate'
    """
    if dataset == _TUTORIALS:
        return Suited("tutorial", "mnist is the tutorial's data set")
    if side < _TINY:
        return Suited("small-data", f"the images are smaller than {_TINY} pixels a side")
    of = f"{images:,} training images in {classes:,} classes"
    if kind != "ink" and images <= _FEW * classes:
        return Suited("pictures-small", f"the images are pictures, and {of} are few enough for its stronger changes")
    if kind != "ink":
        return Suited("pictures", f"the images are pictures, {of}")
    if images < _MANY:
        return Suited("accurate", f"the images are ink, and {of} are few enough for its longer training")
    return Suited("balanced", f"the images are ink, and {of} are enough to learn from in a few epochs")
