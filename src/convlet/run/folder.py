"""Define Run: a run folder with its manifest, lock and model."""

import contextlib
import datetime as dt
import os
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from convlet.data import Dataset
from convlet.errors import ConvletError, LostProcessError, ModelError
from convlet.evaluation import Evaluation
from convlet.prediction.predictor import Predictor
from convlet.recipes import Recipe, teaching
from convlet.run.history import Epoch, read_history, write_history
from convlet.run.judge import Judgement, judge
from convlet.run.kept import KEPT, Kept
from convlet.run.recorded import Recorded, as_recorded, recorded
from convlet.run.taught import joined
from convlet.run.trained import trained
from convlet.signature import Signature
from convlet.system.box import is_boxed
from convlet.system.files import sha256, sweep, user_path, write_text
from convlet.system.machine import hardware, versions
from convlet.system.places import MANIFEST, new_folder, read_json, require_recorded, resolve, write_json, write_manifest
from convlet.system.watch import Watch

CHECKPOINT = "checkpoint.safetensors"
CHECKPOINTS = CHECKPOINT, "checkpoint-before.safetensors"  # the last two states, newest first
RECIPE, HISTORY, BEFORE = "recipe.toml", "history.csv", "kept-before.npz"


class Run(Recorded):
    """A run folder, written by a training. It can be used wherever a model's path can.

    Args:
        path: the folder, or "latest" or "DIR/latest" for the newest finished run in `runs/` or DIR, or "digits" for the
            model that comes with convlet, whose folder nothing is written into.

    Raises:
        ModelError: it is not a run folder, or a file in it is missing or damaged.

    Example:
        >>> convlet.Run("latest").metrics["val_accuracy"]
        0.9913
    """

    facts = Recorded.facts | {"status"}

    def __init__(self, path: "str | os.PathLike[str]") -> None:
        super().__init__(resolve(path), MANIFEST, "a run folder", "train")

    def __fspath__(self) -> str:
        return str(self.path)

    @classmethod
    def create(
        cls,
        parent: str | Path,
        dataset: Dataset,
        recipe: Recipe,
        *,
        given: Dataset | None = None,
        start: Mapping[str, Any] | None = None,
        before: Kept | None = None,
    ) -> "Run":
        """Make the next free folder `PARENT/DATASET-RECIPE-N`; errors: see `new_folder`.

        Args:
            parent: the folder of runs.
            dataset: what is trained on.
            recipe: a resolved one.
            given: what the user gave, if images kept by another run were put before it.
            start: that run; see `Start.facts`.
            before: the images it kept.
        """
        manifest = {
            "format": 1,
            "status": "running",
            "created": _now(),
            "dataset": {
                **recorded(given or dataset),
                "train_sha256": dataset.train.sha256,
                "image_shape": dataset.image_shape,
                "class_names": dataset.class_names,
                "train": len(dataset.train),
                "validation": len(dataset.validation) if dataset.validation else None,
            },
            "recipe": recipe.name,
            **({"start": dict(start)} if start else {}),
            "versions": versions(),
            "hardware": hardware(),
        }
        with new_folder(user_path(parent), f"{dataset.name}-{recipe.name}", MANIFEST) as (made, put):
            write_text(made / RECIPE, recipe.to_toml())
            if before:
                before.write(made / BEFORE)
            write_manifest(made / MANIFEST, manifest | {"recipe_sha256": sha256(made / RECIPE)})
            return cls(put())

    @property
    def place(self) -> Path | None:
        """The folder for what is made of the run: its own; None for a model in the box, whose folder stays as it is."""
        return None if is_boxed(self.path) else self.path

    @property
    def called(self) -> str:
        """How verbs and people call it: its path, or the name of a model in the box."""
        return str(self.path) if self.place else self.path.name

    @property
    def status(self) -> str:
        """One of "running", "done", "failed" and "interrupted"; a killed run counts as interrupted."""
        status = str(self.manifest["status"])
        if status == "running":
            with contextlib.suppress(Timeout), self._lock().acquire(timeout=0):
                return "interrupted"  # no process holds the lock
        return status

    @property
    def recipe(self) -> Recipe:
        """The recipe that the run was trained with.

        Raises:
            ModelError: its file is not the one that the run was made with.
        """
        path, recorded = self.path / RECIPE, self.manifest.get("recipe_sha256")
        if recorded and (not path.is_file() or sha256(path) != recorded):
            raise ModelError(
                f"{path} was changed or damaged since the run was made: its SHA-256 is not the one in {MANIFEST}. Undo "
                f"the change. To train with another recipe, make a new run: convlet train --config {path}"
            )
        return Recipe.from_toml(path)

    @property
    def metrics(self) -> dict[str, Any]:
        """The training's results.

        `accuracy` and `loss` (with label smoothing) of the kept epoch's training batches; `val_accuracy`,
        `val_loss` (without it) and `val_balanced_accuracy` (None if classes are about the same size) of the saved model
        on `validated_on`; `params`, `epochs`, `kept_epochs` (for each net
        the number of the epoch whose weights the model has, counted through all nets), `train_seconds`,
        `seconds_per_epoch`, `compile_seconds`, `processes`; `onnx`: how the exported model agreed; `verdict`: the
        `kind` and `text` of what went wrong, or None (see `convlet.run.verdict`).
        """
        return read_json(self.whole("metrics.json"))

    @property
    def history(self) -> list[Epoch]:
        """The epochs so far."""
        return read_history(self.whole(HISTORY) if (self.path / HISTORY).is_file() else self.path / HISTORY)

    @property
    def resume_command(self) -> str:
        """The shell command that resumes the training."""
        processes = self.manifest.get("processes", 1)
        several = f" --processes {processes}" if processes > 1 else ""
        return f"convlet train --resume {shlex.quote(str(self.path))}{several}"

    @property
    def kept(self) -> str:
        """What an interrupted training has kept, and how to resume it, worded to end a sentence."""
        epochs, history = len(self.history), self.path / HISTORY
        states = [path for path in (self.path / name for name in CHECKPOINTS) if path.is_file()]
        if not states and not epochs:
            return f"nothing was saved yet. Begin anew with: {self.resume_command}"
        part = bool(states) and (not history.is_file() or states[0].stat().st_mtime_ns > history.stat().st_mtime_ns)
        kept = f"{epochs} {'epoch is' if epochs == 1 else 'epochs are'} kept"
        return f"{kept}{', and a part of the next' if part else ''}. Resume with: {self.resume_command}"

    def dataset(self, data_dir: str | Path | None = None, **options: Any) -> Dataset:
        """Load the data set it was made with; `options` and errors: see `convlet.load`.

        That of a run that goes on from another begins with the images that the other kept.
        """
        return self.joined(super().dataset(data_dir, **options))

    def joined(self, dataset: Dataset) -> Dataset:
        """Put the images before a data set that an earlier run kept, if this one goes on from it.

        A data set that has them already stays unchanged.
        """
        start = self.manifest.get("start")
        if not start:
            return dataset
        signature = Signature.from_metadata(start["signature"], str(self.path / MANIFEST))
        return joined(dataset, self.kept_before(), signature, self.recipe.validation_fraction)

    def as_taught(self, dataset: Dataset) -> Dataset:
        """Return what `joined` makes of the images that were taught, so that none is judged as new; others as is."""
        if "start" not in self.manifest:
            return dataset
        joined = self.joined(dataset)
        return joined if joined.train.sha256 == self.manifest["dataset"]["train_sha256"] else dataset

    def kept_images(self) -> Kept | None:
        """Return the images that the training kept, or None."""
        return self._kept(KEPT)

    def kept_before(self) -> Kept | None:
        """Return the images that another run kept, if this one goes on from it."""
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
            >>> convlet.train(images, run.teaching(images.class_names, epochs=12), start=run)
        """
        own = self.manifest["dataset"]
        new = not set(class_names) <= set(own["class_names"])
        return teaching(self.recipe, own["image_shape"], new=new).changed(**changes)

    def predictor(self) -> Predictor:
        """Return the trained model; this does not need Keras."""
        return Predictor(self._require("model.onnx"))

    def evaluate(
        self,
        dataset: Dataset | None = None,
        split: str = "test",
        *,
        corruptions: bool = False,
        out: Path | None = None,
        watch: Watch | None = None,
    ) -> Evaluation:
        """Evaluate the model on a split, and save figures, pictures and report; arguments and errors: see `evaluate`.

        "validation" is the part of train on which the run was validated.
        """
        judgement, name = self.judge(dataset, split, corruptions=corruptions, watch=watch)
        if folder := out or self.place:
            judgement.save(folder, name)
        return judgement.evaluation

    def judge(
        self,
        dataset: Dataset | None = None,
        split: str = "test",
        *,
        corruptions: bool = False,
        watch: Watch | None = None,
    ) -> tuple[Judgement, str]:
        """Return what `evaluate` saves, and its name; arguments and errors: see there."""
        own = self.manifest["dataset"]
        dataset = dataset or self.dataset()
        same_source = dataset.source == own["source"]
        if same_source:
            dataset = self.as_taught(as_recorded(dataset, own))
        if same_source and own["validation"] is not None:
            dataset = dataset.with_validation(self.recipe.validation_fraction)
        if same_source and dataset.train.sha256 != own["train_sha256"] and watch:
            watch.on_note(
                f"{dataset.name} has changed since the training: some of these images may be in the training data."
            )
        metrics = self.metrics
        details = {
            "parameters": f"{metrics['params']:,}",
            "trained": str(self.manifest["created"])[:16].replace("T", " ") + " UTC",
            "SHA-256 of the training data": own["train_sha256"],
        }
        if "kept_epochs" in metrics:
            details["epoch kept"] = f"{', '.join(map(str, metrics['kept_epochs']))} of {metrics['epochs']}"
        judgement = judge(
            self.predictor(),
            dataset,
            split,
            model=self.path.name,
            corruptions=corruptions,
            details=details,
            verdict=(metrics.get("verdict") or {}).get("text", ""),
            training=trained(self.history, self.recipe),
            watch=watch,
        )
        return judgement, split if same_source else f"{dataset.name}-{split}"

    @contextlib.contextmanager
    def recording(self) -> Iterator[None]:
        """Hold the run's lock during training, and record how it ended.

        Raises:
            ModelError: another process is training it, or it is done.
        """
        done = ModelError(f"{self.path} is done: there is nothing to resume.")
        if self.manifest["status"] == "done":  # perhaps in a folder that nobody may write into
            raise done
        lock = self._lock()
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise ModelError(f"{self.path} is being trained by another process. Wait for it, or stop it.") from error
        try:
            if self.manifest["status"] == "done":
                raise done  # by another process, since then
            self.update(status="running", error=None, files=None)  # they will change
            for folder in (self.path, self.path.parent):
                sweep(folder)
            try:
                yield
            except (KeyboardInterrupt, LostProcessError):
                self._end("interrupted")
                raise
            except BaseException as error:
                with contextlib.suppress(ConvletError, OSError):  # a full disk must not hide the first error
                    self._end("failed", error=f"{type(error).__name__}: {error}")
                raise
            self._end("done")
            for name in CHECKPOINTS:
                (self.path / name).unlink(missing_ok=True)  # until this point it could be resumed
        finally:
            lock.release()

    def update(self, **facts: Any) -> None:
        """Change facts of the manifest; None removes one."""
        changed = {**self.manifest, **facts}
        write_manifest(self.path / MANIFEST, {key: value for key, value in changed.items() if value is not None})

    def record(self, name: str) -> None:
        """Note the SHA-256 of a file of a finished run that was written anew."""
        files = self.manifest.get("files")
        if isinstance(files, dict) and name in files:
            self.update(files=files | {name: sha256(self.path / name)})

    def write_history(self, epochs: list[Epoch], kept: Collection[int] = ()) -> None:
        """Replace `history.csv`; `kept` are the numbers of the epochs whose weights the model has."""
        write_history(self.path / HISTORY, epochs, kept)

    def write_metrics(self, metrics: Mapping[str, Any]) -> None:
        """Write `metrics.json`."""
        write_json(self.path / "metrics.json", metrics)

    def _end(self, status: str, **facts: Any) -> None:
        files = {
            path.name: sha256(path)
            for path in sorted(self.path.iterdir())
            if path.is_file() and not path.name.startswith(".") and path.name not in (MANIFEST, *CHECKPOINTS)
        }
        self.update(status=status, ended=_now(), files=files, **facts)

    def _lock(self) -> FileLock:
        return FileLock(self.path / ".lock")

    def _require(self, name: str) -> Path:
        if not (self.path / name).is_file():
            raise ModelError(f"{self.path} has no {name}: its training is {self.status}. Expected a finished run.")
        return self.path / name

    def whole(self, name: str) -> Path:
        """Return the path of a file, which is checked against its recorded SHA-256."""
        path = self._require(name)
        require_recorded(path.read_bytes(), path)
        return path


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")
