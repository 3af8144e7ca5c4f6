"""`convlet compare` as a user meets it."""

import json
import re
import shutil

import pytest
from PIL import Image

from convlet.run import Run
from convlet.system.files import sha256


@pytest.fixture
def two(run: Run, tmp_path) -> tuple[str, str]:
    """A run, and a copy of it."""
    (tmp_path / "runs").mkdir()
    for name in ("digits-small-data-1", "digits-small-data-2"):
        shutil.copytree(run.path, tmp_path / "runs" / name)
    return "runs/digits-small-data-1", "runs/digits-small-data-2"


def test_a_table_a_verdict_and_a_picture(convlet, two: tuple[str, str], tmp_path) -> None:
    changed = Run(two[1]).recipe.changed(filters=(8, 16))
    path = Run(two[1]).path / "recipe.toml"
    path.write_text(changed.to_toml())
    Run(two[1]).update(recipe_sha256=sha256(path))  # as if it had been made with that recipe
    status, out, err = convlet("compare", *two, "--split", "test")
    assert status == 0
    assert "These 360 images cannot tell digits-small-data-1 from any of the others" in out
    assert "0.00 (-0.54, 0.54)   1.000" in out
    assert max(map(len, out.split("These")[0].splitlines())) <= 80
    assert re.search(r"filters +32 64 +8 16", out)
    assert err.count("judging") == 2
    with Image.open(tmp_path / "comparison.png") as picture:
        assert picture.width > picture.height > 400


def test_json_holds_every_pair(convlet, two: tuple[str, str], tmp_path) -> None:
    status, out, _ = convlet("compare", *two, f"{two[0]}/model.onnx", "--json", "--out", "here.svg")
    answer = json.loads(out)
    assert status == 0
    assert answer.keys() == {"dataset", "split", "n", "models", "pairs", "settings"}
    assert len(answer["pairs"]) == 3
    assert answer["pairs"][0].keys() == {
        *(
            "first",
            "second",
            "only_first",
            "only_second",
            "difference",
            "difference_interval_95",
            "p_alone",
            "p",
            "real",
        ),
    }
    assert (tmp_path / "here.svg").is_file()


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["runs/digits-small-data-1"], 2, "at least two models"),
        (["runs/digits-small-data-1", "runs/digits-small-data-1/"], 2, "named twice"),
        (["runs/digits-small-data-1", "runs/digits-small-data-2", "--split", "tset"], 2, "test, train or validation"),
        (["runs/digits-small-data-1", "runs/digits-small-data-2", "--out", "here.txt"], 2, "--out"),
        (["runs/digits-small-data-1", "runs/digits-small-data-3"], 3, "digits-small-data-3"),
        (["runs/digits-small-data-1", "runs/digits-small-data-2", "--dataset", "nowhere"], 3, "nowhere"),
    ],
)
@pytest.mark.usefixtures("two")
def test_what_cannot_be_compared(words: list[str], status: int, says: str, convlet, tmp_path) -> None:
    found, out, err = convlet("compare", *words)
    assert (found, out) == (status, "")
    assert says in err
    assert {path.name for path in tmp_path.iterdir()} == {"runs"}
