"""The pictures are whole PNG files that show something."""

import numpy as np
import pytest
from PIL import Image

from convlet.errors import OutputError
from convlet.evaluation import evaluate
from convlet.report import plots

GREY = np.random.default_rng(1).integers(0, 256, (13, 8, 8, 1), dtype=np.uint8)
COLOUR = np.repeat(GREY, 3, axis=-1)
UNSURE = np.random.default_rng(2).dirichlet([0.3] * 3, 400).astype(np.float32)
JUDGED = evaluate(UNSURE, np.random.default_rng(3).integers(0, 3, 400), "abc", threshold=0.7)
ONE = evaluate(UNSURE[:1], np.array([0]), "abc", threshold=1.5)
MANY = [f"class {number}" for number in range(45)]

FIGURES = {
    "curve": lambda: plots.curve([0.9, 0.95], [0.8, 0.97], "accuracy", "test"),
    "curve of one epoch": lambda: plots.curve([2.0], [1.0], "loss", "validation"),
    "curve of many epochs": lambda: plots.curve(
        list(np.linspace(2, 0.1, 200)), list(np.linspace(2, 0.3, 200)), "loss", "test"
    ),
    "confusion": lambda: plots.confusion_matrix([[5, 1], [0, 7]], ["cat", "a long name"], "title"),
    "confusion of many": lambda: plots.confusion_matrix(np.eye(len(MANY), dtype=int).tolist(), MANY, "title"),
    "confusion without images": lambda: plots.confusion_matrix([[0, 0], [0, 0]], ["a", "b"], "title"),
    "grey image": lambda: plots.single_image(GREY[0], "5", "digits"),
    "colour image": lambda: plots.single_image(COLOUR[0], "5", "digits"),
    "confusion too large for a cell each": lambda: plots.confusion_matrix(
        np.eye(50, dtype=int).tolist(), [str(n) for n in range(50)], "title"
    ),
    "confusion of odd names": lambda: plots.confusion_matrix([[5, 1], [0, 7]], [r"$\foo$", "猫 $5"], "$ and $"),
    "image of an odd name": lambda: plots.single_image(GREY[0], r"$\foo$", "digits"),
    "reliability": lambda: plots.reliability(JUDGED),
    "reliability of one image": lambda: plots.reliability(ONE),
    "rejection": lambda: plots.rejection(JUDGED.rejection),
    "rejection of all": lambda: plots.rejection(ONE.rejection),
    "comparison": lambda: plots.comparison(
        [("fast-1", 0.9, (0.8, 0.95), 7000), (f"a-name{'-as-long' * 9}", 0.8, (0.7, 0.9), 7000)],
        [(0, 1, 0.1, True)],
        "digits",
    ),
    "comparison of files": lambda: plots.comparison(
        [(r"$\foo$", 1.0, (0.9, 1.0), None), ("b", 1.0, (0.9, 1.0), None)], [(0, 1, 0.0, False)], "d"
    ),
    "grid": lambda: plots.image_grid(GREY, ["5"] * 13, "digits"),
    "colour grid": lambda: plots.image_grid(COLOUR, ["T-shirt/top"] * 13, "digits"),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::convlet.system.fonts.MissingGlyphWarning")  # one name has a Chinese character
@pytest.mark.parametrize("name", FIGURES)
def test_writes_a_picture(name: str, tmp_path) -> None:
    path = tmp_path / "figure.png"
    plots.save(FIGURES[name](), path)
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert min(image.size) > 200
        assert len(set(image.convert("L").resize((64, 64)).tobytes())) > 3  # not one blank sheet


def test_the_suffix_names_the_format(tmp_path) -> None:
    plots.save(FIGURES["curve"](), tmp_path / "figure.svg")
    assert "<svg" in (tmp_path / "figure.svg").read_text()


def test_a_folder_that_is_not_there(tmp_path) -> None:
    with pytest.raises(OutputError, match="cannot write"):
        plots.save(FIGURES["curve"](), tmp_path / "nowhere" / "figure.png")
