import json
import shutil
import subprocess
import sys

import pytest

import convlet
from convlet.errors import ModelError, OutputError
from convlet.run import Epoch, Run
from convlet.system.files import sha256
from convlet.system.machine import cores

RECIPE = convlet.recipe("small-data")


def test_a_finished_run_holds_everything(run: Run) -> None:
    present = {path.name for path in run.path.iterdir() if not path.name.startswith(".")}
    assert present >= {
        *("run.json", "recipe.toml", "model.keras", "model.onnx", "history.csv"),
        *("metrics.json", "summary.txt", "accuracy.png", "loss.png"),
    }
    assert "checkpoint.safetensors" not in present


def test_the_manifest_tells_what_it_was_made_of(run: Run, digits) -> None:
    manifest = run.manifest
    assert manifest["status"] == run.status == "done"
    assert manifest["dataset"]["source"] == "digits"
    assert manifest["dataset"]["train"] + manifest["dataset"]["validation"] == len(digits.train)
    assert {"python", "convlet", "keras", "numpy", "onnxruntime"} <= manifest["versions"].keys()
    assert manifest["hardware"]["cores"] == cores()
    assert manifest["files"]["model.onnx"] == sha256(run.path / "model.onnx")
    assert manifest["files"].keys() >= {"model.keras", "recipe.toml", "metrics.json"}


def test_the_metrics_are_the_last_epochs(run: Run) -> None:
    metrics, last = run.metrics, run.history[-1]
    assert (metrics["loss"], metrics["accuracy"]) == (last.loss, last.accuracy)
    assert metrics["val_accuracy"] == run.evaluate(split="validation").accuracy
    assert metrics["validated_on"] == "validation"
    assert metrics["epochs"] == len(run.history) == 4
    assert metrics["train_seconds"] == pytest.approx(sum(epoch.seconds for epoch in run.history))
    assert metrics["onnx"]["agreement"] == 1
    assert metrics["onnx"]["max_abs_difference"] < 1e-4


def test_evaluates_on_its_own_data_and_keeps_the_result(run: Run, digits) -> None:
    found = run.evaluate()
    assert found.n == len(digits.test)
    kept = json.loads((run.path / "evaluation-test.json").read_text())
    assert kept["accuracy"] == found.accuracy
    assert (run.path / "confusion-test.png").is_file()


@pytest.mark.slow
def test_the_validation_split_is_the_one_it_was_validated_on(run: Run) -> None:
    assert run.evaluate(split="validation").accuracy == pytest.approx(run.metrics["val_accuracy"])
    assert run.evaluate(split="train").n == run.manifest["dataset"]["train"]


@pytest.mark.slow
def test_says_when_the_data_have_changed(run: Run, digits) -> None:
    from dataclasses import replace

    notes: list[str] = []
    shorter = replace(digits, train=digits.train.take(range(1000)))
    run.evaluate(shorter, watch=convlet.Watch(on_note=notes.append))
    assert "has changed" in notes[0]


def test_numbers_follow_each_other_and_never_collide(tmp_path, digits) -> None:
    first, second = (Run.create(tmp_path / "runs", digits, RECIPE) for _ in range(2))
    assert [first.path.name, second.path.name] == ["digits-small-data-1", "digits-small-data-2"]


def test_two_processes_at_once_get_two_folders(tmp_path) -> None:
    program = (
        "import convlet, numpy; from convlet.run import Run\n"
        "split = convlet.Split(numpy.zeros((2, 8, 8), numpy.uint8), [0, 1])\n"
        "data = convlet.Dataset('made', 'made', split, ('a', 'b'), lambda: split)\n"
        f"print(Run.create({str(tmp_path / 'runs')!r}, data, convlet.recipe('small-data')).path)"
    )
    started = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    folders = [process.communicate()[0].strip() for process in started]
    assert all(process.returncode == 0 for process in started)
    assert len(set(folders)) == 3


