"""Open what a run was made of: its recipe, its data set, and the images that it and the run before it kept."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from convlet.data import Dataset
from convlet.errors import ModelError
from convlet.recipes import Recipe, teaching
from convlet.run.kept import KEPT, Kept
from convlet.run.recorded import Recorded
from convlet.run.taught import joined
from convlet.signature import Signature
from convlet.system.files import sha256
from convlet.system.places import MANIFEST

RECIPE, BEFORE = "recipe.toml", "kept-before.npz"


class Origin(Recorded):
    """A run folder, as far as it tells what the run was made of."""

    @property
    def recipe(self) -> Recipe:
        """The recipe that the run was trained with.

        Raises:
            ModelError: its file is not the one that the run was made with.

        Example:
            >>> run.recipe.name
            'small-data'
        """
        path, recorded = self.path / RECIPE, self.manifest.get("recipe_sha256")
        if recorded and (not path.is_file() or sha256(path) != recorded):
            raise ModelError(
                f"{path} was changed or damaged since the run was made: its SHA-256 is not the one in {MANIFEST}. Undo "
                f"the change. To train with another recipe, make a new run: convlet train --config {path}"
            )
        return Recipe.from_toml(path)

    def dataset(self, data_dir: str | Path | None = None, **options: Any) -> Dataset:
        """Load the data set it was made with; `options` and errors: see `convlet.load`.

        That of a run that goes on from another begins with the images that the other kept.

        Example:
            >>> run.dataset().name
            'digits'
        """
        return self.joined(super().dataset(data_dir, **options))

    def joined(self, dataset: Dataset) -> Dataset:
        """Put the images before a data set that an earlier run kept, if this one goes on from it.

        A data set that has them already stays unchanged.

        Example:
            >>> run.joined(dataset) is dataset  # it goes on from no other run
            True
        """
        start = self.manifest.get("start")
        if not start:
            return dataset
        signature = Signature.from_metadata(start["signature"], str(self.path / MANIFEST))
        return joined(dataset, self.kept_before(), signature, self.recipe.validation_fraction)

    def as_taught(self, dataset: Dataset) -> Dataset:
        """Return what `joined` makes of the images that were taught, so that none is judged as new; others as is.

        Example:
            >>> run.as_taught(dataset) is dataset
            True
        """
        if "start" not in self.manifest:
            return dataset
        joined = self.joined(dataset)
        return joined if joined.train.sha256 == self.manifest["dataset"]["train_sha256"] else dataset

    def kept_images(self) -> Kept | None:
        """Return the images that the training kept, or None.

        Example:
            >>> run.kept_images().trained.image_shape
            (8, 8, 1)
        """
        return self._kept(KEPT)

    def kept_before(self) -> Kept | None:
        """Return the images that another run kept, if this one goes on from it.

        Example:
            >>> run.kept_before() is None
            True
        """
        return self._kept(BEFORE)

    def _kept(self, name: str) -> Kept | None:
        return Kept.read(self.path / name) if (self.path / name).is_file() else None

    def teaching(self, class_names: Sequence[str] = (), **changes: Any) -> Recipe:
        """Return the recipe `teach`, with which a training goes on from this run, with some fields changed.

        Args:
            class_names: those of the new images; with some that the model lacks the training is longer.
            changes: fields of the recipe.

        Raises:
            UsageError: there is no such field.
            RecipeError: a value is out of range.

        Example:
            >>> run.teaching(epochs=12).name, run.teaching(epochs=12).epochs
            ('teach', 12)
        """
        own = self.manifest["dataset"]
        new = not set(class_names) <= set(own["class_names"])
        return teaching(self.recipe, own["image_shape"], new=new).changed(**changes)
