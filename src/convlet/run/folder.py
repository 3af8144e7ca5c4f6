"""Define Run: a run folder, with its origin, its lock, its figures and its model."""

import os
import shlex
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from convlet.data import Dataset
from convlet.errors import ModelError
from convlet.evaluation import Evaluation
from convlet.prediction.predictor import Predictor
from convlet.recipes import Recipe
from convlet.run.history import Epoch, read_history, write_history
from convlet.run.judge import Judgement, judge
from convlet.run.kept import Kept
from convlet.run.origin import BEFORE, RECIPE, Origin
from convlet.run.recorded import as_recorded, recorded
from convlet.run.recording import CHECKPOINTS, Recording, now
from convlet.run.trained import trained
from convlet.system.box import is_boxed
from convlet.system.files import sha256, user_path, write_text
from convlet.system.machine import hardware, versions
from convlet.system.places import MANIFEST, new_folder, read_json, require_recorded, resolve, write_json, write_manifest
from convlet.system.watch import Watch

HISTORY = "history.csv"


class Run(Origin, Recording):
    """A run folder, written by a training. It can be used wherever a model's path can.

    Args:
        path: the folder, or "latest" or "DIR/latest" for the newest finished run in `runs/` or DIR, or "digits" for the
            model that comes with convlet, whose folder nothing is written into.

    Raises:
        ModelError: it is not a run folder, or a file in it is missing or damaged.

    Example:
        >>> convlet.Run("latest").metrics["val_accuracy"] > 0.5
        True
    """

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

        Example:
            >>> convlet.Run.create("new", dataset, convlet.recipe("small-data")).path.name
            'digits-small-data-1'
        """
        manifest = {
            "format": 1,
            "status": "running",
            "created": now(),
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
        """The folder for what is made of the run: its own; None for a model in the box, whose folder stays as it is.

        Example:
            >>> convlet.Run("digits").place is None, run.place == run.path
            (True, True)
        """
        return None if is_boxed(self.path) else self.path

    @property
    def called(self) -> str:
        """How verbs and people call it: its path, or the name of a model in the box.

        Example:
            >>> convlet.Run("digits").called
            'digits'
        """
        return str(self.path) if self.place else self.path.name

    @property
    def metrics(self) -> dict[str, Any]:
        """The training's results.

        `accuracy` and `loss` (with label smoothing) of the kept epoch's training batches; `val_accuracy`,
        `val_loss` (without it) and `val_balanced_accuracy` (None if classes are about the same size) of the saved model
        on `validated_on`; `params`, `epochs`, `kept_epochs` (for each net
        the number of the epoch whose weights the model has, counted through all nets), `train_seconds`,
        `seconds_per_epoch`, `compile_seconds`, `processes`; `onnx`: how the exported model agreed; `verdict`: the
        `kind` and `text` of what went wrong, or None (see `convlet.run.verdict`).

        Example:
            >>> run.metrics["validated_on"]
            'validation'
        """
        return read_json(self.whole("metrics.json"))

    @property
    def history(self) -> list[Epoch]:
        """The epochs so far.

        Example:
            >>> [epoch.epoch for epoch in run.history]
            [1, 2, 3, 4]
        """
        return read_history(self.whole(HISTORY) if (self.path / HISTORY).is_file() else self.path / HISTORY)

    @property
    def resume_command(self) -> str:
        """The shell command that resumes the training.

        Example:
            >>> convlet.Run("latest").resume_command
            'convlet train --resume runs/digits-small-data-1'
        """
        processes = self.manifest.get("processes", 1)
        several = f" --processes {processes}" if processes > 1 else ""
        return f"convlet train --resume {shlex.quote(str(self.path))}{several}"

    @property
    def kept(self) -> str:
        """What an interrupted training has kept, and how to resume it, worded to end a sentence.

        Example:
            >>> convlet.Run("latest").kept
            '4 epochs are kept. Resume with: convlet train --resume runs/digits-small-data-1'
        """
        epochs, history = len(self.history), self.path / HISTORY
        states = [path for path in (self.path / name for name in CHECKPOINTS) if path.is_file()]
        if not states and not epochs:
            return f"nothing was saved yet. Begin anew with: {self.resume_command}"
        part = bool(states) and (not history.is_file() or states[0].stat().st_mtime_ns > history.stat().st_mtime_ns)
        kept = f"{epochs} {'epoch is' if epochs == 1 else 'epochs are'} kept"
        return f"{kept}{', and a part of the next' if part else ''}. Resume with: {self.resume_command}"

    def predictor(self) -> Predictor:
        """Return the trained model; this does not need Keras.

        Example:
            >>> run.predictor().signature.input_shape
            (8, 8, 1)
        """
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

        Example:
            >>> run.evaluate(dataset, "validation").n
            144
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
        """Return what `evaluate` saves, and its name; arguments and errors: see there.

        Example:
            >>> judgement, name = run.judge(dataset)
            >>> name, judgement.evaluation.n
            ('test', 360)
        """
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

    def write_history(self, epochs: list[Epoch], kept: Collection[int] = ()) -> None:
        """Replace `history.csv`; `kept` are the numbers of the epochs whose weights the model has.

        Example:
            >>> other.write_history(run.history, kept=[4])
            >>> len(other.history)
            4
        """
        write_history(self.path / HISTORY, epochs, kept)

    def write_metrics(self, metrics: Mapping[str, Any]) -> None:
        """Write `metrics.json`.

        Example:
            >>> other.write_metrics(run.metrics)
        """
        write_json(self.path / "metrics.json", metrics)

    def _require(self, name: str) -> Path:
        if not (self.path / name).is_file():
            status = self.status
            more = {"running": "Wait for it.", "done": "Train again."}.get(status, f"Go on: {self.resume_command}")
            raise ModelError(f"{self.path} has no {name}: its training is {status}. Expected a finished run. {more}")
        return self.path / name

    def whole(self, name: str) -> Path:
        """Return the path of a file, which is checked against its recorded SHA-256.

        Example:
            >>> run.whole("model.keras").name
            'model.keras'
        """
        path = self._require(name)
        require_recorded(path.read_bytes(), path)
        return path
