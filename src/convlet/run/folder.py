"""The Run: a run folder, its manifest, its lock, and what is done with the model in it."""

import contextlib
import csv
import datetime as dt
import platform
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from convlet.data import Dataset
from convlet.errors import ConvletError, LostProcessError, ModelError
from convlet.evaluation import Evaluation
from convlet.prediction.predictor import Predictor
from convlet.recipes import Recipe
from convlet.run.judge import Judgement, judge
from convlet.run.places import MANIFEST, new_folder, read_json, resolve, write_json
from convlet.run.recorded import load_recorded, recorded
from convlet.system.files import replacing, sha256, user_path, write_text
from convlet.system.machine import cores, processor, versions
from convlet.system.watch import Watch

CHECKPOINT = "checkpoint.safetensors"


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """One epoch in Keras's own terms; `seconds` is training alone, `val_seconds` what validating took after it."""

    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float
    val_seconds: float

    def __str__(self) -> str:
        return (  # 80 columns, so that no terminal wraps it
            f"epoch {self.epoch:>2}: loss {self.loss:.4f} accuracy {self.accuracy:.2%} "
            f"val_loss {self.val_loss:.4f} val_accuracy {self.val_accuracy:.2%} {self.seconds + self.val_seconds:.1f} s"
        )


class Run:
    """A run folder. Made by `convlet.train`, opened by `Run(path)`, `Run("latest")`.

    Args:
        path: the folder, or "latest": the newest finished run in `runs/` ("DIR/latest": in DIR).

    Raises:
        ModelError: it is no run folder.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = resolve(path)
        if not (self.path / MANIFEST).is_file():
            raise ModelError(
                f"{self.path} is not a run folder: it has no {MANIFEST}. Expected a folder that `convlet train` wrote."
            )

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @classmethod
    def create(cls, parent: str | Path, dataset: Dataset, recipe: Recipe) -> "Run":
        """Make the next free folder `PARENT/DATASET-RECIPE-N`, two processes at once included.

        Raises:
            OutputError: `parent` cannot be written to, or is a folder of something else.
        """
        parent = user_path(parent)
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
            "hardware": {"processor": processor(), "cores": cores(), "system": platform.platform()},
        }
        with new_folder(parent, f"{dataset.name}-{recipe.name}", MANIFEST) as (made, put):
            write_json(made / MANIFEST, manifest)
            write_text(made / "recipe.toml", recipe.to_toml())
            return cls(put())

    @property
    def manifest(self) -> dict[str, Any]:
        """What `run.json` says."""
        return read_json(self.path / MANIFEST)

    @property
    def status(self) -> str:
        """One of "running", "done", "interrupted" and "failed". A run whose process was killed is "interrupted"."""
        status = str(self.manifest["status"])
        if status == "running":
            with contextlib.suppress(Timeout), self._lock().acquire(timeout=0):
                return "interrupted"  # nobody holds the lock any more
        return status

    @property
    def recipe(self) -> Recipe:
        """The recipe it was trained by."""
        return Recipe.from_toml(self.path / "recipe.toml")

    @property
    def metrics(self) -> dict[str, Any]:
        """What the training came to, most of it in Keras's names.

        `accuracy` and `loss` are the last epoch's on the training batches, the loss as it was minimized, with label smoothing; `val_accuracy` and
        `val_loss` are the saved model's on `validated_on`, the loss without it. Then `params`, `epochs`, `train_seconds`, `seconds_per_epoch`,
        `compile_seconds`, `processes` that shared the work, and `onnx`: how the exported model agreed.
        """
        return read_json(self._require("metrics.json"))

    @property
    def history(self) -> list[Epoch]:
        """Every epoch so far."""
        path = self.path / "history.csv"
        if not path.is_file():
            return []
        with path.open(newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file)
            return [
                Epoch(epoch=int(row.pop("epoch")), **{key: float(value) for key, value in row.items()}) for row in rows
            ]

    @property
    def way_on(self) -> str:
        """The command that goes on with it once it was interrupted."""
        processes = self.manifest.get("processes", 1)
        return f"convlet train --resume {shlex.quote(str(self.path))}" + (
            f" --processes {processes}" if processes > 1 else ""
        )

    def predictor(self) -> Predictor:
        """The trained model, ready to answer, without Keras."""
        return Predictor(self._require("model.onnx"))

    def dataset(self, data_dir: str | Path | None = None, **options: Any) -> Dataset:
        """Load the data set it was trained on, again; `options` as for `convlet.load`."""
        return load_recorded(self.manifest["dataset"], data_dir, **options)

    def evaluate(
        self,
        dataset: Dataset | None = None,
        split: str = "test",
        *,
        corruptions: bool = False,
        out: Path | None = None,
        watch: Watch | None = None,
    ) -> Evaluation:
        """Judge the model on a split, and keep the figures, the pictures and the report.

        Args:
            dataset: the default is the one it was trained on.
            split: "test", "train" or "validation" (the part of train the run was validated on).
            corruptions: measure the accuracy under the corruptions of MNIST-C as well.
            out: the folder to keep them in; the default is the run folder.
            watch: callbacks.

        Raises:
            ModelError, DataError: see `Predictor.evaluate`.
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
        """What `evaluate` keeps, before it is kept, and the name it is kept by."""
        own = self.manifest["dataset"]
        dataset = dataset or self.dataset()
        same_source = dataset.source == own["source"]
        if same_source and own["validation"] is not None:
            dataset = dataset.with_validation(self.recipe.validation_fraction)
        if same_source and dataset.train.sha256 != own["train_sha256"] and watch:
            watch.on_note(
                f"{dataset.name} has changed since this run was trained: some of these images may have been trained on."
            )
        details = {
            "trained": str(self.manifest["created"])[:16].replace("T", " ") + " UTC",
            "SHA-256 of the training data": own["train_sha256"],
        }
        judgement = judge(
            self.predictor(),
            dataset,
            split,
            model=self.path.name,
            corruptions=corruptions,
            details=details,
            watch=watch,
        )
        return judgement, split if same_source else f"{dataset.name}-{split}"

    @contextlib.contextmanager
    def recording(self) -> Iterator[None]:
        """Hold the run's lock while it is trained, and note how it ended.

        Raises:
            ModelError: another process is training it, or it is done.
        """
        lock = self._lock()
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise ModelError(
                f"{self.path} is being trained by another process. Wait for it, or end it first."
            ) from error
        try:
            if self.manifest["status"] == "done":
                raise ModelError(f"{self.path} is done: there is nothing to take up.")
            self.update(status="running", error=None)
            try:
                yield
            except (KeyboardInterrupt, LostProcessError):
                self._end("interrupted")
                raise
            except BaseException as error:
                with contextlib.suppress(ConvletError, OSError):  # a full disk must not hide the error that came first
                    self._end("failed", error=f"{type(error).__name__}: {error}")
                raise
            self._end("done")
            (self.path / CHECKPOINT).unlink(missing_ok=True)  # only now: until here the run could still be taken up
        finally:
            lock.release()

    def update(self, **facts: Any) -> None:
        """Change facts of the manifest; None takes one away."""
        changed = {**self.manifest, **facts}
        write_json(self.path / MANIFEST, {key: value for key, value in changed.items() if value is not None})

    def write_history(self, epochs: list[Epoch]) -> None:
        """Write `history.csv` anew, whole."""
        names = [field.name for field in fields(Epoch)]
        with (
            replacing(self.path / "history.csv") as temporary,
            temporary.open("w", newline="", encoding="utf-8") as file,
        ):
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(asdict(epoch) for epoch in epochs)

    def write_metrics(self, metrics: Mapping[str, Any]) -> None:
        """Write `metrics.json`."""
        write_json(self.path / "metrics.json", metrics)

    def _end(self, status: str, **facts: Any) -> None:
        files = sorted(
            path
            for path in self.path.iterdir()
            if not path.name.startswith(".") and path.name not in (MANIFEST, CHECKPOINT)
        )
        self.update(
            status=status, ended=_now(), files={path.name: sha256(path) for path in files if path.is_file()}, **facts
        )

    def _lock(self) -> FileLock:
        return FileLock(self.path / ".lock")

    def _require(self, name: str) -> Path:
        if not (self.path / name).is_file():
            raise ModelError(f"{self.path} has no {name}: its training is {self.status}. Expected a finished run.")
        return self.path / name


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")
