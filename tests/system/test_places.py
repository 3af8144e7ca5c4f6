import hashlib
import os
import shutil
from pathlib import Path

import pytest

import convlet
from convlet.errors import ModelError
from convlet.run import Run
from convlet.system.places import like_a_run, read_manifest, require_recorded, resolve, write_json, write_manifest
from tests.run.made import made_run

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


class TestManifests:
    @pytest.mark.parametrize("name", ["data", "\udcff", "Ziffern 数字"])
    def test_a_source_of_any_name_is_written_and_read(self, name: str, tmp_path) -> None:
        content = {"dataset": {"source": f"/data/{name}"}}
        write_manifest(tmp_path / "run.json", content)
        assert read_manifest(tmp_path / "run.json") == content

    @pytest.mark.parametrize("theirs", ["[1]", "{", '{"files": {"model.onnx": "00"}}', "\udcff"])
    def test_another_programs_run_json_is_left_alone(self, theirs: str, tmp_path) -> None:
        (tmp_path / "run.json").write_text(theirs, errors="surrogateescape")
        require_recorded(b"a model", tmp_path / "model.onnx")

    def test_ours_says_what_a_file_must_be(self, tmp_path) -> None:
        digest = hashlib.sha256(b"a model").hexdigest()
        facts = {"dataset": {}, "recipe": "fast", "files": {"model.onnx": digest}}
        for write in (write_manifest, write_json):  # with a seal, and as an earlier convlet wrote it
            write(tmp_path / "run.json", facts)
            require_recorded(b"a model", tmp_path / "model.onnx")
            require_recorded(b"anything", tmp_path / "other.onnx")
            with pytest.raises(ModelError, match=r"model\.onnx is damaged or was changed"):
                require_recorded(b"A model", tmp_path / "model.onnx")


def test_a_run_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made_run(Path("runs"), "one")
    assert resolve("one") == Path("runs/one")
    assert resolve("two") == Path("two")  # that there is none is for whoever opens it
    assert like_a_run("oen") == "Did you mean one? "
    (tmp_path / "one").mkdir()
    assert resolve("one") == Path("one")  # what is here comes first


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("what", ["pipe", "endless", "deep"])
def test_a_manifest_that_cannot_be_read(what: str, run: Run, tmp_path) -> None:
    shutil.copy(run.path / "model.onnx", tmp_path)
    manifest = tmp_path / "run.json"
    if what == "pipe":
        os.mkfifo(manifest)
    elif what == "endless":
        manifest.symlink_to("/dev/zero")
    else:
        manifest.write_text('{"dataset":' + "[" * 300_000)
    if what != "deep":  # which may be another program's
        with pytest.raises(ModelError, match="not a regular file"):
            convlet.Predictor(tmp_path / "model.onnx")
    with pytest.raises(ModelError, match=r"cannot read .*run\.json"):
        read_manifest(manifest)
