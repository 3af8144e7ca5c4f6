"""Recipe: every setting of a training, in one frozen and validated value.

Every run saves the recipe it was trained by as `recipe.toml`, and `convlet train --config recipe.toml` trains by it again.
"""

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from convlet.errors import RecipeError, UsageError
from convlet.recipes.fields import FIELDS, FLOATS


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a model is built and trained. Take a named one with `recipe(name, **changes)`.

    "Per convolution" is one value for all of them, or a list with one for each.

    Attributes:
        name: what the run folder and the model call it.
        architecture: the function of `convlet.models` that builds the net.
        reading: what the images are, and so how a stranger's image is read for the model: "light-ink" or "dark-ink" (characters, drawings),
            "picture" (anything else, only resized), or "auto": as the training images are found to be.
        top_hat: ink only: side, in 28ths of the image's, of the square within which a saved model takes whatever is broader for ground and takes it away (white top-hat
            transform), 0 for none. Of clean ink it changes nothing, so training leaves it out.
        crop: pixels cut off each side of the image before the first layer; left out where that would be over a quarter of a side.
        pixels: what the first layer makes of them: "unit" (divided by 255), or "standard" (the training images' mean and
            standard deviation become 0 and 1).
        filters: the filters of each convolution.
        kernel_size: side of the convolutions' square kernels in pixels, per convolution.
        strides: pixels from one position of the kernel to the next, per convolution.
        padding: "same" (the edges are padded with zeros) or "valid" (the kernel stays inside), per convolution.
        pool: side of the max pooling after each convolution, 1 for none, per convolution.
        normalization: "none", or "batch": batch normalization between each convolution and its activation.
        activation: one of `ACTIVATIONS`, per convolution; the dense layer takes the last one.
        first_filters: "learned", or "cosine": the first convolution keeps the lowest frequencies of a discrete cosine transform
            and their negatives, and is not trained.
        dense_units: width of the hidden dense layer, 0 for none.
        dropout: the fraction of the outputs before the last layer that training sets to zero.
        optimizer: one of `OPTIMIZERS`, with Keras's own defaults beside the learning rate and the betas.
        learning_rate: the largest step size.
        betas: how much of the gradient's mean and of its square each step keeps (adam, adamw, nadam).
        schedule: "constant", or "one-cycle": the learning rate rises from a tenth in a line and falls to 0 along a cosine.
        warmup: the fraction of all steps in which "one-cycle" rises.
        label_smoothing: the part of each label that is shared out among all classes.
        batch_size: images per step.
        epochs: passes over the training images.
        shift: augmentation: each image is moved at random by up to so many pixels each way.
        rotation: by up to so many degrees.
        zoom: larger or smaller by up to this fraction, height and width each by its own.
        shear: slanted by up to so many degrees.
        elastic: distorted as if drawn on rubber: points a quarter of a side apart are moved by so many pixels (standard deviation).
        thickness: ink only: strokes are made thicker or thinner by up to so many pixels on either side.
        clutter: ink only: the fraction of images in which the edge of another image shows.
        noise: half of the images get normal noise of up to this standard deviation, as a fraction of white.
        erasing: the fraction of images in which a random box of an eighth to a third of each side is blackened.
        outliers: ink only: so many images that show none of the classes are trained on beside each one that does, as equally far from all of them.
        ensemble: how many nets, with seeds in a row, are trained one after the other; the model averages their probabilities.
        validate_on: what each epoch is validated on: "validation" (cut from train) or "test".
        validation_fraction: the part of train that is cut off, where `validate_on` is "validation"
            and the data set has no validation split of its own.
        precision: of the products inside the layers while training: "bfloat16" (weights, sums and the answer stay float32),
            "float32", or "auto": bfloat16 where the processor computes with it. The saved model is float32 always.
        replicas: parts into which each batch is split, computed side by side with one thread each; "auto": one per core where the
            engine can, with at least 64 images each. 1 leaves the threads to the engine, which is faster for nets with large layers.
            Batch normalization and dropout see each part by itself.
        seed: of the first weights, of dropout, of the order of the images and of their augmentation.

    Raises:
        RecipeError: a field is out of range; the message names it, its flag and its range.
    """

    name: str
    architecture: str
    reading: str
    top_hat: int
    crop: int
    pixels: str
    filters: tuple[int, ...]
    kernel_size: int | tuple[int, ...]
    strides: int | tuple[int, ...]
    padding: str | tuple[str, ...]
    pool: int | tuple[int, ...]
    normalization: str
    activation: str | tuple[str, ...]
    first_filters: str
    dense_units: int
    dropout: float
    optimizer: str
    learning_rate: float
    betas: tuple[float, float]
    schedule: str
    warmup: float
    label_smoothing: float
    batch_size: int
    epochs: int
    shift: float
    rotation: float
    zoom: float
    shear: float
    elastic: float
    thickness: float
    clutter: float
    noise: float
    erasing: float
    outliers: float
    ensemble: int
    validate_on: str
    validation_fraction: float
    precision: str
    replicas: int | str
    seed: int

    def __post_init__(self) -> None:
        for field, (is_valid, expected) in FIELDS.items():
            value = getattr(self, field)
            if not is_valid(value):
                raise RecipeError(
                    f"{field} must be {expected}, not {value!r}. Set it with {_flag(field)}, or as `{field}` in the recipe file."
                )
            if isinstance(value, list):  # what TOML and --set give; a frozen value holds tuples
                object.__setattr__(self, field, tuple(value))
            elif field in FLOATS:  # 1 is a fine way to write 1.0
                object.__setattr__(self, field, float(value))
        for field in PER_CONVOLUTION:
            value = getattr(self, field)
            if isinstance(value, tuple) and len(value) != len(self.filters):
                raise RecipeError(
                    f"{field} has {len(value)} values for {len(self.filters)} convolutions (filters = {list(self.filters)}). "
                    f"Give one value for all, or one for each, with {_flag(field)}."
                )

    def per_convolution(self, field: str) -> tuple[Any, ...]:
        """A field's value for each convolution, in order."""
        value = getattr(self, field)
        return value if isinstance(value, tuple) else (value,) * len(self.filters)

    def changed(self, **changes: Any) -> Self:
        """This recipe with some fields changed.

        A new number of filters shortens or lengthens the lists that have a value for each convolution: the last value is repeated.

        Raises:
            UsageError: there is no such field.
            RecipeError: a value is out of range.
        """
        for field in changes:
            if field not in FIELDS:
                raise UsageError(f"a recipe has no field {field!r}. The fields are: {', '.join(FIELDS)}.")
        filters = changes.get("filters")
        if isinstance(filters, (list, tuple)) and filters:
            for field in PER_CONVOLUTION:
                if isinstance(value := getattr(self, field), tuple):
                    changes.setdefault(field, (value + value[-1:] * len(filters))[: len(filters)])
        return dataclasses.replace(self, **changes)

    def to_toml(self) -> str:
        """The recipe as a TOML document, which `from_toml` reads back."""
        import tomli_w

        return tomli_w.dumps(
            {key: list(v) if isinstance(v, tuple) else v for key, v in dataclasses.asdict(self).items()}
        )

    @classmethod
    def from_toml(cls, path: Path) -> Self:
        """Read a recipe file. A field that is not in it is that of the named recipe of its name, or else the tutorial's.

        A file that has all the fields there were before some were added is one of a run of then: what it does not know is off.

        Raises:
            RecipeError: the file is missing, is no TOML, names no recipe, or has fields unknown or out of range.
        """
        from convlet.recipes.named import RECIPES

        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise RecipeError(
                f"cannot read the recipe file {path}: {getattr(error, 'strerror', None) or error}."
            ) from error
        except tomllib.TOMLDecodeError as error:
            raise RecipeError(f"{path} is not a TOML file: {error}. Start from the recipe.toml of a run.") from error
        unknown = [field for field in values if field not in FIELDS]
        if unknown or "name" not in values:
            wrong = (
                f"has no field {unknown[0]!r}; the fields are: {', '.join(FIELDS)}"
                if unknown
                else "names no recipe (name = ...)"
            )
            raise RecipeError(f"{path} is not a recipe: it {wrong}. Start from the recipe.toml of a run.")
        base = RECIPES.get(str(values["name"]), RECIPES["tutorial"])
        if all(field in values or field in _ADDED for field in FIELDS):
            values = _ADDED | values
        return cls(**dataclasses.asdict(base.changed(**values)))


_ADDED = {"reading": "auto", "top_hat": 0, "thickness": 0, "clutter": 0, "noise": 0, "outliers": 0}
PER_CONVOLUTION = ("kernel_size", "strides", "padding", "pool", "activation")
_OWN_FLAGS = ("optimizer", "learning_rate", "batch_size", "epochs", "ensemble", "seed")


def _flag(field: str) -> str:
    return f"--{field.replace('_', '-')}" if field in _OWN_FLAGS else f"--set {field}=..."


def parse_settings(settings: Mapping[str, str]) -> dict[str, Any]:
    """Values as the command line gives them: TOML where they read as TOML (`3`, `[16, 32]`), text otherwise (`sgd`)."""
    values: dict[str, Any] = {}
    for key, text in settings.items():
        try:
            values[key] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            try:
                values[key] = float(text)  # .5, which TOML writes 0.5
            except ValueError:
                values[key] = text
    return values
