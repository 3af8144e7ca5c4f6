"""Trainings in TensorBoard and MLflow, read back from there; and trackers that fail."""

import contextlib

import pytest

import convlet
from convlet.run import Run
from convlet.training.tracking import trackers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning"),  # MLflow's, of SQLAlchemy
]
RECIPE = convlet.recipe("small-data", epochs=4, filters=[4, 8], dense_units=16)
FINAL = {"saved_val_accuracy": "val_accuracy", "saved_val_loss": "val_loss"}


class Kept:
    """A training with both trackers, killed after two epochs and resumed."""

    def __init__(self, digits, folder) -> None:
        import mlflow

        self.notes: list[str] = []
        self.mlflow = mlflow.MlflowClient()
        with pytest.raises(KeyboardInterrupt):
            convlet.train(digits, RECIPE, out=folder / "runs", watch=self.watch(self.stop))
        self.interrupted = self.of_mlflow().info.status
        self.run = Run(folder / "runs" / "digits-small-data-1")
        self.run.write_history(self.run.history[:1])  # the checkpoint has two epochs
        convlet.resume(self.run, watch=self.watch(lambda epoch: None))

    def watch(self, on_epoch) -> convlet.Watch:
        return convlet.track("tensorboard", "mlflow", watch=convlet.Watch(on_note=self.notes.append, on_epoch=on_epoch))

    def stop(self, epoch) -> None:
        """Before the trackers hear of the second epoch."""
        if epoch.epoch == 2:
            raise KeyboardInterrupt

    def of_mlflow(self):
        experiment = self.mlflow.get_experiment_by_name("digits")
        (found,) = self.mlflow.search_runs([experiment.experiment_id])
        return found


@pytest.fixture(scope="module")
def kept(digits, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tracked")
    with (
        contextlib.chdir(folder),
        pytest.MonkeyPatch.context() as patched,
    ):  # MLflow's artifacts lie in the current folder
        patched.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        yield Kept(digits, folder)


def test_tensorboard_has_every_epoch_once(kept: Kept) -> None:
    from tensorflow.compat.v1.train import summary_iterator

    scalars: dict[tuple[str, str], list[tuple[int, float]]] = {}
    plugins = set()
    for file in (kept.run.path / "tensorboard").rglob("events.out.tfevents.*"):
        for event in summary_iterator(str(file)):
            for value in event.summary.value:
                if value.HasField("simple_value"):
                    curve = scalars.setdefault((file.parent.name, value.tag), [])
                    curve.append((event.step, value.simple_value))
                plugins.add(value.metadata.plugin_data.plugin_name)
    history, metrics = kept.run.history, kept.run.metrics
    for folder, prefix in (("train", ""), ("validation", "val_")):
        for what in ("loss", "accuracy"):
            expected = [(epoch.epoch, pytest.approx(getattr(epoch, prefix + what))) for epoch in history]
            assert scalars[folder, f"epoch_{what}"] == expected
    for tag, name in FINAL.items():
        assert scalars["tensorboard", tag] == [(4, pytest.approx(metrics[name]))]
    assert plugins == {"", "text", "hparams"}


def test_mlflow_has_every_epoch_once_and_the_end(kept: Kept) -> None:
    found = kept.of_mlflow()
    assert (kept.interrupted, found.info.status) == ("KILLED", "FINISHED")
    assert found.info.run_name == kept.run.path.name
    for name in ("loss", "accuracy", "val_loss", "val_accuracy", "seconds"):
        kept_there = [(metric.step, metric.value) for metric in kept.mlflow.get_metric_history(found.info.run_id, name)]
        assert kept_there == [(epoch.epoch, getattr(epoch, name)) for epoch in kept.run.history]
    metrics = kept.run.metrics
    assert {tag: found.data.metrics[tag] for tag in FINAL} == {tag: metrics[name] for tag, name in FINAL.items()}
    assert (found.data.params["learning_rate"], found.data.params["filters"]) == ("0.001", "[4, 8]")
    assert found.data.tags["convlet.run"] == str(kept.run.path)
    assert found.data.tags["convlet.dataset_sha256"] == kept.run.manifest["dataset"]["train_sha256"]
    assert found.inputs.dataset_inputs[0].dataset.name == "digits"
    artifacts = {file.path for file in kept.mlflow.list_artifacts(found.info.run_id)}
    assert artifacts >= {"recipe.toml", "accuracy.png", "loss.png", "model.onnx"}


@pytest.mark.long
def test_they_say_where_to_look(kept: Kept) -> None:
    assert (
        sum(f"tensorboard --logdir {kept.run.path.parent}" in note for note in kept.notes) == 2
    )  # the start, and the second start
    assert sum("mlflow ui --backend-store-uri sqlite:///" in note for note in kept.notes) == 2


class OutOfReach:
    """Somebody's own tracker, whose server goes away after the first epoch and returns for the end, or not."""

    def __init__(self, *, comes_back: bool) -> None:
        self.comes_back = comes_back
        self.got: list[int] = []
        self.ended = ""

    def started(self, run: Run) -> str:
        self.got += [epoch.epoch for epoch in run.history[len(self.got) :]]
        if len(run.history) == 4 and not self.comes_back:
            raise OSError("no route to host")
        return "look here"

    def epoch(self, epoch) -> None:
        if epoch.epoch > 1:
            raise ConnectionError("PUT http://user:secret@tracker/epoch: connection refused\nand much more")
        self.got.append(epoch.epoch)

    def finished(self, run: Run, status: str) -> None:
        assert run.status == status
        self.ended = status


@pytest.mark.parametrize("comes_back", [True, False])
def test_a_tracker_out_of_reach_costs_no_training(digits, tmp_path, comes_back: bool) -> None:
    own = OutOfReach(comes_back=comes_back)
    notes: list[str] = []
    run = convlet.train(
        digits, RECIPE, out=tmp_path / "runs", watch=convlet.track(own, watch=convlet.Watch(on_note=notes.append))
    )
    assert run.status == "done"
    failures = [note for note in notes if note.startswith("OutOfReach")]
    assert "(PUT http://tracker/epoch: connection refused)" in failures[0]
    assert (own.got, own.ended) == ([1, 2, 3, 4], "done" if comes_back else "")
    assert len(failures) == (1 if comes_back else 2)
    assert ("did not get all" in failures[-1]) is not comes_back
    assert notes.count("look here") == 1


def test_a_name_given_twice_is_one_tracker(monkeypatch) -> None:
    class Unhashable(OutOfReach):
        __hash__ = None  # as a data class has it

    made: list[OutOfReach] = []
    monkeypatch.setitem(trackers.TRACKERS, "tensorboard", lambda: made.append(OutOfReach(comes_back=True)))
    convlet.track("tensorboard", Unhashable(comes_back=True), "tensorboard")
    assert len(made) == 1


def test_a_failed_training_is_told_of(digits, tmp_path) -> None:
    own = OutOfReach(comes_back=True)

    def fail(epoch) -> None:
        raise RuntimeError(f"no more after {epoch.epoch}")

    with pytest.raises(RuntimeError, match="no more after 1"):
        convlet.train(
            digits, RECIPE, out=tmp_path / "runs", watch=convlet.track(own, watch=convlet.Watch(on_epoch=fail))
        )
    assert own.ended == "failed"
