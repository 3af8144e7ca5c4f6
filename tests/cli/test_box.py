"""The model in the box in every verb, none of which writes into it."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import convlet as library
from benchmarks.box import SHIPPED
from convlet.data import Dataset
from convlet.errors import ModelError
from convlet.run import Run
from convlet.system.box import DIGITS, FOLDER


@pytest.fixture
def model() -> Run:
    return Run(DIGITS)


@pytest.fixture
def picture(model: Run, tmp_path: Path) -> Path:
    """A 7 that the model knows, on paper."""
    kept = model.kept_images()
    assert kept is not None
    assert kept.held_out is not None
    at = np.flatnonzero(kept.held_out.labels == 7)[0]
    Image.fromarray(255 - kept.held_out.images[at, ..., 0]).resize((280, 280)).save(tmp_path / "seven.png")
    return tmp_path / "seven.png"


@pytest.fixture
def untouched():
    """Nothing in the box is changed or added."""
    before = _listed()
    yield
    assert _listed() == before


def _listed() -> dict[str, tuple[int, str]]:
    files = (path for path in FOLDER.rglob("*") if path.is_file())
    return {str(path): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest()) for path in files}


@pytest.mark.usefixtures("untouched")
class TestNoVerbWritesIntoIt:
    def test_predict(self, convlet, picture: Path) -> None:
        status, out, err = convlet("predict", DIGITS, picture, "--show-input", "seen")
        assert status == 0
        assert "what the model saw is in seen" in err
        assert "seven.png: 7 " in out
        assert "\n7\n" in convlet("predict", DIGITS, picture, "--all")[1]

    def test_predict_into_a_table(self, convlet, picture: Path) -> None:
        assert convlet("predict", DIGITS, picture, "--out", "table.csv")[0] == 0
        assert "seven.png,7," in Path("table.csv").read_text(encoding="utf-8")

    @pytest.mark.slow
    def test_explain(self, convlet, picture: Path) -> None:
        for method in ("occlusion", "grad-cam"):
            status, out, _ = convlet("explain", DIGITS, picture, "--method", method)
            assert (status, out) == (0, "seven-explained.png\n")

    @pytest.mark.slow
    def test_evaluate_without_a_place_writes_nothing(self, convlet) -> None:
        status, out, err = convlet("evaluate", DIGITS, "digits")
        assert status == 0, err
        assert "accuracy" in out
        assert "--out DIR says where" in err
        assert not any(Path().iterdir())

    @pytest.mark.slow
    def test_evaluate_in_python(self, model: Run, digits: Dataset, tmp_path: Path) -> None:
        assert model.place is None
        assert model.evaluate(digits) == library.evaluate(DIGITS, digits, out=tmp_path)
        assert (tmp_path / "report-digits-test.html").is_file()

    @pytest.mark.slow
    def test_compare(self, convlet, run: Run) -> None:
        status, out, err = convlet("compare", DIGITS, run.path, "--dataset", "digits")
        assert status == 0, err
        assert DIGITS in out

    @pytest.mark.slow
    def test_export(self, convlet, mnist: Dataset) -> None:
        status, out, err = convlet("export", DIGITS, "--format", "onnx", "--data-dir", mnist.data_dir)
        assert (status, out) == (0, "digits-model.onnx\n"), err
        assert {path.name for path in Path().iterdir()} == {"digits-model.onnx", "digits-model.MODEL.md"}

    def test_runs_check(self, convlet) -> None:
        status, out, _ = convlet("runs", "check", DIGITS)
        assert status == 0
        assert out.count("as it was written") == 1 + len(SHIPPED)

    def test_resume(self, model: Run) -> None:
        with pytest.raises(ModelError, match="nothing to resume"), model.recording():
            pass

    @pytest.mark.slow
    def test_train_from_it(self, convlet, model: Run, tmp_path: Path) -> None:
        kept = model.kept_images()
        assert kept is not None
        for label in (1, 7):
            (tmp_path / "mine" / str(label)).mkdir(parents=True)
            for at in np.flatnonzero(kept.trained.labels == label)[:5]:
                Image.fromarray(kept.trained.images[at, ..., 0]).save(tmp_path / "mine" / str(label) / f"{at}.png")
        status, out, err = convlet("train", "mine", "--from", DIGITS, "--epochs", 1)
        assert status == 0, err
        assert "going on from digits" in err
        assert Run(out.strip()).predictor().signature.class_names == tuple("0123456789")


def test_a_run_here_of_its_name_is_told(convlet, picture: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / DIGITS).symlink_to(run.path)
    status, _, err = convlet("predict", DIGITS, picture)
    assert status == 0
    told, following = err.splitlines()
    assert told == "digits is the folder here; the model of this name that comes with convlet is not asked."
    assert following.startswith("Next: convlet explain digits")


def test_errors_name_it(convlet, picture: Path) -> None:
    for words in (("predict", "latest", picture), ("predict", picture, picture), ("predict", picture)):
        status, _, err = convlet(*words)
        assert status in (2, 3)
        assert DIGITS in err
