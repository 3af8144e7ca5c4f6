"""Progress on stderr, on a terminal and elsewhere."""

import dataclasses
import time
from types import SimpleNamespace

import pytest

import convlet
from convlet.cli.console import MANNER, Bars, rounded, say
from convlet.cli.everywhere import begin_anew
from convlet.run import Epoch
from convlet.training.keeping import validated_epochs


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_elsewhere_a_line_every_ten_seconds(clock: list[float], capsys) -> None:
    with Bars() as bars:
        for second in range(31):
            clock[0] = 100.0 + second
            bars.watch.on_progress("predicting", 1000 + second * 10, 2000, "10 images/s")
        bars.watch.on_progress("predicting", 2000, 2000, "")
        bars.watch.on_progress("reading digits", 1, 2, "")
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "predicting: 1,110 of 2,000, 10 images/s, 1.5 minutes left",
        "predicting: 1,220 of 2,000, 10 images/s, 1.3 minutes left",
    ]


def test_what_is_quick_shows_nothing_elsewhere(capsys) -> None:
    with Bars() as bars:
        bars.watch.on_progress("reading digits", 0, 2, "")
        bars.watch.on_step(1, 3, 10, {"loss": 1.0, "accuracy": 0.5})
        bars.watch.on_progress("reading digits", 2, 2, "")
    assert capsys.readouterr().err == ""


def test_after_the_last_epoch_nobody_waits_for_training() -> None:
    with Bars() as bars:
        bars.watch.on_start(SimpleNamespace(recipe=convlet.recipe("small-data", epochs=2)))
        for epoch, doing in ((1, "training"), (2, "saving the model and its plots")):
            bars.watch.on_step(epoch, 1, 1, {"loss": 1.0, "accuracy": 0.5})
            bars.watch.on_epoch(of(epoch, 0.5))
            assert MANNER.doing == doing


def of(number: int, accuracy: float | None) -> Epoch:
    return Epoch(
        epoch=number, loss=1.0, accuracy=0.5, val_loss=accuracy, val_accuracy=accuracy, seconds=1.0, val_seconds=0.5
    )


@pytest.mark.parametrize(("epochs", "lines"), [(30, 30), (31, 16), (300, 16), (1_500, 20)])
def test_of_many_epochs_some_are_printed_the_first_and_last_among_them(epochs: int, lines: int, capsys) -> None:
    recipe = convlet.recipe("small-data", epochs=epochs)
    with Bars() as bars:
        bars.watch.on_start(SimpleNamespace(recipe=recipe))
        for number in range(1, epochs + 1):
            bars.watch.on_epoch(of(number, 0.5 if number in validated_epochs(recipe, 8) else None))
    printed = capsys.readouterr().err.splitlines()
    assert len(printed) == lines
    assert printed[0].startswith("epoch  1:")
    assert printed[-1].startswith(f"epoch {epochs}:")
    assert all("val_accuracy" in line for line in printed)


def test_many_epochs_share_one_bar(capsys) -> None:
    with Bars() as bars:
        bars.live = True
        bars.watch.on_start(SimpleNamespace(recipe=convlet.recipe("small-data", epochs=20, ensemble=2)))
        bars.watch.on_step(3, 1, 2, {"loss": 1.0, "accuracy": 0.5})
        (shown,) = bars.progress.tasks
        assert (shown.completed, shown.total) == (5, 80)
        bars.watch.on_epoch(of(3, 0.5))
        assert bars.tasks.keys() == {"training"}
        bars.watch.on_epoch(of(40, 0.5))
        assert not bars.tasks
    capsys.readouterr()


def test_on_a_terminal_a_bar_for_each_thing_until_it_is_done(capsys) -> None:
    with Bars() as bars:
        bars.live, bars.epochs = True, 2
        bars.watch.on_progress("downloading train", 10, 20, "0.1 MB")
        bars.watch.on_progress("reading train", 1, 3, "")
        assert bars.tasks.keys() == {"downloading train", "reading train"}
        bars.watch.on_progress("downloading train", 20, 20, "")
        bars.watch.on_progress("reading train", 3, 3, "")
        bars.watch.on_step(1, 3, 10, {"loss": 1.0, "accuracy": 0.5})
        assert bars.tasks.keys() == {"epoch 1/2"}
        (shown,) = bars.progress.tasks
        assert (shown.completed, shown.total, shown.fields["text"]) == (3, 10, "loss 1.0000  accuracy 50.00%")
        epoch = Epoch(epoch=1, loss=1.0, accuracy=0.5, val_loss=1.0, val_accuracy=0.5, seconds=1.0, val_seconds=0.5)
        bars.watch.on_epoch(epoch)
        assert not bars.tasks
        bars.watch.on_note("[bold] is no markup")
    err = capsys.readouterr().err
    assert str(epoch) in err
    assert "[bold] is no markup" in err


def test_numbers_of_json_have_six_digits() -> None:
    exact = 0.12345678901234
    given = {"p": [1 / 3, 1e-9 / 3, 1.0, 2], "rate": 1234567.89, "settings": {"rate": exact}, "name": "x", "none": None}
    assert rounded(given) == {
        "p": [0.333333, 3.33333e-10, 1.0, 2],
        "rate": 1234567.9,
        "settings": {"rate": exact},
        "name": "x",
        "none": None,
    }


def test_rounded_probabilities_still_sum_to_one() -> None:
    raw = [1 / (3 + number) for number in range(10)]
    probabilities = [one / sum(raw) for one in raw]
    assert abs(sum(rounded(probabilities)) - 1) < 1e-5


def test_quiet_silences_progress_and_notes_but_not_what_must_be_said(capsys) -> None:
    MANNER.quiet = True
    try:
        with Bars() as bars:
            bars.watch.on_note("a note")
            bars.watch.on_progress("reading", 1, 2, "")
            bars.watch.on_epoch(of(1, 0.5))
        say("an address")
    finally:
        begin_anew()
    assert capsys.readouterr().err == "an address\n"


@pytest.mark.parametrize("epochs", [30, 60, 1])
def test_a_short_training_does_not_say_how_long_it_still_takes(epochs: int, capsys) -> None:
    with Bars() as bars:
        bars.watch.on_start(SimpleNamespace(recipe=convlet.recipe("small-data", epochs=epochs)))
        bars.watch.on_epoch(of(1, 0.5))
    assert "left" not in capsys.readouterr().err


def test_a_long_training_says_after_an_epoch_how_long_it_still_takes(capsys) -> None:
    with Bars() as bars:
        bars.watch.on_start(SimpleNamespace(recipe=convlet.recipe("accurate")))
        bars.watch.on_epoch(dataclasses.replace(of(1, 0.5), seconds=20.0, val_seconds=1.0))
        bars.watch.on_epoch(of(2, 0.5))
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if "left" in line] == ["about 10 minutes left, by the first epoch."]
