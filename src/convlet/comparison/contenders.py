"""Open and name the models to compare, and check that comparing them is fair."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from convlet.data import Dataset, load
from convlet.errors import DataError, UsageError
from convlet.prediction.predictor import Predictor
from convlet.recipes import SETTINGS
from convlet.run import Run
from convlet.run.recorded import load_recorded
from convlet.system.files import real_path
from convlet.system.places import resolve


@dataclass(frozen=True)
class Contender:
    """A model to compare.

    Attributes:
        name: its name in the comparison.
        path: the run folder or the file.
        run: the run; None for a file.
        predictor: the model.
    """

    name: str
    path: Path
    run: Run | None
    predictor: Predictor

    @property
    def trained_on(self) -> str:
        """Return the name of its data set."""
        return str(self.run.manifest["dataset"]["name"]) if self.run else self.predictor.signature.dataset

    @property
    def file(self) -> Path:
        """Return the model file."""
        return self.path / "model.onnx" if self.run else self.path

    def cut(self, dataset: Dataset) -> Dataset:
        """Return a data set with the run's split into train and validation."""
        if self.run is None or self.run.manifest["dataset"]["validation"] is None:
            return dataset
        return dataset.with_validation(self.run.recipe.validation_fraction)


def opened(models: Sequence[Run | str | Path]) -> list[Contender]:
    """Open models to compare.

    Raises:
        UsageError: fewer than two models, or one named twice.
        ModelError: one is neither a finished run nor a convlet model file.
    """
    paths = [model.path if isinstance(model, Run) else resolve(model) for model in models]
    places = [real_path(path) for path in paths]
    if len(places) < 2:
        raise UsageError(f"expected at least two models, received {len(places)}. Name another to compare it with.")
    for index, place in enumerate(places):
        if place in places[:index]:
            twice = models[index]
            raise UsageError(f"{twice.path if isinstance(twice, Run) else twice} is named twice. Name each model once.")
    contenders = []
    for name, path in zip(_names(places), paths, strict=True):
        run = Run(path) if path.is_dir() else None
        contenders.append(Contender(name, path, run, run.predictor() if run else Predictor(path)))
    return contenders


def trained_on(contenders: Sequence[Contender], **options: Any) -> list[Dataset]:
    """Load the data that the models were trained on, for each with its own image size and split.

    Args:
        contenders: models of one data set; files get the first run's.
        options: see `convlet.load`.

    Raises:
        DataError: their data sets differ.
    """
    recorded = [one.run.manifest["dataset"] for one in contenders if one.run]
    first = contenders[0]
    for one in contenders:
        if one.trained_on != first.trained_on:
            raise DataError(
                f"{one.name} was trained on {one.trained_on}, {first.name} on {first.trained_on}. "
                "Compare models of one data set, or name the images with dataset=..."
            )
    if not recorded:
        return [load(first.trained_on, **options)] * len(contenders)
    loaded: dict[str, Dataset] = {}
    found = []
    for one in contenders:
        own = one.run.manifest["dataset"] if one.run else recorded[0]
        facts = recorded[0] | {"brought_to": own.get("brought_to"), "transposed": own.get("transposed", False)}
        if (key := str(facts)) not in loaded:
            loaded[key] = load_recorded(facts, **options)
        found.append(one.cut(loaded[key]))
    return found


def require_fair(contenders: Sequence[Contender], datasets: Sequence[Dataset], split: str) -> None:
    """Refuse models trained on different images: one may have seen those it would be judged on.

    Raises:
        DataError: their images have changed, or `split` has different images for each.
    """
    for one, dataset in zip(contenders, datasets, strict=True):
        if one.run and dataset.train.sha256 != one.run.manifest["dataset"]["train_sha256"]:
            raise DataError(
                f"{one.name} was trained on other images than {dataset.name} has now, and may have seen its {split} "
                "split. Train it again from its recipe.toml, or name the images with dataset=..."
            )
    if split != "test":
        kept = _kept(contenders, datasets)
        if not _is_same(kept):
            listed = ", ".join(f"{name} {f'{count:,}' if count else 'does not say'}" for name, count in kept.items())
            raise DataError(
                f"these models were not trained on the same part of train ({listed}): {split} has different images "
                "for each. Compare them on split='test'."
            )


def usual_split(contenders: Sequence[Contender], datasets: Sequence[Dataset]) -> str:
    """Return "validation", the split for choosing among models, if all were validated on the same images."""
    validated = all(one.run and one.run.manifest["dataset"]["validation"] is not None for one in contenders)
    return "validation" if validated and _is_same(_kept(contenders, datasets)) else "test"


def different(contenders: Sequence[Contender]) -> dict[str, dict[str, Any]]:
    """Return the settings that differ among runs: for each field, each run's value by its name."""
    recipes = {one.name: asdict(one.run.recipe) for one in contenders if one.run}
    values = {field: {name: recipe[field] for name, recipe in recipes.items()} for field in SETTINGS if field != "name"}
    return {field: own for field, own in values.items() if len(set(map(str, own.values()))) > 1}


def _kept(contenders: Sequence[Contender], datasets: Sequence[Dataset]) -> dict[str, int | None]:
    """Return how many images of train each was trained on; None for files, which do not record it."""
    return {one.name: len(data.train) if one.run else None for one, data in zip(contenders, datasets, strict=True)}


def _is_same(kept: dict[str, int | None]) -> bool:
    return None not in kept.values() and len(set(kept.values())) == 1


def _names(places: Sequence[Path]) -> list[str]:
    """Return the shortest unique end of each path: at least a folder's name, or a file's with its folder."""
    for more in range(max(len(place.parts) for place in places)):
        names = ["/".join(place.parts[-(1 + more + (not place.is_dir())) :]) for place in places]
        if len(set(names)) == len(names):
            break
    return names
