"""Pixels that arrive piece by piece: where they are kept, the error of a full disk, and the memory used."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from convlet.data import ImagesOnDisk, disk, spill
from convlet.data.spill import Spill, temporary_folder
from convlet.errors import OutputError
from tests.data.datafiles import write_long_idx_folder

PIXELS = np.random.default_rng(3).integers(0, 256, (50, 4, 4), dtype=np.uint8)


def spilled(parts: int, **options: float) -> Spill:
    gathered = Spill("these", **options)
    for part in np.array_split(PIXELS, parts):
        gathered.add(part)
    return gathered


@pytest.mark.parametrize("parts", [1, 7, 50])
@pytest.mark.parametrize("needed", [0, PIXELS.size])
@pytest.mark.parametrize(
    ("in_memory", "kind"), [(0, ImagesOnDisk), (PIXELS.size - 1, ImagesOnDisk), (PIXELS.size, np.ndarray)]
)
def test_up_to_the_limit_in_memory_and_beyond_it_on_disk(
    parts: int, needed: int, in_memory: int, kind: type, monkeypatch
):
    monkeypatch.setattr(disk, "IN_MEMORY", in_memory)
    monkeypatch.setattr(disk, "BLOCK", 100)
    images = spilled(parts, needed=needed).images(PIXELS.shape)
    assert isinstance(images, kind)
    np.testing.assert_array_equal(np.asarray(images).reshape(PIXELS.shape), PIXELS)


def test_bytes_and_arrays_of_any_layout():
    gathered = Spill("these")
    gathered.add(PIXELS[:3].tobytes())
    gathered.add(np.asfortranarray(PIXELS[3:]))
    np.testing.assert_array_equal(gathered.images(PIXELS.shape), PIXELS)


def test_a_promise_is_not_relied_on():
    np.testing.assert_array_equal(np.asarray(spilled(3, needed=10**15).images(PIXELS.shape)), PIXELS)


@pytest.mark.parametrize(("needed", "words"), [(800, "has 800 bytes"), (0, "more than 816 bytes")])
def test_a_full_disk(needed: int, words: str, monkeypatch: pytest.MonkeyPatch):
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    monkeypatch.setattr(
        tempfile, "TemporaryFile", lambda **_: os.fdopen(os.open("/dev/full", os.O_RDWR), "r+b", buffering=0)
    )
    gathered = Spill("these", needed=needed, in_memory=700)
    with pytest.raises(
        OutputError, match=rf"these .*{words}.*{temporary_folder()}.*No space left on device.*TMPDIR"
    ) as caught:
        gathered.add(bytes(816))
        gathered.images((51, 4, 4))
    assert caught.value.exit_status == 3


def test_a_folder_that_cannot_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spill, "temporary_folder", lambda: str(tmp_path / "none"))
    with pytest.raises(OutputError, match="none cannot be written: No such file"):
        spilled(1, in_memory=0)


def test_no_folder_for_temporary_files(monkeypatch: pytest.MonkeyPatch):
    def none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setenv("TMPDIR", "/nowhere")
    monkeypatch.setattr(tempfile, "gettempdir", none)
    with pytest.raises(OutputError, match=r"No usable temporary directory.*TMPDIR"):
        spilled(1, in_memory=0)


def test_the_folder_is_the_users_choice_or_one_for_large_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(spill, "_LARGE_FILES", tmp_path)
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    assert temporary_folder() == str(tmp_path)
    monkeypatch.setattr(spill, "_LARGE_FILES", tmp_path / "none")
    assert temporary_folder() == tempfile.gettempdir()
    monkeypatch.setattr(spill, "_LARGE_FILES", tmp_path)
    (tmp_path / "chosen").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "chosen"))
    assert temporary_folder() == str(tmp_path / "chosen")


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spill, "temporary_folder", lambda: str(tmp_path))
    images = spilled(5, in_memory=0).images(PIXELS.shape)
    np.testing.assert_array_equal(images[-1][..., 0], PIXELS[-1])
    assert list(tmp_path.iterdir()) == []


MEASURED = """
import sys
from pathlib import Path
import numpy as np
from convlet.data import ImagesOnDisk, load

def peak():  # of this program alone: ru_maxrss would begin with that of the program which started it
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024

before = peak()
data = load(sys.argv[1]).with_validation(0.2)
assert isinstance(data.train.images, ImagesOnDisk) and data.train.images.nbytes > 200e6, data.train.images
data.train.sha256, data.validation.value_range
order = np.random.default_rng(0).permutation(len(data.train))
for start in range(0, 50_000, 256):
    data.train.images[order[start : start + 256]]
print(peak() - before)
"""


@pytest.mark.slow
@pytest.mark.parametrize("compress", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_300_megabytes_of_pixels_take_little_memory(compress: bool, tmp_path: Path):
    if not Path("/proc/self/status").exists():
        pytest.skip("measured as Linux measures it")
    folder = write_long_idx_folder(tmp_path / "long", 400_000, compress=compress)
    grown = float(subprocess.check_output([sys.executable, "-c", MEASURED, str(folder)], text=True))
    assert grown < 100
