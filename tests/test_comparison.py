"""Runs side by side."""

import json

import pytest

import convlet
from convlet.cli import main
from convlet.comparison import compare
from convlet.errors import UsageError
from convlet.run import Run


@pytest.fixture(scope="module")
def worse(digits, tmp_path_factory) -> Run:
    """A training too short to be as good as the other."""
    return convlet.train(digits, convlet.recipe("small-data", epochs=1, filters=[4]), out=tmp_path_factory.mktemp("worse") / "runs")


def test_the_better_comes_first_and_the_difference_is_real(run: Run, worse: Run, digits) -> None:
    found = compare([worse, run])
    best, other = found.runs
    assert (found.dataset, found.split, found.n) == ("digits", "test", len(digits.test))
    assert best.accuracy == run.evaluate(digits).accuracy > other.accuracy
    assert best.against_best is None
    test = other.against_best
    assert (test.only_second - test.only_first) / found.n == pytest.approx(best.accuracy - other.accuracy)
    assert other.p == test.p < 0.05
    assert other.params < best.params
    assert min(best.images_per_second, other.images_per_second, best.train_seconds) > 0


def test_what_cannot_be_compared(run: Run) -> None:
    with pytest.raises(UsageError, match="two runs or more"):
        compare([run])
    with pytest.raises(UsageError, match="each of them once"):
        compare([run, run])


def test_the_command(run: Run, worse: Run, tmp_path, monkeypatch, capfd) -> None:
    monkeypatch.chdir(tmp_path)
    for words in ([], ["--json", "--out", "other.svg"]):
        monkeypatch.setattr("sys.argv", ["convlet", "compare", str(run.path), str(worse.path), *words])
        with pytest.raises(SystemExit) as exited:
            main()
        assert exited.value.code == 0
    out = capfd.readouterr().out
    assert "really better" in out
    assert [row["accuracy"] for row in json.loads(out[out.index("{") :])["runs"]] == sorted(
        [run.evaluate().accuracy, worse.evaluate().accuracy], reverse=True
    )
    assert {path.name for path in tmp_path.iterdir()} == {"comparison.png", "other.svg"}
