"""`convlet data` as a user meets it: exit status, what is on stdout, what the message says."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlet.data import disk
from tests.checks.pictures import folder


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


@pytest.mark.slow
def test_show_grid(convlet, tmp_path) -> None:
    assert convlet("data", "show", "digits", "--out", "look.png")[0] == 0
    with Image.open(tmp_path / "look.png") as image:
        assert image.width > 500


@pytest.mark.slow
def test_info_and_show_of_pixels_on_disk(convlet, digits, tmp_path, monkeypatch) -> None:
    train, test = digits.train, digits.test
    np.savez(tmp_path / "set.npz", x_train=train.images, y_train=train.labels, x_test=test.images, y_test=test.labels)
    monkeypatch.setattr(disk, "IN_MEMORY", 0)
    facts = json.loads(convlet("data", "info", "set.npz", "--json")[1])["splits"]
    assert [facts[split]["sha256"] for split in ("train", "test")] == [train.sha256, test.sha256]
    assert facts["train"]["value_range"] == [0, 255]
    assert convlet("data", "show", "set.npz")[0] == 0
    assert "(1437, 8, 8) as stored" in convlet("data", "show", "set.npz", "--index", "3")[1]


def test_info_show_and_check_turn_images_when_told_to(convlet, tmp_path) -> None:
    images = np.random.default_rng(7).integers(0, 256, (20, 12, 16, 1), dtype=np.uint8)
    labels = np.arange(20) % 2
    np.savez(tmp_path / "set.npz", x_train=images, y_train=labels, x_test=images[:4] // 2, y_test=labels[:4])
    for words, shape in (((), (12, 16)), (("--transpose",), (16, 12))):
        status, out, err = convlet("data", "show", "set.npz", "--index", "0", *words)
        assert status == 0, err
        assert f"{(20, *shape)} as stored" in out
        splits = json.loads(convlet("data", "info", "set.npz", *words, "--json")[1])["splits"]
        assert splits["train"]["shape"] == [20, *shape, 1]
        facts = json.loads(convlet("data", "check", "set.npz", *words, "--json")[1])
        assert facts["image_shape"] == [*shape, 1]


@pytest.mark.parametrize(
    ("words", "status"), [(["--index", "99999"], 2), (["--index", "-1"], 2), (["--out", "look.txt"], 2)]
)
def test_show_refuses(words: list[str], status: int, convlet, tmp_path) -> None:
    assert convlet("data", "show", "digits", *words)[0] == status
    assert not list(tmp_path.iterdir())


@pytest.fixture
def pictures_folder(tmp_path):
    return folder(tmp_path / "pets", {"train/cat": 12, "train/dog": 12, "test/cat": 4, "test/dog": 4})


def test_check_of_a_clean_folder(pictures_folder, convlet) -> None:
    status, out, err = convlet("data", "check", pictures_folder)
    assert status == 0
    assert "24 of train, 8 of test; 2 classes" in out
    assert "nothing was found" in out
    assert "--labels" in err


def test_check_names_what_is_wrong_and_has_status_4(pictures_folder, convlet) -> None:
    shutil.copy(pictures_folder / "train/cat/003.png", pictures_folder / "train/dog/copy.png")
    (pictures_folder / "train/cat/bad.png").write_bytes(b"no image")
    status, out, err = convlet("data", "check", pictures_folder, "--html", "check.html")
    assert status == 4
    assert "SERIOUS: The same image under two labels" in out
    assert "train/cat/003.png (train, cat) = train/dog/copy.png (train, dog)" in out
    assert "train/cat/bad.png: " in out
    assert out.index("two labels") < out.index("bad.png")
    assert "check.html" in err
    assert Path("check.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_check_as_json(pictures_folder, convlet) -> None:
    shutil.copy(pictures_folder / "train/cat/003.png", pictures_folder / "train/cat/copy.png")
    status, out, _ = convlet("data", "check", pictures_folder, "--json")
    assert status == 0
    facts = json.loads(out)
    assert facts["serious"] is False
    assert [one["kind"] for one in facts["findings"]] == ["copies"]


def test_check_of_a_named_set(convlet) -> None:
    status, out, _ = convlet("data", "check", "digits")
    assert status == 0
    assert "1,437 of train, 360 of test" in out


def test_check_refuses_a_page_that_is_none(convlet, tmp_path) -> None:
    assert convlet("data", "check", "digits", "--html", "check.pdf")[0] == 2
    assert not list(tmp_path.iterdir())


def test_check_of_nothing(convlet) -> None:
    status, _, err = convlet("data", "check", "nowhere")
    assert status == 3
    assert "there is no data set 'nowhere'" in err
