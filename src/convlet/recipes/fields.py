"""What each field of a recipe may hold: a check, and what it expects in the words of the error."""

from collections.abc import Callable
from typing import Any

from convlet.system.engine import MAX_REPLICAS

OPTIMIZERS = ("adam", "adamw", "nadam", "rmsprop", "sgd")
ARCHITECTURES = ("convnet",)
ACTIVATIONS = ("relu", "silu", "gelu", "elu", "selu", "mish", "tanh")  # those that the ONNX writer knows
LIGHT_INK, DARK_INK, PICTURE = "light-ink", "dark-ink", "picture"
READINGS = ("auto", LIGHT_INK, DARK_INK, PICTURE)
PRECISIONS = ("auto", "float32", "bfloat16")

Check = Callable[[Any], bool]


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _whole(low: int, high: int) -> Check:
    return lambda value: _is_whole(value) and low <= value <= high


def _number(low: float, high: float) -> Check:
    """From `low` to `high`; NaN is in no range."""
    return lambda value: _is_number(value) and low <= value <= high


def _fraction(value: Any) -> bool:
    return _is_number(value) and 0 <= value < 1


def _one_of(names: tuple[str, ...]) -> Check:
    return lambda value: isinstance(value, str) and value in names


def _list_of(check: Check) -> Check:
    return lambda value: isinstance(value, (tuple, list)) and 0 < len(value) <= 16 and all(map(check, value))


def _each(check: Check) -> Check:
    """One value for all convolutions, or a list of one for each."""
    return lambda value: check(value) or _list_of(check)(value)


def _names(names: tuple[str, ...]) -> str:
    return f"one of {', '.join(names)}"


_EACH = " (or a list with one for each convolution)"

FIELDS: dict[str, tuple[Check, str]] = {
    "name": (
        lambda v: isinstance(v, str) and v.strip() != "" and "/" not in v and "\\" not in v,
        "a name without slashes",
    ),
    "architecture": (_one_of(ARCHITECTURES), _names(ARCHITECTURES)),
    "crop": (_whole(0, 1024), "a whole number of pixels from 0 to 1024"),
    "reading": (_one_of(READINGS), _names(READINGS)),
    "top_hat": (_whole(0, 28), "a whole number of 28ths of the image's side from 0 (none) to 28"),
    "pixels": (_one_of(("unit", "standard")), "unit (0 to 1) or standard (mean 0, standard deviation 1)"),
    "filters": (_list_of(_whole(1, 4096)), "a list of 1 to 16 whole numbers from 1 to 4096, one per convolution"),
    "kernel_size": (_each(_whole(1, 31)), "a whole number of pixels from 1 to 31" + _EACH),
    "strides": (_each(_whole(1, 8)), "a whole number of pixels from 1 to 8" + _EACH),
    "padding": (_each(_one_of(("same", "valid"))), "same or valid" + _EACH),
    "pool": (_each(_whole(1, 8)), "a whole number of pixels from 1 (none) to 8" + _EACH),
    "normalization": (_one_of(("none", "batch")), "none or batch"),
    "activation": (_each(_one_of(ACTIVATIONS)), _names(ACTIVATIONS) + _EACH),
    "first_filters": (_one_of(("learned", "cosine")), "learned or cosine"),
    "dense_units": (_whole(0, 65536), "a whole number from 0 (none) to 65536"),
    "dropout": (_fraction, "a fraction from 0 up to, not including, 1"),
    "optimizer": (_one_of(OPTIMIZERS), _names(OPTIMIZERS)),
    "learning_rate": (lambda v: _is_number(v) and 0 < v <= 10, "a number above 0, at most 10"),
    "betas": (lambda v: _list_of(_fraction)(v) and len(v) == 2, "two fractions from 0 up to, not including, 1"),
    "schedule": (_one_of(("constant", "one-cycle")), "constant or one-cycle"),
    "warmup": (_fraction, "a fraction of the steps from 0 up to, not including, 1"),
    "label_smoothing": (_fraction, "a fraction from 0 up to, not including, 1"),
    "batch_size": (_whole(1, 2**31 - 1), "a whole number of images of at least 1"),
    "epochs": (_whole(1, 100_000), "a whole number from 1 to 100000"),
    "shift": (_number(0, 1024), "a number of pixels from 0 to 1024"),
    "rotation": (_number(0, 180), "a number of degrees from 0 to 180"),
    "zoom": (_fraction, "a fraction from 0 up to, not including, 1"),
    "shear": (_number(0, 60), "a number of degrees from 0 to 60"),
    "elastic": (_number(0, 100), "a number of pixels from 0 to 100"),
    "thickness": (_number(0, 1), "a number of pixels from 0 to 1"),
    "clutter": (_number(0, 1), "a fraction of the images from 0 to 1"),
    "noise": (_number(0, 1), "a fraction of white from 0 to 1"),
    "erasing": (_number(0, 1), "a fraction of the images from 0 to 1"),
    "outliers": (_number(0, 1), "a fraction of the training images from 0 to 1"),
    "ensemble": (_whole(1, 100), "a whole number of nets from 1 to 100"),
    "validate_on": (_one_of(("validation", "test")), "validation (a part cut from train) or test"),
    "validation_fraction": (lambda v: _is_number(v) and 0 < v <= 0.5, "a fraction of train above 0, at most 0.5"),
    "precision": (_one_of(PRECISIONS), _names(PRECISIONS)),
    "replicas": (
        lambda v: v == "auto" or _whole(1, MAX_REPLICAS)(v),
        f"auto, or a whole number from 1 to {MAX_REPLICAS}",
    ),
    "seed": (_whole(0, 2**32 - 1), "a whole number from 0 to 4294967295"),
}
FLOATS = (
    *("dropout", "learning_rate", "warmup", "label_smoothing", "validation_fraction"),
    *("shift", "rotation", "zoom", "shear", "elastic", "thickness", "clutter", "noise", "erasing", "outliers"),
)
