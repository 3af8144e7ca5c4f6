"""Log to MLflow: an experiment per data set and a run per training, on a server or in a file."""

import contextlib
import dataclasses
import getpass
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock

from convlet.errors import OutputError
from convlet.run import Epoch, Run
from convlet.system.extras import optional
from convlet.system.machine import versions
from convlet.training.tracking.reason import public, reason

_RUN_ID = "mlflow_run"  # in run.json
_STATUS = {"done": "FINISHED", "interrupted": "KILLED"}
_METRICS = ("loss", "accuracy", "val_loss", "val_accuracy", "seconds")
_ARTIFACTS = ("recipe.toml", "summary.txt", "history.csv", "metrics.json", "accuracy.png", "loss.png", "model.onnx")
_SETTINGS = {
    # Training waits for a server that is down, so for seconds, not MLflow's seven tries of two minutes.
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}


class MLflow:
    """A tracker that writes to MLFLOW_TRACKING_URI, a server or a store; by default `mlflow.db` in the current folder.

    The experiment is MLFLOW_EXPERIMENT_NAME, by default the name of the data set. A run folder stores the id of its
    MLflow run, so a resumed training continues there.

    Raises:
        MissingExtraError: MLflow, or a library that its store needs, is not installed.
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
            with _locked(self.uri):
                self.client = self.mlflow.MlflowClient()
                self.client.search_experiments(max_results=1)
        except Exception as error:
            raise OutputError(
                f"MLflow cannot be used at {public(self.uri)} ({reason(error)}). "
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
        missing = [
            entities.Param(key, str(list(value) if isinstance(value, tuple) else value))
            for key, value in dataclasses.asdict(run.recipe).items()
            if key not in found.data.params
        ]
        self.client.log_batch(self.run_id, params=missing)  # MLflow refuses to change a logged one
        dataset = entities.Dataset(data["name"], data["train_sha256"][:32], "local", str(data["source"]))
        tag = entities.InputTag("mlflow.data.context", "training")
        self.client.log_inputs(self.run_id, [entities.DatasetInput(dataset, [tag])])
        kept = {metric.step for metric in self.client.get_metric_history(self.run_id, _METRICS[-1])}
        self._log_epochs([epoch for epoch in run.history if epoch.epoch not in kept])
        uri = public(self.uri)
        if uri.startswith("http"):
            return f"MLflow: {uri.rstrip('/')}/#/experiments/{found.info.experiment_id}/runs/{self.run_id}"
        return f"MLflow: run {run.path.name} in {uri}. Look at it with: mlflow ui --backend-store-uri {uri}"

    def epoch(self, epoch: Epoch) -> None:
        """See `Tracker`."""
        self._log_epochs([epoch])

    def finished(self, run: Run, status: str) -> None:
        """See `Tracker`."""
        if status == "done":
            metrics = run.metrics
            final = {f"saved_{name}": metrics[name] for name in ("val_accuracy", "val_loss")}
            final |= {name: metrics[name] for name in ("params", "train_seconds", "compile_seconds")}
            self._log([(name, value, metrics["epochs"]) for name, value in final.items()])
        self.client.set_terminated(self.run_id, _STATUS.get(status, "FAILED"))
        for name in _ARTIFACTS:
            if (run.path / name).is_file():
                self.client.log_artifact(self.run_id, str(run.path / name))

    def _of(self, run: Run) -> Any:
        """Find the MLflow run of a training, if there is one."""
        run_id = run.manifest.get(_RUN_ID)
        if run_id is None:
            return None
        try:
            found = self.client.get_run(run_id)
        except self.mlflow.MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":  # it is in another store
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
                found = self.client.get_experiment_by_name(name)  # another training has just created it
        if found.lifecycle_stage != "active":
            raise OutputError(
                f"the experiment {name} was deleted; restore it: mlflow experiments restore -x {found.experiment_id}"
            )
        return str(found.experiment_id)

    def _log_epochs(self, epochs: Sequence[Epoch]) -> None:
        values = [(name, getattr(epoch, name), epoch.epoch) for epoch in epochs for name in _METRICS]
        self._log([each for each in values if each[1] is not None])  # not every short epoch is validated

    def _log(self, values: Sequence[tuple[str, float, int]]) -> None:
        """Log names, values and epochs."""
        now = int(time.time() * 1000)
        metrics = [self.mlflow.entities.Metric(name, value, now, epoch) for name, value, epoch in values]
        self.client.log_batch(self.run_id, metrics=metrics)


def _tags(run: Run) -> dict[str, str]:
    manifest = run.manifest
    user = {}
    with contextlib.suppress(OSError, KeyError):  # in a container a user may be nameless
        user["mlflow.user"] = getpass.getuser()
    return user | {
        "mlflow.source.name": "convlet",
        "mlflow.source.type": "LOCAL",
        "convlet.run": str(run.path.resolve()),
        "convlet.version": versions()["convlet"],
        "convlet.recipe": manifest["recipe"],
        "convlet.dataset_sha256": manifest["dataset"]["train_sha256"],
    }


def _locked(uri: str) -> contextlib.AbstractContextManager[Any]:
    """Lock an SQLite file: if two processes create its tables simultaneously, both fail."""
    _, sqlite, path = uri.rpartition("sqlite:///")
    return FileLock(Path(path).with_name(f".{Path(path).name}.lock")) if sqlite and path else contextlib.nullcontext()
