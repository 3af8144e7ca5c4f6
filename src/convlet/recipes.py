"""Recipes: every setting of a training, in one frozen and validated value.

The named recipes at the end of this file are the only home of default values. Every run saves the recipe it was trained by
as `recipe.toml`, and `convlet train --config recipe.toml` trains by it again.
"""

import dataclasses
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from convlet.errors import RecipeError, UsageError

OPTIMIZERS = ("adam", "adamw", "nadam", "rmsprop", "sgd")
ARCHITECTURES = ("tutorial",)
PRECISIONS = ("auto", "float32", "bfloat16")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: _is_whole(value) and low <= value <= high


# The field's check, and what it expects in the words of the error.
_FIELDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "name": (lambda v: isinstance(v, str) and v.strip() != "" and "/" not in v and "\\" not in v, "a name without slashes"),
    "architecture": (lambda v: v in ARCHITECTURES, f"one of {', '.join(ARCHITECTURES)}"),
    "filters": (
        lambda v: isinstance(v, (tuple, list)) and 0 < len(v) <= 16 and all(_whole(1, 4096)(f) for f in v),
        "a list of 1 to 16 whole numbers from 1 to 4096, one per convolution",
    ),
    "kernel_size": (_whole(1, 31), "a whole number of pixels from 1 to 31"),
    "dense_units": (_whole(1, 65536), "a whole number from 1 to 65536"),
    "dropout": (lambda v: _is_number(v) and 0 <= v < 1, "a fraction from 0 up to, not including, 1"),
    "optimizer": (lambda v: v in OPTIMIZERS, f"one of {', '.join(OPTIMIZERS)}"),
    "learning_rate": (lambda v: _is_number(v) and 0 < v <= 10, "a number above 0, at most 10"),
    "batch_size": (_whole(1, 2**31 - 1), "a whole number of images of at least 1"),
    "epochs": (_whole(1, 100_000), "a whole number from 1 to 100000"),
    "validate_on": (lambda v: v in ("validation", "test"), "validation (a part cut from train) or test"),
    "validation_fraction": (lambda v: _is_number(v) and 0 < v <= 0.5, "a fraction of train above 0, at most 0.5"),
    "precision": (lambda v: v in PRECISIONS, f"one of {', '.join(PRECISIONS)}"),
    "seed": (_whole(0, 2**32 - 1), "a whole number from 0 to 4294967295"),
}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a model is built and trained. Take a named one with `recipe(name, **changes)`.

    Attributes:
        name: what the run folder and the model call it.
        architecture: the function of `convlet.models` that builds the net.
        filters: the filters of each convolution; each is followed by 2x2 max pooling.
        kernel_size: side of the convolutions' square kernels, in pixels.
        dense_units: width of the hidden dense layer.
        dropout: the fraction of its outputs that training sets to zero.
        optimizer: one of `OPTIMIZERS`, with Keras's own defaults beside the learning rate.
        learning_rate: the step size, constant over the run.
        batch_size: images per step.
        epochs: passes over the training images.
        validate_on: what each epoch is validated on: "validation" (cut from train) or "test".
        validation_fraction: the part of train that is cut off, where `validate_on` is "validation"
            and the data set has no validation split of its own.
        precision: of the products inside the layers while training: "bfloat16" (weights, sums and the answer stay float32),
            "float32", or "auto": bfloat16 where the processor computes with it. The saved model is float32 always.
        seed: of the first weights, of dropout and of the order of the images.

    Raises:
        RecipeError: a field is out of range; the message names it, its flag and its range.
    """

    name: str
    architecture: str
    filters: tuple[int, ...]
    kernel_size: int
    dense_units: int
    dropout: float
    optimizer: str
    learning_rate: float
    batch_size: int
    epochs: int
    validate_on: str
    validation_fraction: float
    precision: str
    seed: int

    def __post_init__(self) -> None:
        for field, (is_valid, expected) in _FIELDS.items():
            value = getattr(self, field)
            if not is_valid(value):
                raise RecipeError(
                    f"{field} must be {expected}, not {value!r}. Set it with {_flag(field)}, or as `{field}` in the recipe file."
                )
        object.__setattr__(self, "filters", tuple(self.filters))
        for field in ("dropout", "learning_rate", "validation_fraction"):  # 1 is a fine way to write 1.0
            object.__setattr__(self, field, float(getattr(self, field)))

    def changed(self, **changes: Any) -> Self:
        """This recipe with some fields changed.

        Raises:
            UsageError: there is no such field.
            RecipeError: a value is out of range.
        """
        for field in changes:
            if field not in _FIELDS:
                raise UsageError(f"a recipe has no field {field!r}. The fields are: {', '.join(_FIELDS)}.")
        return dataclasses.replace(self, **changes)

    def to_toml(self) -> str:
        """The recipe as a TOML document, which `from_toml` reads back."""
        import tomli_w

        return tomli_w.dumps({key: list(v) if isinstance(v, tuple) else v for key, v in dataclasses.asdict(self).items()})

    @classmethod
    def from_toml(cls, path: Path) -> Self:
        """Read a recipe file. A field that is not in it is that of the named recipe of its name, or else the tutorial's.

        Raises:
            RecipeError: the file is missing, is no TOML, names no recipe, or has fields unknown or out of range.
        """
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise RecipeError(f"cannot read the recipe file {path}: {getattr(error, 'strerror', None) or error}.") from error
        except tomllib.TOMLDecodeError as error:
            raise RecipeError(f"{path} is not a TOML file: {error}. Start from the recipe.toml of a run.") from error
        unknown = [field for field in values if field not in _FIELDS]
        if unknown or "name" not in values:
            wrong = f"has no field {unknown[0]!r}; the fields are: {', '.join(_FIELDS)}" if unknown else "names no recipe (name = ...)"
            raise RecipeError(f"{path} is not a recipe: it {wrong}. Start from the recipe.toml of a run.")
        # A file of an earlier version lacks the fields of later ones.
        base = RECIPES.get(str(values["name"]), RECIPES["tutorial"])
        return cls(**dataclasses.asdict(base) | values)


_OWN_FLAGS = ("optimizer", "learning_rate", "batch_size", "epochs", "seed")


def _flag(field: str) -> str:
    return f"--{field.replace('_', '-')}" if field in _OWN_FLAGS else f"--set {field}=..."


def parse_settings(settings: Mapping[str, str]) -> dict[str, Any]:
    """Values as the command line gives them: TOML where they read as TOML (`3`, `[16, 32]`), text otherwise (`sgd`)."""
    values: dict[str, Any] = {}
    for key, text in settings.items():
        try:
            values[key] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            values[key] = text
    return values


def recipe(name: str, /, **changes: Any) -> Recipe:
    """A named recipe, with some fields changed: `recipe("tutorial", epochs=2)`.

    Raises:
        UsageError: there is no such recipe or field.
        RecipeError: a value is out of range.
    """
    if name not in RECIPES:
        raise UsageError(f"there is no recipe {name!r}. The recipes are: {', '.join(RECIPES)}.")
    return RECIPES[name].changed(**changes)


# The tutorial, number for number: validated on the test set, as its own program does.
_TUTORIAL = Recipe(
    name="tutorial",
    architecture="tutorial",
    filters=(32, 64),
    kernel_size=5,
    dense_units=1024,
    dropout=0.2,
    optimizer="adam",
    learning_rate=1e-4,
    batch_size=128,
    epochs=5,
    validate_on="test",
    validation_fraction=0.1,
    precision="auto",
    seed=1,
)

# About a thousand images make 12 steps an epoch: 5 epochs at 1e-4 stop at 83 % on `digits`. More and larger steps do it.
_SMALL_DATA = _TUTORIAL.changed(name="small-data", learning_rate=1e-3, batch_size=64, epochs=25, validate_on="validation")

RECIPES: Mapping[str, Recipe] = {chosen.name: chosen for chosen in (_TUTORIAL, _SMALL_DATA)}
