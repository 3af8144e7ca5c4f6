"""MLflow: an experiment per data set, a run per training, on a server or in a file."""

import contextlib
import dataclasses
import getpass
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from filelock import FileLock

from convlet.errors import OutputError
from convlet.run import Epoch, Run
from convlet.system.extras import optional
from convlet.system.machine import versions
from convlet.training.tracking.reason import reason

_RUN_ID = "mlflow_run"  # in run.json
_STATUS = {"done": "FINISHED", "failed": "FAILED", "interrupted": "KILLED"}
_METRICS = ("loss", "accuracy", "val_loss", "val_accuracy", "seconds")
_ARTIFACTS = ("recipe.toml", "summary.txt", "history.csv", "metrics.json", "accuracy.png", "loss.png", "model.onnx")
_AT_ONCE = 150  # epochs in one request, which may hold 1,000 metrics
_SETTINGS = {
    # A server that is down may hold up a training for seconds; MLflow's own two minutes and seven retries are for those who have nothing else to do.
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}


class MLflow:
    """Writes to the tracking server or store that MLFLOW_TRACKING_URI names, by default `mlflow.db` in the current folder.

    The experiment is MLFLOW_EXPERIMENT_NAME, by default the name of the data set. A run folder remembers its run's id, so that a training that
    goes on goes on there.

    Raises:
        MissingExtraError: MLflow is not installed, or what its store needs.
        OutputError: the server or store cannot be reached.
    """

    def __init__(self) -> None:
        for name, value in _SETTINGS.items():
            os.environ.setdefault(name, value)
        self.mlflow = optional("mlflow", "mlflow")
        self.uri = str(self.mlflow.get_tracking_uri())
        if not self.uri.startswith(("http", "file", "databricks")):
            optional("sqlalchemy", "mlflow")
            optional("alembic", "mlflow")
        try:
            with _alone(self.uri):
                self.client = self.mlflow.MlflowClient()
                self.client.search_experiments(max_results=1)
        except Exception as error:  # a store's own errors come through as they are
            raise OutputError(
                f"MLflow cannot be used at {_public(self.uri)} ({reason(error)}). "
                "Start its server, correct MLFLOW_TRACKING_URI, or train without this tracker."
            ) from error
        self.run_id = ""

    def started(self, run: Run) -> str:
        """See `Tracker`."""
        entities = self.mlflow.entities
        data, found = run.manifest["dataset"], self._of(run)
        if found is None:
            experiment = self._experiment(os.environ.get("MLFLOW_EXPERIMENT_NAME") or data["name"])
            found = self.client.create_run(experiment, run_name=run.path.name, tags=_tags(run))
            run.update(**{_RUN_ID: found.info.run_id})
        else:
            self.client.update_run(found.info.run_id, status="RUNNING")
        self.run_id = found.info.run_id
        recipe = dataclasses.asdict(run.recipe)
        values = {key: str(list(value) if isinstance(value, tuple) else value) for key, value in recipe.items()}
        missing = [
            entities.Param(key, value) for key, value in values.items() if key not in found.data.params
        ]  # MLflow's do not change
        self.client.log_batch(self.run_id, params=missing)
        dataset = entities.Dataset(data["name"], data["train_sha256"][:32], "local", str(data["source"]))
        self.client.log_inputs(
            self.run_id, [entities.DatasetInput(dataset, [entities.InputTag("mlflow.data.context", "training")])]
        )
        kept = {metric.step for metric in self.client.get_metric_history(self.run_id, _METRICS[-1])}
        self._log([epoch for epoch in run.history if epoch.epoch not in kept])
        if self.uri.startswith("http"):
            return (
                f"MLflow: {_public(self.uri).rstrip('/')}/#/experiments/{found.info.experiment_id}/runs/{self.run_id}"
            )
        return f"MLflow: run {run.path.name} in {_public(self.uri)}. Look at it with: mlflow ui --backend-store-uri {_public(self.uri)}"

    def epoch(self, epoch: Epoch) -> None:
        """See `Tracker`."""
        self._log([epoch])

    def finished(self, run: Run, status: str) -> None:
        """See `Tracker`."""
        if status == "done":
            metrics = run.metrics
            saved = {f"saved_{name}": metrics[name] for name in ("val_accuracy", "val_loss")}
            facts = {name: metrics[name] for name in ("params", "train_seconds", "compile_seconds")}
            now = int(time.time() * 1000)
            final = [
                self.mlflow.entities.Metric(name, value, now, metrics["epochs"])
                for name, value in (saved | facts).items()
            ]
            self.client.log_batch(self.run_id, metrics=final)
        self.client.set_terminated(self.run_id, _STATUS.get(status, "FAILED"))
        for name in _ARTIFACTS:
            if (run.path / name).is_file():
                self.client.log_artifact(self.run_id, str(run.path / name))

    def _of(self, run: Run) -> Any:
        """The run's run in MLflow, if it has one there."""
        run_id = run.manifest.get(_RUN_ID)
        if run_id is None:
            return None
        try:
            found = self.client.get_run(run_id)
        except self.mlflow.MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":  # it was kept in another store
                return None
            raise
        return found if found.info.lifecycle_stage == "active" else None

    def _experiment(self, name: str) -> str:
        found = self.client.get_experiment_by_name(name)
        if found is None:
            try:
                return str(self.client.create_experiment(name))
            except self.mlflow.MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
                found = self.client.get_experiment_by_name(name)  # another training made it a moment ago
        if found.lifecycle_stage != "active":
            raise OutputError(
                f"the experiment {name} was deleted; restore it: mlflow experiments restore -x {found.experiment_id}"
            )
        return str(found.experiment_id)

    def _log(self, epochs: Sequence[Epoch]) -> None:
        now = int(time.time() * 1000)
        for start in range(0, len(epochs), _AT_ONCE):
            part = epochs[start : start + _AT_ONCE]
            metrics = [
                self.mlflow.entities.Metric(name, getattr(epoch, name), now, epoch.epoch)
                for epoch in part
                for name in _METRICS
            ]
            self.client.log_batch(self.run_id, metrics=metrics)


def _tags(run: Run) -> dict[str, str]:
    manifest = run.manifest
    user = {}
    with contextlib.suppress(OSError, KeyError):  # in a container a user may have no name
        user["mlflow.user"] = getpass.getuser()
    return user | {
        "mlflow.source.name": "convlet",
        "mlflow.source.type": "LOCAL",
        "convlet.run": str(run.path.resolve()),
        "convlet.version": versions()["convlet"],
        "convlet.recipe": manifest["recipe"],
        "convlet.dataset_sha256": manifest["dataset"]["train_sha256"],
    }


def _alone(uri: str) -> contextlib.AbstractContextManager[Any]:
    """Keeps others away where an SQLite file may be about to be made: two processes that make its tables at once both fail."""
    path = uri.removeprefix("sqlite:///")
    return (
        FileLock(Path(path).with_name(f".{Path(path).name}.lock")) if path != uri and path else contextlib.nullcontext()
    )


def _public(uri: str) -> str:
    """A tracking URI without a password."""
    parts = urlsplit(uri)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if parts.netloc else uri