def test_leaves_other_peoples_folders_alone(tmp_path, digits) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"holds thesis\.txt"):
        Run.create(tmp_path, digits, RECIPE)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_is_no_folder_for_runs(tmp_path, digits) -> None:
    (tmp_path / "runs").write_text("mine")
    with pytest.raises(OutputError, match="is a file"):
        Run.create(tmp_path / "runs", digits, RECIPE)
    with pytest.raises(OutputError, match="cannot make a folder"):
        Run.create(tmp_path / "runs" / "deeper", digits, RECIPE)


def test_nothing_half_made_is_left_where_a_run_cannot_be_made(tmp_path, digits) -> None:
    from dataclasses import replace

    with pytest.raises(OutputError):
        Run.create(tmp_path / "runs", replace(digits, name="a" * 300), RECIPE)
    assert not list((tmp_path / "runs").iterdir())


def test_refuses_a_folder_that_is_no_run(tmp_path) -> None:
    with pytest.raises(ModelError, match="not a run folder"):
        Run(tmp_path)


def test_an_unfinished_run_has_no_model(tmp_path, digits) -> None:
    unfinished = Run.create(tmp_path / "runs", digits, RECIPE)
    with pytest.raises(ModelError, match="interrupted"):
        unfinished.predictor()
    assert unfinished.history == []


def test_a_damaged_manifest(tmp_path, digits) -> None:
    made = Run.create(tmp_path / "runs", digits, RECIPE)
    (made.path / "run.json").write_text("{")
    with pytest.raises(ModelError, match=r"cannot read .*run\.json"):
        _ = made.status


@pytest.mark.parametrize("missing", ["status", "dataset", "source"])
def test_a_manifest_that_lacks_something(missing: str, tmp_path, digits) -> None:
    made = Run.create(tmp_path / "runs", digits, RECIPE)
    manifest = made.manifest
    del (manifest if missing in manifest else manifest["dataset"])[missing]
    (made.path / "run.json").write_text(json.dumps(manifest))  # as an earlier convlet wrote it, without a seal
    with pytest.raises(ModelError, match=rf"is damaged: it has no '{missing}'"):
        _ = made.status


def test_a_manifest_that_somebody_changed(tmp_path, digits) -> None:
    made = Run.create(tmp_path / "runs", digits, RECIPE)
    path = made.path / "run.json"
    path.write_text(path.read_text().replace('"running"', '"done"'))
    with pytest.raises(ModelError, match=r"run\.json is damaged or was changed"):
        _ = made.status


@pytest.mark.parametrize("name", ["metrics.json", "history.csv", "model.onnx"])
def test_each_file_is_checked_against_the_manifest(name: str, run: Run, tmp_path) -> None:
    copy = Run(shutil.copytree(run.path, tmp_path / "copy"))
    path = copy.path / name
    path.write_bytes(path.read_bytes().replace(b"1", b"2", 1))
    opened = {"metrics.json": lambda: copy.metrics, "history.csv": lambda: copy.history, "model.onnx": copy.predictor}
    with pytest.raises(ModelError, match=rf"{name} is damaged or was changed"):
        opened[name]()


@pytest.mark.parametrize("text", ["epoch\n1\n", "loss\nx\n", "epoch,loss\n1,2,3,4\n", "\0\n", '"'])
def test_a_damaged_history_of_a_run_that_is_not_done(text: str, tmp_path, digits) -> None:
    made = Run.create(tmp_path / "runs", digits, RECIPE)
    (made.path / "history.csv").write_text(text)
    try:
        assert made.history == []
    except ModelError as error:
        assert "history.csv cannot be read" in str(error)  # noqa: PT017  a file of nothing has no epochs


def test_an_epoch_reads_as_one_line() -> None:
    epoch = Epoch(epoch=3, loss=0.06, accuracy=0.98, val_loss=0.04, val_accuracy=0.985, seconds=30, val_seconds=1.5)
    assert str(epoch) == "epoch  3: loss 0.0600 accuracy 98.00% val_loss 0.0400 val_accuracy 98.50% 31.5 s"
