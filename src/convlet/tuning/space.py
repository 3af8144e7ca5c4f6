"""Define the search space: what is drawn for each trial, and the recipe it makes."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from convlet.errors import ConvletError, RecipeError
from convlet.recipes import PER_CONVOLUTION, SETTINGS, Recipe
from convlet.system.files import read_regular
from convlet.training.resolve import with_enough_steps

CONVOLUTIONS = "convolutions"
_FOR_EACH = ("filters", *PER_CONVOLUTION)
_FIXED = {  # the same in every trial, or trials would not be comparable
    "name": "every trial has the name tuned",
    "validate_on": "trials are compared on validation images; the test set stays closed",
    "validation_fraction": "trials are compared on the same validation images; give it one value",
    "seed": "every trial has the study's seed=...",
}
_EXPECTED = (
    "Expected a value, { choices = [...] }, or { low = ..., high = ... }, with log = true for a logarithmic scale."
)

_LARGEST = 1 << 20  # bytes of a file


@dataclass(frozen=True)
class Range:
    """One setting's values: `choices`, or numbers from `low` to `high` inclusive, on a log scale if `log`."""

    choices: tuple[Any, ...] = ()
    low: float = 0
    high: float = 0
    log: bool = False

    def draw(self, trial: Any, name: str) -> Any:
        """Draw for an Optuna trial."""
        if self.choices:
            return trial.suggest_categorical(name, self.choices)
        if isinstance(self.low, int):
            return trial.suggest_int(name, self.low, int(self.high), log=self.log)
        return trial.suggest_float(name, self.low, self.high, log=self.log)

    def holds(self, value: Any) -> bool:
        """Whether a value can be drawn."""
        if self.choices:
            return value in self.choices
        return isinstance(value, int | float) and self.low <= value <= self.high

    def values(self) -> tuple[Any, ...]:
        """Return the choices, or the bounds."""
        return self.choices or (self.low, self.high)


