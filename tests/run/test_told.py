"""Everything about one run."""

import json
from pathlib import Path

from convlet.run.told import told
from tests.run.made import made_run


def test_what_there_is_to_tell(tmp_path: Path) -> None:
    path = made_run(tmp_path, "one", start={"path": "/elsewhere", "sha256": "0", "signature": {}})
    (path / "logs").mkdir()
    (path / "logs" / "events").write_bytes(b"12345")
    (path / ".lock").touch()
    facts = json.loads(json.dumps(told(path), allow_nan=False))
    assert [epoch["epoch"] for epoch in facts["history"]] == [1, 2, 3]
    assert (facts["accuracy"], facts["figures"]["params"]) == (0.875, 1234)
    assert (facts["settings"]["name"], facts["of_epochs"] > 0) == ("small-data", True)
    assert (facts["images"], facts["classes"]) == ({"train": 100, "validation": 10}, ["0", "1"])
    assert facts["start"] == "/elsewhere"
    names = [file["name"] for file in facts["files"]]
    assert names == ["history.csv", "logs/events", "metrics.json", "recipe.toml", "run.json"]
    assert facts["problems"] == []


def test_what_is_damaged_is_told_beside_what_is_not(tmp_path: Path) -> None:
    path = made_run(tmp_path, "one")
    (path / "recipe.toml").write_text('name = "changed"\n')
    facts = told(path)
    assert len(facts["history"]) == 3
    assert (facts["settings"], facts["of_epochs"]) == ({}, None)
    assert any("recipe.toml was changed" in problem for problem in facts["problems"])
    (path / "run.json").write_text("{")
    assert told(path)["status"] == "damaged"


def test_figures_that_json_cannot_have(tmp_path: Path) -> None:
    path = made_run(tmp_path, "one")
    (path / "history.csv").write_text(
        "epoch,loss,accuracy,val_loss,val_accuracy,seconds,val_seconds\n1,nan,0,inf,0,1,1\n"
    )
    (path / "metrics.json").write_text('{"val_accuracy": NaN, "params": Infinity}')
    facts = json.loads(json.dumps(told(path), allow_nan=False))
    assert (facts["history"][0]["loss"], facts["accuracy"], facts["figures"]["params"]) == (None, None, None)
