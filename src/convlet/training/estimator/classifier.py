"""`convlet.Classifier`: a training and its model as an estimator of scikit-learn."""

import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from convlet.data import Split, brought_to
from convlet.data.dataset import Dataset, make_dataset
from convlet.data.sizing import Wanted
from convlet.errors import DataError
from convlet.recipes import Recipe
from convlet.recipes import recipe as named
from convlet.run import Run
from convlet.system.files import user_path, write_bytes
from convlet.system.watch import Watch
from convlet.training.choose import choose_recipe
from convlet.training.estimator.bases import estimator_base, sklearn, value_errors, with_known_names
from convlet.training.estimator.images import Reader
from convlet.training.estimator.model import Model
from convlet.training.fit import INTERRUPTED, train

_Base: Any = estimator_base()
_OF_A_TABLE = {"reading": "picture"} | dict.fromkeys(
    ("shift", "rotation", "zoom", "shear", "flip", "elastic", "erasing", "mixing", "color", "outliers"), 0
)
_USELESS = ("rate-too-high", "rate-too-low", "not-learned", "class-never-answered")  # verdicts


class Classifier(_Base):  # type: ignore[misc]
    """A classifier of small images that works like one of scikit-learn's: in pipelines, searches and pickles.

    Args:
        recipe: the name of a recipe, a `Recipe`, or None for the one that suits the data.
        epochs: passes over the training images; None as the recipe says.
        batch_size: images per step; None as the recipe says.
        learning_rate: the optimizer's largest step size, above 0 to 10; None as the recipe says.
        settings: other fields of `Recipe` with their values, such as {"dropout": 0.1}.
        image_shape: what rows of pixels are: (height, width) or (height, width, channels), in pixels, with 1 or 3
            channels, which come last. None: squares of one channel.
        random_state: the seed, 0 to 4294967295, or a `numpy.random.RandomState`; None for the recipe's, so that a
            training is the same each time.
        out: the folder for the run folder, see `convlet.train`; None keeps none.
        watch: callbacks during `fit`; pickles if they do.

    Attributes:
        classes_: the distinct labels in order, (classes,), of the labels' own type.
        n_features_in_: the numbers that make one image: height * width * channels.
        feature_names_in_: the names of a table's columns, str (features,); only if it had any.
        image_shape_: (height, width, channels) of the model's input.
        recipe_: the recipe of the training, with every field resolved.
        metrics_: see `Run.metrics`.
        history_: the epochs, see `Run.history`.
        run_: the `Run` in `out`; None without it.

    The validation images are cut from those given to `fit`, whatever the recipe says.

    Raises:
        MissingExtraError: scikit-learn is not installed.

    Example:
        >>> from sklearn.model_selection import cross_val_score
        >>> data = convlet.load("digits").train
        >>> scores = cross_val_score(convlet.Classifier("small-data"), data.images, data.labels, cv=3)
        >>> bool(scores.min() > 0.9)
        True
    """

    @with_known_names
    def __init__(
        self,
        recipe: "str | Recipe | None" = None,
        *,
        epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        settings: Mapping[str, Any] | None = None,
        image_shape: Sequence[int] | None = None,
        random_state: "int | np.random.RandomState | None" = None,
        out: "str | Path | None" = None,
        watch: Watch | None = None,
    ) -> None:
        self.recipe = recipe
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.settings = settings
        self.image_shape = image_shape
        self.random_state = random_state
        self.out = out
        self.watch = watch

    def fit(self, X: Any, y: Any) -> Self:
        """Train.

        Args:
            X: images, uint8 from 0 to 255 of shape (n, height, width) or (n, height, width, 1 or 3), or truth values,
                or numbers from 0 to 1, 0 to 16 or 0 to 255 in any type, which are scaled to 0 to 255. Or rows of
                pixels, (n, features), see `image_shape`. Fewer than 64 features are taken for a table's, with a
                warning.
            y: one label per image, (n,): whole numbers, texts or truth values.

        Returns:
            The classifier itself.

        Raises:
            ValueError: other shapes, types or numbers; counts that differ; one class alone; or a setting that does not
                exist or is out of range.
            OutputError: `out` cannot be written to, or holds something else.
            CheckError: the exported model disagrees with the trained one.

        Example:
            >>> classifier = convlet.Classifier("small-data").fit(dataset.train.images, dataset.train.labels)
            >>> bool(classifier.score(dataset.test.images, dataset.test.labels) > 0.9)
            True
        """
        images, labels = self._given(X, y)
        watch = self.watch or Watch()
        if not self.out:
            watch = _of_what_is_not_kept(watch)
        with value_errors(), tempfile.TemporaryDirectory(prefix="convlet-") as folder:
            reader = Reader.of(images, self.image_shape, watch)
            dataset, classes = _dataset(reader, images, labels)
            recipe, dataset = self._recipe(dataset, reader, watch)
            run = train(dataset, recipe, out=user_path(self.out) if self.out else Path(folder), watch=watch)
            self._reader, self._model = reader, Model((run.path / "model.onnx").read_bytes())
            self.recipe_, self.metrics_, self.history_ = run.recipe, run.metrics, run.history
            self.classes_, self.image_shape_ = classes, self._model.signature.input_shape
            self.run_: Run | None = run if self.out else None
        verdict = self.metrics_["verdict"]
        if verdict and verdict["kind"] in _USELESS:
            warnings.warn(verdict["text"], sklearn("exceptions").ConvergenceWarning, stacklevel=2)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the likeliest class of each image, in the labels' own type, such as int64 or str, of shape (n,).

        Args:
            X: images in the size and range of those of `fit`, uint8 (n, height, width), or rows; see there.

        Raises:
            ValueError: another shape, or pixels beyond those of `fit`.
            NotFittedError: `fit` was not called.

        Example:
            >>> classifier.predict(dataset.test.images).shape
            (360,)
        """
        probabilities = self.predict_proba(X)
        found: NDArray[Any] = self.classes_[probabilities.argmax(axis=1)]
        return found

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probability of each class, float64 (n, classes), in the order of `classes_`; rows sum to 1.

        Args:
            X: images, see `predict`; errors too.

        Raises:
            ValueError: another shape, or pixels beyond those of `fit`.
            NotFittedError: `fit` was not called.

        Example:
            >>> classifier.predict_proba(dataset.test.images).shape
            (360, 10)
        """
        sklearn("utils.validation").check_is_fitted(self)
        arrays = self._checked(X)
        with value_errors():
            return self._model.probabilities(self._reader.images(arrays))

    def save(self, path: "str | Path") -> None:
        """Write the model as an `.onnx` file, which every verb of convlet takes.

        Args:
            path: of the file; one that is there is replaced.

        Raises:
            ValueError: the name does not end in `.onnx`.
            OutputError: it cannot be written.
            NotFittedError: `fit` was not called.

        Example:
            >>> classifier.save("digits.onnx")
            >>> len(convlet.predict("digits.onnx", dataset.test.images))
            360
        """
        sklearn("utils.validation").check_is_fitted(self)
        target = user_path(path)
        if target.suffix != ".onnx":
            raise ValueError(f"{path} does not end in .onnx, by which convlet tells what it is. Rename it.")
        write_bytes(target, self._model.content)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_model")

    def _given(self, X: Any, y: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        """Check what `fit` takes as scikit-learn does, and note its features."""
        validation = sklearn("utils.validation")
        if _dimensions(X) < 3:
            images, labels = validation.validate_data(self, X, y)
        else:
            if y is None:
                raise ValueError("y is None; expected one label per image: fit(X, y).")
            images, labels = validation.check_X_y(X, y, allow_nd=True)
            self.__dict__.pop("feature_names_in_", None)
            self.n_features_in_ = int(np.prod(images.shape[1:]))
        sklearn("utils.multiclass").check_classification_targets(labels)
        return images, labels

    def _checked(self, X: Any) -> NDArray[Any]:
        """Check what `predict` takes as scikit-learn does."""
        validation, images = sklearn("utils.validation"), len(self._reader.shape) > 1
        if images or _dimensions(X) >= 3:
            found: NDArray[Any] = validation.check_array(X, allow_nd=True)
        else:
            found = validation.validate_data(self, X, reset=False)
        return found

    def _recipe(self, dataset: Dataset, reader: Reader, watch: Watch) -> tuple[Recipe, Dataset]:
        """Return the recipe, and the data in the size that it was chosen for."""
        chosen = {"epochs": self.epochs, "batch_size": self.batch_size, "learning_rate": self.learning_rate}
        changes = {field: value for field, value in chosen.items() if value is not None} | dict(self.settings or {})
        if self.random_state is not None:
            given: Any = self.random_state
            state = sklearn("utils").check_random_state(given)
            changes["seed"] = int(given) if isinstance(given, int | np.integer) else int(state.randint(2**31))
        if reader.table:
            changes = _OF_A_TABLE | changes
        if self.recipe is None:
            dataset = brought_to(dataset, Wanted.of("auto"), watch)
            recipe = choose_recipe(dataset, watch, **changes)
        elif isinstance(self.recipe, Recipe):
            recipe = self.recipe.changed(**changes)
        else:
            recipe = named(self.recipe, **changes)
        return recipe.changed(validate_on="validation"), dataset


def _of_what_is_not_kept(watch: Watch) -> Watch:
    """Return a watch that does not tell how to resume a training: without `out` its folder is gone by then."""

    def on_note(text: str) -> None:
        lost = f"{INTERRUPTED}; nothing is kept. With out=FOLDER a training leaves a run that can be resumed."
        watch.on_note(lost if text.startswith(INTERRUPTED) else text)

    return replace(watch, on_note=on_note)


def _dataset(reader: Reader, arrays: NDArray[Any], labels: NDArray[Any]) -> tuple[Dataset, NDArray[Any]]:
    """Return a data set of which all is for training, and the classes."""
    classes, numbers = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise DataError(
            f"y has 1 class, {classes.tolist()[0]!r}; expected at least 2: one alone leaves nothing to tell apart."
        )
    split = Split(reader.images(arrays), numbers, name="X")
    dataset = make_dataset(
        "arrays",
        "arrays",
        split,
        _no_test,
        class_names=[_in_words(one) for one in classes.tolist()],
        about={"kind": "arrays"},
        white=reader.scale.white,
    )
    return (replace(dataset, kind="picture") if reader.table else dataset), classes


def _no_test() -> Split:
    raise DataError("This classifier has no test split: all of its data are for training. Give the test images.")


def _in_words(label: Any) -> str:
    """Return a label as the name of a class: 1 for 1.0."""
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)


def _dimensions(given: Any) -> int:
    """Return the number of an array's dimensions.

    Raises:
        ValueError: images of several shapes.
    """
    try:
        return int(given.ndim if hasattr(given, "ndim") else np.asarray(given).ndim)
    except ValueError as error:
        raise ValueError(
            f"X holds images of several shapes ({error}). Expected one; convlet.Dataset.from_arrays takes several."
        ) from error
