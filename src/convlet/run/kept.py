"""Keep a small sample of the training images with a model, so that a later training does not forget them.

A quarter was held out from the training, and calibrates the later model. Of the rest one half is what the model was
least sure of, and the other half any (D. Rolnick et al. 2019, arXiv:1811.11682: rehearsing a few examples prevents
forgetting).
"""

import io
import math
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.data import Dataset, Split
from convlet.errors import ModelError
from convlet.prediction.predictor import Predictor
from convlet.system.files import replacing
from convlet.system.places import require_recorded
from convlet.system.seal import BLANK, seal

KEPT = "kept.npz"
_BYTES = 2_000_000  # of pixels at most
_HELD_OUT, _HARD = 1 / 4, 1 / 2  # fractions: of all, and of those that were trained on
_LOOKED_AT = 20_000  # training images among which the hard ones are found
_SEED = 0


@dataclass(frozen=True, eq=False)
class Kept:
    """A sample of a training's images.

    Attributes:
        trained: of those that it learned from.
        held_out: of its validation images; None if it had none but test images.
    """

    trained: Split
    held_out: Split | None = None

    def __len__(self) -> int:
        return len(self.trained) + (len(self.held_out) if self.held_out else 0)

    def write(self, path: Path) -> None:
        """Write the sample as one NumPy archive, with its own SHA-256.

        Raises:
            OutputError: it cannot be written.
        """
        parts = [self.trained] + ([self.held_out] if self.held_out else [])
        with replacing(path) as temporary:
            with temporary.open("wb") as file:
                np.savez_compressed(
                    file,
                    images=np.concatenate([part.images[:] for part in parts]),
                    labels=np.concatenate([part.labels for part in parts]),
                    trained=np.array(len(self.trained)),
                )
            with zipfile.ZipFile(temporary, "a") as archive:
                archive.comment = BLANK.encode()
            seal(temporary)

    @classmethod
    def read(cls, path: Path) -> "Kept":
        """Read what `write` wrote.

        Raises:
            ModelError: it is damaged.
        """
        content = path.read_bytes()
        require_recorded(content, path)
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                images, labels, trained = arrays["images"], arrays["labels"], int(arrays["trained"])
            first = Split(images[:trained], labels[:trained], "the images kept")
            held_out = Split(images[trained:], labels[trained:], "the images kept") if trained < len(labels) else None
        except Exception as error:
            raise ModelError(f"{path} is damaged ({error}). Train again.") from error
        return cls(first, held_out)


def chosen(dataset: Dataset, validated_on: str, most: int, predictor: Predictor) -> Kept | None:
    """Choose the images to keep.

    Args:
        dataset: with the split that the model was validated on.
        validated_on: its name; test images are never kept.
        most: images of a class; together they have at most 2 MB.
        predictor: the trained model.

    Returns:
        The sample; None if it would hold no image of each class.
    """
    classes = len(dataset.class_names)
    each = min(most, _BYTES // (classes * math.prod(dataset.image_shape)))
    if not each:
        return None
    held_out = validated_on == "validation" and dataset.validation is not dataset.train
    validation = dataset.validation if held_out else None
    aside = round(each * _HELD_OUT) if validation else 0
    random = np.random.default_rng(_SEED)
    train = dataset.train
    looked = train.sample(_LOOKED_AT)
    sure = predictor.probabilities(train.images[looked])
    labels = train.labels[looked]
    own = np.where(sure.argmax(axis=1) == labels, sure[np.arange(len(labels)), labels], 1.0)  # not what may be wrong
    places: list[NDArray[np.int64]] = []
    for label in range(classes):
        mine = np.flatnonzero(labels == label)
        hard = mine[np.argsort(own[mine], kind="stable")][: round((each - aside) * _HARD)]
        others = random.permutation(np.setdiff1d(mine, hard))[: each - aside - len(hard)]
        places += [looked[hard], looked[others]]
    trained = train.take(np.sort(np.concatenate(places)))
    if not aside or validation is None:
        return Kept(trained)
    of_each = [random.permutation(np.flatnonzero(validation.labels == label))[:aside] for label in range(classes)]
    found = np.sort(np.concatenate(of_each))
    return Kept(trained, validation.take(found) if len(found) else None)
