"""`convlet data` as a user meets it: exit status, what is on stdout, what the message says."""

import json

import numpy as np
import pytest
from PIL import Image

from convlet.data import disk


def test_list(convlet) -> None:
    rows = json.loads(convlet("data", "list", "--json")[1])
    assert [row["name"] for row in rows[:3]] == ["mnist", "digits", "fashion-mnist"]
    assert len(rows) == 22
    assert rows[-1] | {"where": ""} == {
        "name": "organsmnist",
        "title": "Organs in CT, sagittal",
        "train": 13_940,
        "validation": 2_452,
        "test": 8_829,
        "image_shape": "28x28x1",
        "classes": 11,
        "licence": "CC BY 4.0",
        "where": "",
    }
    assert "embedded" in convlet("data", "list")[1]


@pytest.mark.parametrize(("columns", "licence"), [(80, False), (119, False), (120, True), (200, True)])
def test_list_fits_the_terminal(columns: int, licence: bool, convlet, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    _, out, err = convlet("data", "list")
    assert max(map(len, out.splitlines())) <= columns
    assert ("CC BY-NC 4.0" in out) == licence
    assert ("a wider terminal" in err) != licence
    for words in ("tissuemnist", "Cells of the kidney cortex", "165,466", "28x28x1"):
        assert words in out


def test_info(convlet, digits) -> None:
    facts = json.loads(convlet("data", "info", "digits", "--json")[1])
    assert facts["splits"]["train"]["shape"] == [1437, 8, 8, 1]
    assert facts["splits"]["test"]["images"] == 360
    assert sum(facts["splits"]["train"]["per_class"]) == 1437
    assert facts["splits"]["train"]["sha256"] == digits.train.sha256
    text = convlet("data", "info", "digits")[1]
    for words in ("(1437, 8, 8, 1)", "0 to 255", "CC BY 4.0", digits.test.sha256):
        assert words in text


def test_info_of_mnist_says_whether_it_is_the_published_one(convlet, mnist) -> None:
    facts = json.loads(convlet("data", "info", "mnist", "--data-dir", mnist.data_dir, "--json")[1])
    assert facts["about"]["verified"] == "the files are the published ones"
    assert facts["splits"]["train"]["per_class"][:2] == [5923, 6742]
    assert facts["about"]["licence"] == "CC BY-SA 3.0"


def test_show_one(convlet, tmp_path) -> None:
    status, out, _ = convlet("data", "show", "digits", "--index", "3")
    assert status == 0
    for words in (
        "(1437, 8, 8) as stored, (1437, 8, 8, 1) with the channel axis",
        "one-hot [",
        "scaled by the model's first layer",
    ):
        assert words in out
    assert (tmp_path / "digits-train-3.png").is_file()


def test_show_grid(convlet, tmp_path) -> None:
    assert convlet("data", "show", "digits", "--out", "look.png")[0] == 0
    with Image.open(tmp_path / "look.png") as image:
        assert image.width > 500


def test_info_and_show_of_pixels_on_disk(convlet, digits, tmp_path, monkeypatch) -> None:
    train, test = digits.train, digits.test
    np.savez(tmp_path / "set.npz", x_train=train.images, y_train=train.labels, x_test=test.images, y_test=test.labels)
    monkeypatch.setattr(disk, "IN_MEMORY", 0)
    facts = json.loads(convlet("data", "info", "set.npz", "--json")[1])["splits"]
    assert [facts[split]["sha256"] for split in ("train", "test")] == [train.sha256, test.sha256]
    assert facts["train"]["value_range"] == [0, 255]
    assert convlet("data", "show", "set.npz")[0] == 0
    assert "(1437, 8, 8) as stored" in convlet("data", "show", "set.npz", "--index", "3")[1]


@pytest.mark.parametrize(
    ("words", "status"), [(["--index", "99999"], 3), (["--index", "-1"], 3), (["--out", "look.txt"], 2)]
)
def test_show_refuses(words: list[str], status: int, convlet, tmp_path) -> None:
    assert convlet("data", "show", "digits", *words)[0] == status
    assert not list(tmp_path.iterdir())