@dataclass(frozen=True)
class Space:
    """The values a study draws from.

    Attributes:
        base: a recipe with everything that is not drawn.
        ranges: a `Range` for each recipe field to draw. `convolutions` is their number; filters, kernel_size, strides,
            padding, pool and activation are drawn for each.

    Example:
        >>> convlet.Space.default(convlet.recipe("balanced")).ranges["dropout"]
        Range(choices=(), low=0.0, high=0.5, log=False)
    """

    base: Recipe
    ranges: Mapping[str, Range]

    @classmethod
    def default(cls, base: Recipe, images: int | None = None) -> Self:
        """Return a space of layers, optimizer, augmentation, batch size and epochs around a recipe.

        Only a `convnet`'s layers are drawn: those of other architectures depend on each other. With the number of
        training `images`, the base gets the batches and epochs that its `least_steps` gives for that number.

        Example:
            >>> convlet.Space.default(convlet.recipe("balanced"), images=600).base.batch_size
            32
        """
        base = base.changed(validation_fraction=0.1)
        if images is not None:
            base = with_enough_steps(base, math.floor(images * (1 - base.validation_fraction)))
        batch, epochs, rate = base.batch_size, base.epochs, base.learning_rate
        layers = {
            CONVOLUTIONS: Range(low=2, high=4),
            "filters": Range((16, 24, 32, 48, 64)),
            "kernel_size": Range((3, 5)),
            "strides": Range((1, 2)),
            "pool": Range((1, 2)),
            "dense_units": Range((0, 64, 128, 256)),
        }
        ranges = {
            "dropout": Range(low=0.0, high=0.5),
            "optimizer": Range(("adam", "adamw", "nadam", "rmsprop", "sgd")),
            "learning_rate": Range(low=rate / 10, high=min(rate * 3, 10.0), log=True),
            "batch_size": Range(tuple(sorted({max(1, batch // 2), batch, min(batch * 2, images or batch * 2)}))),
            "epochs": Range(low=math.ceil(epochs / 3), high=epochs + epochs // 3),
            "shift": Range(low=0.0, high=2.5),
            "rotation": Range(low=0.0, high=15.0),
            "zoom": Range(low=0.0, high=0.3),
        }
        if base.architecture == "convnet":
            base, ranges = base.changed(padding="same"), layers | ranges
        return cls(base, ranges)

    @classmethod
    def from_toml(cls, path: Path, base: Recipe) -> Self:
        """Read a space file: a table for each setting to draw, a value for each that replaces the base's.

        Raises:
            RecipeError: the file cannot be read, or a line is not a setting.

        Example:
            >>> written = Path("space.toml").write_text("dropout = { low = 0.0, high = 0.5 }")
            >>> convlet.Space.from_toml(Path("space.toml"), convlet.recipe("balanced")).ranges
            {'dropout': Range(choices=(), low=0.0, high=0.5, log=False)}
        """
        try:
            lines = tomllib.loads(read_regular(path, _LARGEST).decode("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
            raise RecipeError(
                f"cannot read the search space {path}: {getattr(error, 'strerror', None) or error}. "
                "Start from the space.toml of a study: `convlet tune` writes one."
            ) from error
        fixed = {name: value for name, value in lines.items() if not isinstance(value, dict)}
        drawn = {name: value for name, value in lines.items() if isinstance(value, dict)}
        if not drawn:
            raise RecipeError(f"{path}: nothing is drawn, so every trial would be the same. {_EXPECTED}")
        try:
            base = base.changed(**fixed)
            return cls(base, {name: _range(name, value, base) for name, value in drawn.items()})
        except ConvletError as error:
            raise RecipeError(f"{path}: {error}") from error

    def to_toml(self) -> str:
        """Return a document that `from_toml` reads back with any base.

        Example:
            >>> "dropout" in space.to_toml()
            True
        """
        import tomli_w

        lines = {
            name: value
            for name, value in asdict(self.base).items()
            if name not in self.ranges and name not in ("name", "validate_on")
        }
        for name, one in self.ranges.items():
            ends = {"low": one.low, "high": one.high} | ({"log": True} if one.log else {})
            lines[name] = {"choices": one.choices} if one.choices else ends
        return tomli_w.dumps(lines)

    def recipe(self, trial: Any) -> Recipe:
        """Draw a recipe for an Optuna trial; values that the trial has already drawn are kept.

        Raises:
            RecipeError: the settings are not compatible.

        Example:
            >>> import optuna
            >>> trial = optuna.create_study().ask()
            >>> 0 <= space.recipe(trial).dropout <= 0.5
            True
        """
        drawn: dict[str, Any] = {}
        count = len(self.base.filters)
        if CONVOLUTIONS in self.ranges:
            count = self.ranges[CONVOLUTIONS].draw(trial, CONVOLUTIONS)
            drawn["filters"] = (self.base.filters + self.base.filters[-1:] * count)[:count]
        for name, one in self.ranges.items():
            if name in _FOR_EACH:
                drawn[name] = tuple(one.draw(trial, f"{name}.{number}") for number in range(1, count + 1))
            elif name != CONVOLUTIONS:
                drawn[name] = one.draw(trial, name)
        return self.base.changed(**drawn)

    def base_values(self) -> dict[str, Any]:
        """Return the base's settings under their drawn names, if the space has them.

        Example:
            >>> space.base_values()["optimizer"] == space.base.optimizer
            True
        """
        count = len(self.base.filters)
        values: dict[str, Any] = {CONVOLUTIONS: count}
        for name in self.ranges:
            if name in _FOR_EACH:
                each = self.base.filters if name == "filters" else self.base.per_convolution(name)
                values |= {f"{name}.{number}": value for number, value in enumerate(each, 1)}
            elif name != CONVOLUTIONS:
                values[name] = getattr(self.base, name)
        return {
            name: value
            for name, value in values.items()
            if (one := self.ranges.get(name.partition(".")[0])) and one.holds(value)
        }


def _range(name: str, given: Mapping[str, Any], base: Recipe) -> Range:
    if name in _FIXED:
        raise RecipeError(f"{name} cannot be drawn: {_FIXED[name]}.")
    if name not in SETTINGS and name != CONVOLUTIONS:
        names = ", ".join([CONVOLUTIONS, *(each for each in SETTINGS if each not in _FIXED)])
        raise RecipeError(f"there is no setting {name!r}. Expected one of {names}.")
    if set(given) == {"choices"} and isinstance(given["choices"], list) and given["choices"]:
        made = Range(choices=tuple(given["choices"]))
    elif {"low", "high"} <= set(given) <= {"low", "high", "log"} and all(
        _is_number(given[end]) for end in ("low", "high")
    ):
        low, high, log = given["low"], given["high"], given.get("log", False)
        if low > high or not isinstance(log, bool) or (log and low <= 0):
            raise RecipeError(f"{name} from {low} to {high}{' on a log scale' if log else ''} is empty. {_EXPECTED}")
        whole = isinstance(low, int) and isinstance(high, int) and Recipe.__annotations__.get(name) is not float
        made = Range(low=low if whole else float(low), high=high if whole else float(high), log=log)
    else:
        raise RecipeError(f"{name} = {dict(given)!r} is not a range. {_EXPECTED}")
    for value in made.values():
        if name == CONVOLUTIONS:
            if not isinstance(value, int) or not 1 <= value <= 16:
                raise RecipeError(f"{CONVOLUTIONS} must be whole numbers from 1 to 16, not {value!r}.")
        else:
            base.changed(**{name: (value,) * len(base.filters) if name in _FOR_EACH else value})
    return made


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
