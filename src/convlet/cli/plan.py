"""Say what a training will do and about how long it takes, before it starts."""

from typing import TYPE_CHECKING

from convlet.cli.durations import spoken

if TYPE_CHECKING:
    from convlet.data import Dataset
    from convlet.recipes import Recipe

# Microseconds of training per image and epoch at 28x28 gray pixels (pictures: 32x32 in color), in bfloat16 on two
# cores: benchmarks/results and the runs of this project. Half as many cores take twice as long, up to a point.
_MICROSECONDS = {
    "tutorial": 270.0,
    "small-data": 1200.0,
    "fast": 12.0,
    "balanced": 60.0,
    "compact": 43.0,
    "accurate": 490.0,
    "pictures": 700.0,
    "pictures-small": 1300.0,
}
_USUAL = {"pictures": 32 * 32, "pictures-small": 32 * 32}
_GRAY = 28 * 28
_MOST_CORES = 8  # beyond these the nets are too small to gain
_FLOAT32 = 2.1  # times as long as bfloat16
_START = 5.0  # seconds until the engine is there
_FREE = ("name", "epochs", "batch_size", "learning_rate", "least_steps", "seed", "keep", "kept_images", "blend")


def planned(recipe: "Recipe", dataset: "Dataset") -> str:
    """Return a line about a training that is to start: recipe, images, epochs, and about how long it takes here.

    Args:
        recipe: the one that is trained, its name one of the named ones where a time can be told.
        dataset: with its images in the size they are trained in.
    """
    images = len(dataset.train)
    validate = recipe.validate_on == "validation" and dataset.validation is None
    epochs = passes(recipe, images - round(validate * recipe.validation_fraction * images))
    many = f"{epochs:,} epoch{'' if epochs == 1 else 's'}"
    seconds = estimated(recipe, images, dataset.image_shape[:2])
    took = "the first epoch tells how long it takes" if seconds is None else f"about {spoken(seconds)} on this machine"
    return f"recipe {recipe.name} on {images:,} images of {dataset.name}, {many}: {took}."


def passes(recipe: "Recipe", images: int) -> int:
    """Return how many epochs a recipe comes to: few images to learn from need more for its `least_steps`."""
    from convlet.training.resolve import with_enough_steps

    return with_enough_steps(recipe, images).epochs


def estimated(recipe: "Recipe", images: int, shape: tuple[int, ...]) -> float | None:
    """Return about how many seconds a training takes, from its start; None if nothing is known about its like.

    Args:
        recipe: only one that differs from the named one in what costs no time has a known time.
        images: in train.
        shape: height and width.
    """
    from convlet.recipes import RECIPES
    from convlet.system.engine import choose_precision, jax_platform
    from convlet.system.machine import cores

    named = RECIPES.get(recipe.name)
    if named is None or jax_platform() not in ("", None, "cpu") or recipe.name not in _MICROSECONDS:
        return None
    if recipe.changed(**{field: getattr(named, field) for field in _FREE}) != named:
        return None
    area = shape[0] * shape[1] / _USUAL.get(recipe.name, _GRAY)
    slower = _FLOAT32 if choose_precision(recipe.precision)[0] == "float32" else 1.0
    work = _MICROSECONDS[recipe.name] * 1e-6 * images * passes(recipe, images) * area * slower
    return _START + work * 2 / min(cores(), _MOST_CORES)
