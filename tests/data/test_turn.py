"""Images whose rows and columns the user has swapped: in every split, at every size, and when a run loads them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlet.data import brought_to, load
from convlet.data.sizing import Wanted
from convlet.run.recorded import as_recorded, load_recorded, recorded
from convlet.system.watch import Watch
from tests.data.datafiles import TEST, TRAIN, pictures, save, write_idx_folder

WIDE = np.random.default_rng(5).integers(0, 256, (10, 20, 30, 3), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, image in enumerate(WIDE):
        save(Image.fromarray(image), tmp_path / "wide" / f"{'ab'[number % 2]}/{number}.png")
    return tmp_path / "wide"


def test_arrays(tmp_path: Path):
    data = load(write_idx_folder(tmp_path / "set"), transpose=True)
    np.testing.assert_array_equal(data.train.images[..., 0], TRAIN.images.swapaxes(1, 2))
    np.testing.assert_array_equal(data.test.images[..., 0], TEST.images.swapaxes(1, 2))
    assert load_recorded(recorded(data)).train.sha256 == data.train.sha256
    assert as_recorded(load(tmp_path / "set"), recorded(data)).train.sha256 == data.train.sha256
    assert as_recorded(data, recorded(data)) is data
    assert "transposed" not in recorded(load(tmp_path / "set"))


@pytest.mark.parametrize("size", [None, "16x24"])
def test_image_files_of_any_size(folder: Path, size: str | None):
    plain, data = load(folder, image_size=size and "24x16"), load(folder, image_size=size, transpose=True)
    np.testing.assert_array_equal(data.train.images, plain.train.images.swapaxes(1, 2))
    assert data.image_shape == ((30, 20, 3) if size is None else (24, 16, 3))
    assert load_recorded(recorded(data)).train.sha256 == data.train.sha256
    assert brought_to(data, Wanted((36, 28)), Watch()).image_shape == (36, 28, 3)


@pytest.mark.slow
def test_the_command_line_remembers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import sys

    from convlet import cli
    from convlet.run import Run

    train = pictures((20, 20), seed=3, side=12)
    folder = write_idx_folder(tmp_path / "set", train, train)
    settings = ["--recipe", "small-data", "--epochs", "1", "--batch-size", "8"]
    words = ["train", folder, "--transpose", *settings, "--out", tmp_path / "runs"]
    monkeypatch.setattr(sys, "argv", ["convlet", *map(str, words)])
    with pytest.raises(SystemExit) as exited:
        cli.main()
    assert not exited.value.code
    (run,) = (tmp_path / "runs").iterdir()
    np.testing.assert_array_equal(Run(run).dataset().train.images[..., 0], train.images.swapaxes(1, 2))
