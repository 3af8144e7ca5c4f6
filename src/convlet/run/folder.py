"""Define Run: a run folder with its manifest, lock and model."""

import contextlib
import datetime as dt
import os
import shlex
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from convlet.data import Dataset
from convlet.errors import ConvletError, LostProcessError, ModelError
from convlet.evaluation import Evaluation
from convlet.prediction.predictor import Predictor
from convlet.recipes import Recipe
from convlet.run.history import Epoch, read_history, write_history
from convlet.run.judge import Judgement, judge
from convlet.run.recorded import Recorded, as_recorded, recorded
from convlet.run.trained import trained
from convlet.system.files import sha256, sweep, user_path, write_text
from convlet.system.machine import hardware, versions
from convlet.system.places import MANIFEST, new_folder, read_json, require_recorded, resolve, write_json, write_manifest
from convlet.system.watch import Watch

CHECKPOINT = "checkpoint.safetensors"
CHECKPOINTS = CHECKPOINT, "checkpoint-before.safetensors"  # the last two states, newest first
RECIPE, HISTORY = "recipe.toml", "history.csv"


class Run(Recorded):
    """A run folder, written by a training. It can be used wherever a model's path can.

    Args:
        path: the folder, or "latest" or "DIR/latest" for the newest finished run in `runs/` or DIR.

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
    def create(cls, parent: str | Path, dataset: Dataset, recipe: Recipe) -> "Run":
        """Make the next free folder `PARENT/DATASET-RECIPE-N`; errors: see `new_folder`."""
        manifest = {
            "format": 1,
            "status": "running",
            "created": _now(),
            "dataset": {
                **recorded(dataset),
                "image_shape": dataset.image_shape,
                "class_names": dataset.class_names,
                "train": len(dataset.train),
                "validation": len(dataset.validation) if dataset.validation else None,
            },
            "recipe": recipe.name,
            "versions": versions(),
            "hardware": hardware(),
        }
        with new_folder(user_path(parent), f"{dataset.name}-{recipe.name}", MANIFEST) as (made, put):
            write_text(made / RECIPE, recipe.to_toml())
            write_manifest(made / MANIFEST, manifest | {"recipe_sha256": sha256(made / RECIPE)})
            return cls(put())

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
        return read_json(self._whole("metrics.json"))

    @property
    def history(self) -> list[Epoch]:
        """The epochs so far."""
        return read_history(self._whole(HISTORY) if (self.path / HISTORY).is_file() else self.path / HISTORY)

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
        judgement.save(out or self.path, name)
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
            dataset = as_recorded(dataset, own)
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
        metrics = self.metrics
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
        lock = self._lock()
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise ModelError(f"{self.path} is being trained by another process. Wait for it, or stop it.") from error
        try:
            if self.manifest["status"] == "done":
                raise ModelError(f"{self.path} is done: there is nothing to resume.")
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

    def _whole(self, name: str) -> Path:
        """Return the path of a file, which is checked against its recorded SHA-256."""
        path = self._require(name)
        require_recorded(path.read_bytes(), path)
        return path


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")
