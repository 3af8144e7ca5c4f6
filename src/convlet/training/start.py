"""Go on from a trained model: its nets, with an answer more for each new class, and the images that it kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data import Dataset, Split
from convlet.data.labels import shown
from convlet.errors import ModelError
from convlet.models import PROBABILITIES, Pixels, members
from convlet.models.keras_file import load_keras
from convlet.recipes import Recipe
from convlet.run import Run
from convlet.run.kept import Kept
from convlet.run.taught import is_turned, joined
from convlet.signature import Signature
from convlet.system.engine import settle_threads
from convlet.system.files import sha256
from convlet.system.places import resolve
from convlet.training.balance import Shares, shares_of_taught
from convlet.training.checkpoint import Weights
from convlet.training.imprint import imprint

_MODEL = "model.keras"


@dataclass(frozen=True, eq=False)
class Start:
    """A trained model to go on from.

    Attributes:
        run: its folder.
        signature: the model's.
        recipe: its resolved recipe.
        kept: the images that it kept; None if it kept none.
        nets: for each net of the model its weights in training.
        pixels: the mean and deviation by which they scale pixels.
    """

    run: Run
    signature: Signature
    recipe: Recipe
    kept: Kept | None
    nets: tuple[Weights, ...]
    pixels: Pixels

    @classmethod
    def of(cls, run: Run, replicas: int = 1) -> "Start":
        """Open a finished run; `replicas`: of the training to come.

        Raises:
            ModelError: it is none, or damaged.
        """
        settle_threads(replicas)  # TensorFlow's cannot change once a model is open
        model, signature = load_keras(run.whole(_MODEL))
        nets = members(model)
        first = nets[0].get_layer("scale")
        pixels = Pixels()
        if run.recipe.pixels == "standard":
            pixels = Pixels(-float(first.offset) / float(first.scale), 1 / float(first.scale))
        weights = tuple(_in_training(net, signature) for net in nets)
        return cls(run, signature, run.recipe, run.kept_images(), weights, pixels)

    @classmethod
    def recorded(cls, run: Run) -> "Start | None":
        """Open the model that an unfinished run goes on from, if it does.

        Raises:
            ModelError: it is gone, or another one by now.
        """
        facts = run.manifest.get("start")
        if not facts:
            return None
        path = Path(facts["path"])
        if not (path / _MODEL).is_file() or sha256(path / _MODEL) != facts["sha256"]:
            raise ModelError(
                f"{run.path} goes on from the model in {path}, which is gone or another one by now. Put it back, or "
                "train again from another one: convlet train DATASET --from RUN"
            )
        return replace(cls.of(Run(path), int(run.recipe.replicas)), kept=run.kept_before())

    @property
    def facts(self) -> dict[str, Any]:
        """What a run records of its parent."""
        return {
            "path": str(self.run.path.resolve()),
            "sha256": sha256(self.run.path / _MODEL),
            "signature": self.signature.to_metadata(),
        }

    def joined(self, dataset: Dataset, recipe: Recipe) -> Dataset:
        """Return new images after those kept; see `convlet.run.taught`."""
        return joined(dataset, self.kept, self.signature, recipe.validation_fraction)

    def taught(self, dataset: Dataset) -> Split:
        """Return the new images of what `joined` returned."""
        first = len(self.kept.trained) if self.kept else 0
        return dataset.train.take(np.arange(first, len(dataset.train)))

    def introduced(self, given: Dataset, dataset: Dataset) -> list[str]:
        """Describe what is trained on, in a few lines for the user."""
        own = self.signature.class_names
        new = [name for name in dataset.class_names if name not in own]
        classes = f"its {len(own):,} classes" + (f" and {len(new):,} new: {shown(new)}" if new else "")
        count = len(self.kept) if self.kept else 0
        held_out = dataset.validation
        fresh = len(dataset.train) - count + (len(held_out) if held_out and held_out is not dataset.train else 0)
        images = "1 new image" if fresh == 1 else f"{fresh:,} new images"
        lines = [f"going on from {self.run.called}: {images}, {count:,} that it kept; {classes}."]
        if not count:
            lines.append(
                f"{self.run.path} kept no images of its training: what it learned of classes without new images may be "
                "forgotten. A run trained with kept_images = 200 keeps some."
            )
        if is_turned(given, self.signature.form):
            lines.append(f"{given.name}: dark and light are swapped, as the model's ink is the other way around.")
        return lines

    def begin(self, net: Any, member: int, dataset: Dataset) -> Weights:
        """Give a fresh net the weights of the model's, and an answer more for each new class; return them.

        Args:
            net: in training, with all classes.
            member: which of the model's nets.
            dataset: what `joined` returned.
        """
        net.set_weights(self._weights(member, net.get_weights()))
        if len(self.signature.class_names) < len(dataset.class_names):
            imprint(net, dataset.train, len(self.signature.class_names))
        return [np.array(values) for values in net.get_weights()]

    def blended(self, first: Weights, last: Weights, fraction: float) -> Weights:
        """Return weights a fraction of the way from those that a net began with to those that were trained.

        The answers of new classes are those that were trained.
        """
        if fraction == 1:
            return last
        made = [(one + fraction * (other - one)).astype(one.dtype) for one, other in zip(first, last, strict=True)]
        before = len(self.signature.class_names)
        new = slice(before, before + len(last[-1]) - len(self.nets[0][len(last) - 1]))
        made[-2][:, new], made[-1][new] = last[-2][:, new], last[-1][new]
        return made

    def _weights(self, member: int, own: Sequence[NDArray[Any]]) -> Weights:
        """Return the weights of one of the nets; the answers of new classes have none.

        Args:
            member: which of the nets.
            own: the weights of a fresh net with all classes.
        """
        found = [np.array(values) for values in self.nets[member][: len(own)]]
        classes, more = len(self.signature.class_names), own[-1].shape[0] - found[-1].shape[0]
        if more:
            kernel, bias = found[-2:]
            new = np.zeros((len(kernel), more), kernel.dtype)
            found[-2] = np.concatenate([kernel[:, :classes], new, kernel[:, classes:]], axis=1)
            found[-1] = np.concatenate([bias[:classes], np.full(more, bias[:classes].min()), bias[classes:]])
        return found

    def shares(self, labels: NDArray[np.int64], train: int, classes: int, outliers: int) -> Shares:
        """Return how often an epoch shows each image; `train`: how many are no drawn forms and no outliers."""
        first = len(self.kept.trained) if self.kept else 0
        return shares_of_taught(labels, slice(first, train), classes, outliers)


def parent_of(start: "Run | str | Path") -> Run:
    """Return the run to go on from.

    Raises:
        ModelError: it is a model file, or nothing.
    """
    if isinstance(start, Run):
        return start
    path = resolve(start)
    if path.is_file():
        raise ModelError(f"{path} is a model file, which has no recipe and kept no images. Expected its run folder.")
    return Run(path)


def _in_training(net: Any, signature: Signature) -> Weights:
    """Return a net's weights as they were before it was calibrated."""
    layer = net.get_layer(PROBABILITIES)
    weights = [np.array(values) for values in net.get_weights()]
    own = {values.shape for values in layer.get_weights()}
    places = [place for place, values in enumerate(weights) if values.shape in own][-3:]
    for place in places:
        if any(np.array_equal(weights[place], values) for values in layer.get_weights()):
            weights[place] = weights[place] * np.float32(signature.temperature)
    return weights
