"""`convlet label` on the command line; its server is tested in tests/serving/labeling, its page in tests/page."""

from pathlib import Path
from typing import Any

import pytest

from convlet.data import Dataset
from convlet.run import Run
from tests.serving.labeling.running import write_flat

pytestmark = pytest.mark.slow


@pytest.fixture
def flat(digits: Dataset, tmp_path: Path) -> Path:
    write_flat(tmp_path / "flat", digits.test, 3)
    return tmp_path / "flat"


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["nowhere"], 3, "is not there; expected a folder of images"),
        (["{flat}"], 3, "a model has to propose labels: name one, --model RUN"),
        (["{flat}", "--model", "nowhere"], 3, "nowhere"),
        (["{flat}", "--model", "{run}", "--only", "9.png"], 3, "has no image '9.png'"),
        (["{flat}", "--model", "{run}", "--port", "70000"], 2, "--port 70000 is out of range"),
        (["{flat}", "--who", "a\x1b[2Jb"], 2, "is no name"),
        (["{flat}", "--who", " "], 2, "is no name"),
    ],
)
def test_bad_usage(words: list[str], status: int, says: str, flat: Path, run: Run, convlet: Any) -> None:
    ended, out, err = convlet("label", "--no-open", *(word.format(flat=flat, run=run.path) for word in words))
    assert (ended, out) == (status, "")
    assert says in err
    assert "\x1b" not in err
    assert not (flat / "labels.csv").exists()
