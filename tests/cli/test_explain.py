import json

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def pictures(digits, tmp_path) -> set[str]:
    """A three and an empty picture, in the current folder of the command."""
    Image.fromarray(digits.test.images[3, ..., 0]).save(tmp_path / "three.png")
    Image.new("L", (80, 80), 255).save(tmp_path / "blank.png")
    return {"three.png", "blank.png"}


def test_a_picture_of_the_map(convlet, run, pictures, tmp_path) -> None:
    assert convlet("explain", run.path, "three.png")[:2] == (0, "three-explained.png\n")
    with Image.open(tmp_path / "three-explained.png") as picture:
        assert picture.width > 1200
    assert {path.name for path in tmp_path.iterdir()} == pictures | {"three-explained.png"}


def test_another_method_another_place_and_numbers(convlet, run, pictures, tmp_path) -> None:
    status, out, _ = convlet("explain", run.path, "three.png", "--method", "grad-cam", "--out", "cam.png", "--json")
    heat = np.array(json.loads(out)["heat"])
    assert (status, heat.shape) == (0, (8, 8))
    assert heat.max() > 0
    assert {path.name for path in tmp_path.iterdir()} == pictures | {"cam.png"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("three.png", "--label", "zebra"), (2, "no such class")),
        (("three.png", "--out", "three.png"), (2, "three.png")),
        (("blank.png",), (3, "blank.png")),
        (("nowhere.png",), (3, "nowhere.png")),
    ],
)
def test_what_is_refused_leaves_nothing_behind(convlet, run, pictures, tmp_path, words, expected) -> None:
    status, out, err = convlet("explain", run.path, *words)
    assert (status, out) == (expected[0], "")
    assert expected[1] in err
    assert "Traceback" not in err
    assert {path.name for path in tmp_path.iterdir()} == pictures
