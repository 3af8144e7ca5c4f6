"""What is done around each epoch, and what is kept of it."""

import threading
from pathlib import Path

import pytest

import convlet
from convlet.data import Dataset
from convlet.errors import RecipeError
from convlet.run import CHECKPOINT, Epoch, Run
from convlet.system.watch import Watch
from convlet.training.checkpoint import Place
from convlet.training.plan import Plan
from convlet.training.recorder import Recorder, RunKeeper

pytestmark = pytest.mark.slow

RECIPE = convlet.recipe("small-data", epochs=3)
FIGURES = {"loss": 0.5, "accuracy": 0.75}


def recorder(**changes) -> Recorder:
    given = {"plan": Plan(RECIPE, 100, (8, 8, 1)), "steps": 13, "history": [], "keep": lambda place: None}
    return Recorder(**given | {"watch": convlet.Watch(), "seconds": 60.0} | changes)


def test_a_training_that_diverges_ends_there(digits: Dataset, tmp_path) -> None:
    run = Run.create(tmp_path / "runs", digits, RECIPE)
    with pytest.raises(RecipeError, match=r"diverged: the loss is nan in epoch 1.*learning_rate"), run.recording():
        recorder().epoch_ended(0, FIGURES | {"loss": float("nan"), "val_loss": float("nan"), "val_accuracy": 0.1})
    assert run.status == "failed"
    assert "diverged" in run.manifest["error"]
    assert run.history == []


def test_only_a_validated_epoch_is_kept() -> None:
    kept: list[int] = []
    seen: list[int] = []
    history: list = []
    watch = convlet.Watch(on_epoch=lambda epoch: seen.append(epoch.epoch))
    noting = recorder(history=history, keep=lambda place: kept.append(len(history)), watch=watch)
    noting.epoch_ended(0, FIGURES)
    noting.validation_begins()
    noting.epoch_ended(1, FIGURES | {"val_loss": 0.25, "val_accuracy": 1})
    assert (kept, seen) == ([2], [1, 2])
    assert [(epoch.val_loss, epoch.val_accuracy) for epoch in history] == [(None, None), (0.25, 1)]
    assert history[0].val_seconds == 0


def test_steps_are_counted_from_1_and_never_beyond_the_last() -> None:
    steps: list[tuple] = []
    noting = recorder(history=[None, None], watch=convlet.Watch(on_step=lambda *step: steps.append(step)))
    noting.step_ended(0, FIGURES)
    noting.step_ended(15, FIGURES)  # of several in one call of the engine
    assert steps == [(3, 1, 13, FIGURES), (3, 13, 13, FIGURES)]


def test_an_epoch_has_a_plan_of_its_own_unless_the_user_stops() -> None:
    plan = Plan(RECIPE, 100, (8, 8, 1))
    recorder(plan=plan).epoch_begins(2)
    assert plan.epoch == 2

    def stop() -> None:
        raise KeyboardInterrupt

    stopped = recorder(plan=plan, check=stop)
    for begins in (lambda: stopped.epoch_begins(3), lambda: stopped.step_ended(0, FIGURES)):
        with pytest.raises(KeyboardInterrupt):
            begins()
    assert plan.epoch == 2


def test_within_an_epoch_the_state_is_saved_after_so_many_seconds(monkeypatch) -> None:
    now = 100.0
    monkeypatch.setattr("convlet.training.recorder.perf_counter", lambda: now)
    kept: list[Place] = []
    noting = recorder(keep=kept.append, seconds=60.0)
    noting.epoch_begins(0)
    for step, now in enumerate((130.0, 159.9, 160.0, 219.0, 221.0, 222.0)):  # noqa: B007  `now` is read by the clock
        noting.step_ended(step, FIGURES)
    assert kept == [Place(3, 60.0), Place(5, 121.0)]
    now = 400.0
    noting.step_ended(12, FIGURES)
    assert len(kept) == 2, "the epoch's own state follows"


def test_a_run_keeps_the_layers_of_a_net_that_is_to_be_trained(digits: Dataset, tmp_path) -> None:
    run = Run.create(tmp_path, digits, RECIPE)
    said: list = []
    keeper = RunKeeper(run, convlet.Watch(on_note=said.append, on_start=said.append))
    keeper.begin([], None)
    assert not (run.path / "summary.txt").exists()
    keeper.begin([], lambda: "layers")
    assert (run.path / "summary.txt").read_text() == "layers\n"
    assert said == [run, "layers", run]


@pytest.mark.long
def test_a_training_that_no_signal_reaches_is_stopped_by_asking_and_goes_on(digits: Dataset, tmp_path: Path) -> None:
    """In a thread, as in a program of somebody's own."""
    started, ended = [], []

    def ask(_: Epoch) -> None:
        if not started[0].stop_wanted:
            started[0].stop()

    def train() -> None:
        try:
            watch = Watch(on_start=started.append, on_epoch=ask)
            convlet.train(digits, convlet.recipe("small-data", epochs=1000), out=tmp_path / "runs", watch=watch)
        except KeyboardInterrupt:
            ended.append("interrupted")

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    (run,) = started
    assert (ended, run.status, run.stop_wanted) == (["interrupted"], "interrupted", False)
    assert 1 <= len(run.history) < 1000
    assert (run.path / CHECKPOINT).is_file()
