"""The named recipes: the only home of default values. How each was found, and what did not help: benchmarks/LOG.md."""

from collections.abc import Mapping
from typing import Any

from convlet.errors import UsageError
from convlet.recipes.schema import Recipe


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
    architecture="convnet",
    reading="auto",
    top_hat=0,
    crop=0,
    pixels="unit",
    filters=(32, 64),
    kernel_size=5,
    strides=1,
    padding="same",
    pool=2,
    normalization="none",
    activation="relu",
    first_filters="learned",
    dense_units=1024,
    dropout=0.2,
    optimizer="adam",
    learning_rate=1e-4,
    betas=(0.9, 0.999),
    schedule="constant",
    warmup=0.0,
    label_smoothing=0.0,
    batch_size=128,
    epochs=5,
    shift=0,
    rotation=0,
    zoom=0,
    shear=0,
    elastic=0,
    thickness=0,
    clutter=0,
    noise=0,
    erasing=0,
    outliers=0,
    ensemble=1,
    validate_on="test",
    validation_fraction=0.1,
    precision="auto",
    replicas=1,
    seed=1,
)

# About a thousand images make 12 steps an epoch: 5 epochs at 1e-4 stop at 83 % on `digits`. More and larger steps do it.
_SMALL_DATA = _TUTORIAL.changed(
    name="small-data", learning_rate=1e-3, batch_size=64, epochs=25, validate_on="validation"
)

# The tutorial's accuracy as soon as two cores can have it. The frozen first layer spares half of the backward pass: its own gradient
# and the second layer's with respect to its input.
_FAST = _TUTORIAL.changed(
    name="fast",
    top_hat=11,
    crop=2,
    pixels="standard",
    filters=(16, 32),
    kernel_size=(5, 4),
    strides=2,
    padding="valid",
    pool=1,
    activation=("relu", "silu"),
    first_filters="cosine",
    dense_units=128,
    dropout=0,
    learning_rate=0.01,
    betas=(0.7, 0.9),
    schedule="one-cycle",
    warmup=0.2,
    label_smoothing=0.1,
    batch_size=256,
    epochs=1,
    validate_on="validation",
    validation_fraction=0.05,
    replicas="auto",
)

_BALANCED = _FAST.changed(
    name="balanced",
    kernel_size=(5, 3),
    strides=(2, 1),
    pool=(1, 2),
    first_filters="learned",
    warmup=0.1,
    epochs=6,
    shift=2,
    rotation=10,
    zoom=0.25,
    shear=10,
    clutter=0.3,
    noise=0.1,
    outliers=0.06,
)

# At most 8,000 parameters.
_COMPACT = _BALANCED.changed(
    name="compact",
    crop=0,
    filters=(16, 16, 16),
    kernel_size=(5, 3, 3),
    strides=(2, 1, 1),
    padding=("valid", "same", "valid"),
    pool=(1, 2, 1),
    activation=("relu", "silu", "silu"),
    dense_units=0,
    learning_rate=0.006,
    betas=(0.9, 0.99),
    batch_size=128,
    epochs=40,
    shift=1,
    rotation=5,
    zoom=0.05,
    shear=3,
    clutter=0,
    noise=0,
    outliers=0,
)

# The best single net that two cores train in half an hour.
_ACCURATE = _BALANCED.changed(
    name="accurate",
    crop=0,
    filters=(32, 64, 64, 128, 128),
    kernel_size=(5, 3, 3, 3, 3),
    strides=(2, 1, 1, 1, 1),
    padding=("same", "same", "same", "same", "valid"),
    pool=(1, 1, 2, 1, 1),
    normalization="batch",
    activation="relu",
    dense_units=0,
    dropout=0.4,
    learning_rate=0.003,
    betas=(0.9, 0.99),
    epochs=30,
    zoom=0.3,
    elastic=0.6,
    noise=0.15,
    outliers=0.05,
    replicas=2,  # a number: batch normalization sees each half of a batch by itself, so other numbers train another net
)

RECIPES: Mapping[str, Recipe] = {
    chosen.name: chosen for chosen in (_TUTORIAL, _SMALL_DATA, _FAST, _BALANCED, _COMPACT, _ACCURATE)
}
