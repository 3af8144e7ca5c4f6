"""Choose the named recipe that suits a data set. A new rule is a line here and in its tests."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

_TUTORIALS = "mnist"
_TINY = 16  # pixels a side below which the larger nets have no room
_FEW = 200  # pictures per class: up to this many, a net memorizes them
_TO_JUDGE = 20  # validation images that small sets should have, if they are at most this fraction of train
_MOST = 0.2
_MANY = 5_000  # images: enough not to overfit
_LONG = 30_000  # images of ink: with more, a few epochs reach what many do, and an epoch takes seconds
_SOME = 2_000  # images of ink: from there on, fewer epochs of `accurate` end as high
_EPOCHS, _STEPS, _SEEN = 22, 1_100, 300_000  # at most so many epochs, least steps, and images that they see


class Suited(NamedTuple):
    """The name of a recipe, and why it suits, worded to continue a sentence that begins with the name.

    `changes` are the fields in which the data need other values than the recipe's.
    """

    recipe: str
    why: str
    changes: Mapping[str, Any] = MappingProxyType({})


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
    few: dict[str, Any] = {"keep": "best"} if images < _MANY else {}  # training on few images overfits
    if images < 2 * _TO_JUDGE / _MOST:
        few["validation_fraction"] = round(min(_MOST, _TO_JUDGE / images), 2)
    if side < _TINY:
        return Suited("small-data", f"the images are smaller than {_TINY} pixels a side", few)
    of = f"{images:,} training images in {classes:,} classes"
    if kind != "ink" and images <= _FEW * classes:
        why = f"the images are pictures, and {of} are few enough for its stronger augmentation"
        return Suited("pictures-small", why, few)
    if kind != "ink":
        return Suited("pictures", f"the images are pictures, {of}", few)
    if images < _LONG:
        if images >= _SOME:
            few |= {"epochs": min(_EPOCHS, math.ceil(_SEEN / images)), "least_steps": _STEPS}
        return Suited("accurate", f"the images are ink, and {of} are few enough for its longer training", few)
    return Suited("balanced", f"the images are ink, and {of} are enough to learn from in a few epochs")
