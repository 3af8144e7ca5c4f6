from pathlib import Path

import pytest

import convlet
from convlet.errors import ModelError
from convlet.run import Run
from convlet.system.places import resolve

RECIPE = convlet.recipe("small-data")


class TestLatest:
    def test_is_the_newest_finished_run(self, tmp_path, digits, monkeypatch) -> None:
        monkeypatch.chdir(tmp_path)
        first, second, running = (Run.create("runs", digits, RECIPE) for _ in range(3))
        for finished in (first, second):
            finished.update(status="done")
        assert resolve("latest") == second.path
        assert resolve("runs/latest") == second.path
        assert resolve("latest", finished=False) == running.path
        running.update(status="done")
        assert Run("latest").path == running.path

    @pytest.mark.parametrize("damage", ["{", "[]", '{"status": "done"}'])
    def test_a_damaged_run_hides_no_other(self, damage: str, tmp_path, digits) -> None:
        good, bad = (Run.create(tmp_path / "runs", digits, RECIPE) for _ in range(2))
        good.update(status="done")
        (bad.path / "run.json").write_text(damage)
        assert resolve(tmp_path / "runs" / "latest") == good.path

    def test_says_what_to_do_where_there_is_none(self, tmp_path, monkeypatch) -> None:
        monkeypatch.chdir(tmp_path)
        with pytest.raises(ModelError, match="convlet train"):
            resolve("latest")
        with pytest.raises(ModelError, match=r"no finished run in .*elsewhere"):
            resolve(Path("elsewhere") / "latest")
