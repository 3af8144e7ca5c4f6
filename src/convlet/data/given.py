"""Check what a program gives for a data set: images with their labels, and class names."""

from collections.abc import Iterable, Mapping, Sized
from typing import Any

from convlet.errors import DataError


def class_texts(class_names: Any, name: str) -> tuple[str, ...] | None:
    """Return the names of the classes 0, 1, ... as text.

    Raises:
        DataError: they are a text, a mapping, or not a list.
    """
    if class_names is None:
        return None
    if isinstance(class_names, str | Mapping) or not isinstance(class_names, Iterable):
        advice = ": list(names.values())" if isinstance(class_names, Mapping) else ""
        kind = type(class_names).__name__
        raise DataError(
            f"{name}: class_names is a {kind}; expected the names of the classes 0, 1, ... in a list{advice}."
        )
    return tuple(map(str, class_names))


def two(pair: Any, name: str) -> tuple[Any, Any]:
    """Return the images and labels of a split, with generators as lists.

    Raises:
        DataError: these are not two things, or the first is None.
    """
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise DataError(f"{name} is {type(pair).__name__}; expected (images, labels).")
    if pair[0] is None:
        raise DataError(f"{name}: the images are None; expected a list or an array.")
    return _sized(pair[0]), _sized(pair[1])


def _sized(given: Any) -> Any:
    """Return what has no length, such as a generator, as a list: it is iterated more than once."""
    return list(given) if isinstance(given, Iterable) and not isinstance(given, Sized) else given


def are_pictures(images: Any) -> bool:
    """Return whether images in a list are Pillow's, or have several shapes."""
    from PIL import Image

    if not isinstance(images, list | tuple) or not images:
        return False
    return isinstance(images[0], Image.Image) or len({getattr(image, "shape", ()) for image in images}) > 1
