"""`convlet predict` as a user meets it: exit status, what is on stdout, what the message says."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from convlet.prediction.predictor import Predictor
from convlet.run import Run


@pytest.fixture
def picture(digits, tmp_path) -> Path:
    Image.fromarray(digits.test.images[0, ..., 0]).save(tmp_path / "digit.png")
    return tmp_path / "digit.png"


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.fixture
def page(digits, tmp_path) -> Path:
    """Two characters in a line and one below, dark on white."""
    sheet = np.full((260, 240), 255, np.uint8)
    for index, (top, left) in enumerate([(10, 10), (10, 130), (140, 10)]):
        large = Image.fromarray(255 - digits.test.images[index, ..., 0]).resize((100, 100), Image.Resampling.BICUBIC)
        sheet[top : top + 100, left : left + 100] = np.asarray(large)
    Image.fromarray(sheet).save(tmp_path / "page.png")
    return tmp_path / "page.png"


@pytest.mark.usefixtures("picture")
def test_json(convlet, run: Run, digits) -> None:
    status, out, _ = convlet("predict", run.path, "digit.png", "digit.png", "--json")
    answers = json.loads(out)
    assert status == 0
    assert len(answers) == 2
    assert answers[0].keys() == {"input", "label", "probability", "top", "known", "empty"}
    expected = run.predictor().predict(digits.test.images[:1])[0]
    assert (answers[0]["input"], answers[0]["label"], answers[0]["known"]) == (
        "digit.png",
        expected.label,
        expected.known,
    )
    assert answers[0]["probability"] == pytest.approx(expected.probability)
    assert answers[0]["top"][0] == [answers[0]["label"], answers[0]["probability"]]


def test_for_people(convlet, run: Run, picture: Path) -> None:
    status, out, _ = convlet("predict", run.path / "model.onnx", picture)
    assert status == 0
    assert out.startswith(f"{picture}: ")


@pytest.mark.usefixtures("picture")
def test_one_bad_file_does_not_stop_the_others(convlet, run: Run, tmp_path) -> None:
    (tmp_path / "text.png").write_text("no image")
    status, out, err = convlet("predict", run.path, "text.png", "digit.png", "nowhere.png", "--json")
    assert status == 3
    assert [answer["input"] for answer in json.loads(out)] == ["digit.png"]
    assert "text.png" in err
    assert "nowhere.png" in err


def test_an_empty_and_an_unknown_picture_in_words(convlet, run: Run, tmp_path) -> None:
    Image.new("L", (50, 50), 255).save(tmp_path / "blank.png")
    status, out, _ = convlet("predict", run.path, "blank.png")
    assert (status, out) == (0, "blank.png: empty\n")
    random = np.random.default_rng(0)
    for number in range(20):
        Image.fromarray(random.integers(0, 256, (8, 8), dtype=np.uint8)).save(tmp_path / f"noise{number}.png")
    out = convlet("predict", run.path, *sorted(tmp_path.glob("noise*")))[1]
    assert "unknown  (most like " in out


def test_every_character_of_a_page(convlet, run: Run, page: Path) -> None:
    status, out, err = convlet("predict", run.path, page, "--all", "--json", "--out", "boxes.png")
    (answer,) = json.loads(out)
    assert status == 0
    assert answer.keys() == {"input", "text", "rows", "print_dropped", "grid", "characters"}
    assert [(one["line"], len(one["box"])) for one in answer["characters"]] == [(0, 4), (0, 4), (1, 4)]
    assert answer["characters"][0].keys() == {
        "box", "line", "symbol", "label", "probability", "top", "known", "empty"
    }  # fmt: skip
    assert [len(line) for line in answer["text"].splitlines()] == [2, 1]
    assert "boxes.png" in err
    drawn, plain = pixels(Path("boxes.png")), pixels(page)
    assert drawn.shape[0] == plain.shape[0]
    assert drawn.shape[1] > plain.shape[1]  # the rows' texts are beside it
    assert (drawn[:, : plain.shape[1], 0] != plain).any()
    assert drawn[:, plain.shape[1] :].min() < 100
    text = convlet("predict", run.path, page, "--all")[1]
    assert "3 characters" in text
    assert answer["text"] in text


def test_print_is_an_option_of_pages(convlet, run: Run, page: Path) -> None:
    for option in (["--print", "keep"], ["--expect", "luhn"]):
        status, _, err = convlet("predict", run.path, page, *option)
        assert (status, "--all" in err) == (2, True)
        assert convlet("predict", run.path, page, "--all", *option)[0] == 0


def test_options_of_pages_reach_the_reader(convlet, run: Run, page: Path, monkeypatch) -> None:
    asked: list[dict] = []
    read = Predictor.read_page

    def seen(self: Predictor, source: object, **options: object) -> object:
        asked.append(options)
        return read(self, source, **options)

    monkeypatch.setattr(Predictor, "read_page", seen)
    for options in ([], ["--print", "keep"], ["--print", "drop"], ["--expect", "luhn"]):
        assert convlet("predict", run.path, page, "--all", *options)[0] == 0
    assert convlet("predict", run.path, page, "--grid", "2x3")[0] == 3
    assert [tuple(each.values()) for each in asked] == [
        (None, None, None),
        (True, None, None),
        (False, None, None),
        (None, "luhn", None),
        (None, None, (2, 3)),
    ]


def test_what_a_model_cannot_tell_is_said(convlet, run: Run, page: Path, tmp_path) -> None:
    shutil.copy(run.path / "model.onnx", tmp_path / "alone.onnx")
    for model in (run.path, "alone.onnx"):
        for words in (["--all"], ["--all", "--out", "numbers.csv", "--overwrite"]):
            assert "has seen nothing but characters" in convlet("predict", model, page, *words)[2]
        assert "has seen nothing but characters" not in convlet("predict", model, page)[2]


def test_all_does_nothing_beside_a_grid(convlet, run: Run, page: Path) -> None:
    status, _, err = convlet("predict", run.path, page, "--all", "--grid", "2x3")
    assert (status, "--all does nothing beside it" in err) == (3, True)
    assert "--all" not in convlet("predict", run.path, page, "--grid", "2x3")[2]


def test_what_fits_no_pattern_is_said(convlet, run: Run, page: Path) -> None:
    status, out, err = convlet("predict", run.path, page, "--all", "--json", "--expect", r"\D+")
    assert (status, [row["fits"] for row in json.loads(out)[0]["rows"]]) == (0, [False, False])
    assert "no reading of row 1" in err
    assert convlet("predict", run.path, page, "--all", "--expect", "[")[0] == 2


def test_what_fits_against_the_model_is_said(convlet, run: Run, page: Path) -> None:
    answers = json.loads(convlet("predict", run.path, page, "--all", "--json")[1])[0]["characters"]
    first = [answer for answer in answers if answer["line"] == 0]
    alone, other = (label for label, _ in first[0]["top"][:2])
    pattern = other + "." * (len(first) - 1)
    _, out, err = convlet("predict", run.path, page, "--all", "--json", "--expect", pattern)
    row = json.loads(out)[0]["rows"][0]
    assert row["fits"]
    assert row["text"].startswith(other)
    assert "row 1" in err
    assert f"alone {alone}" in err
    assert convlet("predict", run.path, page, "--all", "--expect", ".*")[2].count("unlikely") <= 2


def test_pictures_need_a_folder_and_a_known_ending(convlet, run: Run, page: Path, tmp_path: Path) -> None:
    status, _, err = convlet("predict", run.path, page, "--all", "--out", tmp_path / "none" / "x.png")
    assert (status, "there is no folder" in err, "Free some space" in err) == (3, True, False)
    status, _, err = convlet("predict", run.path, page, "--all", "--out", tmp_path / "x.xlsx")
    assert (status, ".csv" in err) == (2, True)


def drawn_grid(path: Path) -> Path:
    """Write a grid of two rows and three columns with a bar in its first and last cell."""
    sheet = Image.new("L", (400, 300), 250)
    draw = ImageDraw.Draw(sheet)
    for x in (40, 145, 250, 355):
        draw.line((x, 40, x, 240), fill=20, width=3)
    for y in (40, 140, 240):
        draw.line((40, y, 355, y), fill=20, width=3)
    for x in (92, 302):
        y = 40 if x == 92 else 140
        draw.line((x, y + 25, x + 4, y + 78), fill=40, width=9)
    sheet.save(path)
    return path


def test_a_grid(convlet, run: Run, tmp_path: Path) -> None:
    form = drawn_grid(tmp_path / "form.png")
    status, out, err = convlet("predict", run.path, form, "--grid", "2x3", "--json", "--out", "cells.png")
    (answer,) = json.loads(out)
    assert (status, answer["grid"], len(answer["characters"])) == (0, [2, 3], 2)
    cells = [cell for row in answer["rows"] for cell in row["numbers"]]
    assert [bool(cell["text"]) for cell in cells] == [True, False, False, False, False, True]
    assert cells[0]["box"] == pytest.approx([40, 40, 145, 140], abs=4)
    assert cells[5]["box"] == pytest.approx([250, 140, 355, 240], abs=4)
    assert "cells.png" in err
    lines = convlet("predict", run.path, form, "--grid", "2x3")[1].splitlines()
    assert lines[0].endswith("2 of 6 cells are filled")
    assert [len(line.split()) for line in lines[2:4]] == [3, 3]


def test_a_grid_with_other_cells_is_an_error(convlet, run: Run, tmp_path: Path) -> None:
    form = drawn_grid(tmp_path / "form.png")
    status, _, err = convlet("predict", run.path, form, "--grid", "3x3")
    assert (status, "the one found has 2 rows and 3 columns" in err) == (3, True)
    for text in ("9", "0x3", "99x9", "1x1", "axb"):
        status, _, err = convlet("predict", run.path, form, "--grid", text)
        assert (status, "grid" in err) == (2, True), text


@pytest.mark.parametrize("name", ["numbers.csv", "numbers.parquet", "numbers.jsonl"])
def test_a_table_of_pages(convlet, run: Run, page: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "scans").mkdir()
    shutil.copy(page, tmp_path / "scans")
    (tmp_path / "scans" / "text.png").write_text("no image")
    status, out, err = convlet("predict", run.path, "scans", "--all", "--out", name, "--json")
    facts = json.loads(out)
    assert (status, facts["pages"], facts["unreadable"]) == (3, 2, 1)
    assert "text.png" in err
    assert (tmp_path / name).stat().st_size > 100
    assert convlet("predict", run.path, "scans", "--all", "--out", name)[0] == 3  # it exists
    assert convlet("predict", run.path, "scans", "--all", "--out", name, "--overwrite")[0] == 3


def test_pages_go_into_a_folder_under_their_names(convlet, run: Run, page: Path, tmp_path) -> None:
    (tmp_path / "other").mkdir()
    shutil.copy(page, tmp_path / "other")
    assert convlet("predict", run.path, page, "other/page.png", "--all", "--out", "drawn")[0] == 0
    assert {path.name for path in (tmp_path / "drawn").iterdir()} == {"page.png", "page-2.png"}


def test_what_the_model_saw(convlet, run: Run, picture: Path, tmp_path) -> None:
    status, _, err = convlet("predict", run.path, picture, "--show-input", "seen")
    assert status == 0
    assert err.splitlines()[0] == f"{picture}: what the model saw is in seen/digit.png"
    assert {path.name for path in (tmp_path / "seen").iterdir()} == {"digit.png", "digit-input.png"}
    np.testing.assert_array_equal(pixels(Path("seen/digit-input.png")), run.predictor().read(picture)[..., 0])
    assert pixels(Path("seen/digit.png")).shape[1] > 800


def test_nothing_of_the_users_is_written_over(convlet, run: Run, page: Path, picture: Path) -> None:
    before = {path: path.read_bytes() for path in (page, picture)}
    assert convlet("predict", run.path, picture, "--show-input", ".")[0] == 0
    assert convlet("predict", run.path, page, picture, "--all", "--out", ".")[0] == 0
    assert convlet("predict", run.path, page, "--all", "--out", page)[0] == 2
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize(("name", "kaggle"), [("test.csv", True), ("test.npz", False)])
def test_pixels_of_many_images_need_a_table_of_answers(convlet, run: Run, tmp_path, name: str, kaggle: bool) -> None:
    (tmp_path / name).write_text("1,2,3,4")
    status, _, err = convlet("predict", run.path, name)
    assert (status, "--out results.csv" in err, "--format kaggle" in err) == (2, True, kaggle)


@pytest.mark.parametrize("header", [True, False])
def test_a_submission_for_kaggle(convlet, run: Run, digits, tmp_path, header: bool) -> None:
    rows = digits.test.images[:30].reshape(30, -1)
    np.savetxt(
        tmp_path / "test.csv",
        rows,
        "%d",
        ",",
        header=",".join(f"pixel{n}" for n in range(64)) if header else "",
        comments="",
    )
    assert convlet("predict", run.path, "test.csv", "--format", "kaggle", "--out", "submission.csv")[:2] == (
        0,
        "submission.csv\n",
    )
    expected = [
        digits.class_names[index] for index in run.predictor().probabilities(digits.test.images[:30]).argmax(axis=1)
    ]
    lines = (tmp_path / "submission.csv").read_text().splitlines()
    assert lines == ["ImageId,Label", *(f"{number},{label}" for number, label in enumerate(expected, 1))]
    assert convlet("predict", run.path, "test.csv", "--format", "kaggle")[1].splitlines() == lines


def test_a_submission_of_larger_images(convlet, run: Run, digits, tmp_path) -> None:
    large = np.repeat(np.repeat(digits.test.images[:9, ..., 0], 2, axis=1), 2, axis=2)
    np.savetxt(tmp_path / "test.csv", large.reshape(9, -1), "%d", ",")
    lines = convlet("predict", run.path, "test.csv", "--format", "kaggle")[1].splitlines()
    assert [line.partition(",")[2] for line in lines[1:]] == [one.label for one in run.predictor().predict(list(large))]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["digit.png", "--format", "kaggle"], "one .csv file"),
        (["test.csv", "--format", "kaggle", "--all"], "one .csv file"),
        (["digit.png", "--out", "x.png"], "ends in .parquet, .csv, .jsonl"),
        (["digit.png", "--overwrite"], "go with --out TABLE"),
        (["digit.png", "--all", "--out", "x.png", "--workers", "2"], "go with --out TABLE"),
        (["digit.png", "--out", "x.csv", "--show-input", "seen"], "--show-input"),
        (["."], "is a folder"),
        ([], "nothing to predict"),
        (["digit.png", "page.png", "--all", "--out", "x.jpg"], "x.jpg is one picture, and 2 are to be read"),
    ],
)
def test_options_that_do_not_go_together(convlet, run: Run, words: list[str], says: str) -> None:
    status, _, err = convlet("predict", run.path, *words)
    assert status == 2
    assert says in err


@pytest.mark.usefixtures("picture")
def test_places_that_cannot_be_written_to(convlet, run: Run, page: Path) -> None:
    assert convlet("predict", run.path, page, "--all", "--out", "nowhere/boxes.png")[0] == 3
    status, _, err = convlet("predict", run.path, page, "--all", "--out", "boxes.psd")
    assert status == 2
    assert "boxes.psd" in err
    Path("seen/digit.png").mkdir(parents=True)
    status, out, err = convlet("predict", run.path, "digit.png", "--show-input", "seen", "--json")
    assert (status, len(json.loads(out))) == (3, 1)
    assert "seen/digit.png" in err
    status, _, err = convlet("predict", run.path, "digit.png", "--show-input", "digit.png/seen")
    assert status == 3
    assert "cannot make the folder" in err


@pytest.mark.usefixtures("picture")
def test_a_table(convlet, run: Run, tmp_path) -> None:
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "list").write_text("digit.png\n\ndigit.png\n")
    status, out, err = convlet("predict", run.path, ".", "--out", "answers.csv", "--json")
    facts = json.loads(out)
    assert status == 3
    assert facts.keys() == {
        "path",
        "images",
        "unreadable",
        "unknown",
        "empty",
        "answered_before",
        "seconds",
        "images_per_second",
        "classes",
    }
    assert (facts["path"], facts["images"], facts["unreadable"]) == ("answers.csv", 2, 1)
    assert "text.png is not an image" in err
    assert convlet("predict", run.path, ".", "--out", "answers.csv")[0] == 3  # it is there
    status, out, err = convlet("predict", run.path, "--inputs-from", "list", "--out", "answers.csv", "--overwrite")
    assert (status, out) == (0, "answers.csv\n")
    assert "2 images in" in err
    assert [line.split(",")[0] for line in Path("answers.csv").read_text().splitlines()] == [
        "input",
        "digit.png",
        "digit.png",
    ]


def test_a_list_on_stdin_may_hold_any_name() -> None:
    """Names that are not UTF-8, such as those in old archives, with any terminal settings."""
    program = "from pathlib import Path; from convlet.cli.bulk import _lines; print(ascii(list(_lines(Path('-')))))"
    environment = os.environ | {"PYTHONIOENCODING": "utf-8:strict"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=b"caf\xe9.png\n\nb.png\n",
        capture_output=True,
        check=False,
        env=environment,
    )
    assert done.stdout.decode().strip() == r"['caf\udce9.png', 'b.png']", done.stderr.decode()


def test_a_link_that_leads_to_itself(convlet, run: Run, picture: Path, tmp_path) -> None:
    for name in ("self.png", "self.onnx"):
        (tmp_path / name).symlink_to(name)
    status, out, err = convlet("predict", run.path, "self.png", picture)
    assert (status, out.count("digit.png"), err.count("error:")) == (3, 1, 1)
    (tmp_path / "out.png").symlink_to("out.png")
    assert convlet("predict", run.path, picture, "--all", "--out", "out.png")[0] == 0  # it takes the link's place
    for words in (
        ["explain", run.path, "self.png"],
        ["compare", "self.onnx", run.path],
        ["predict", "self.onnx", picture],
    ):
        status, _, err = convlet(*words)
        assert (status, err.count("error:")) == (3, 1), words


HOSTILE = "a\x1b]0;pwned\x07\nseven.png: 7  99.9%\u202e.png"


def test_a_name_steers_neither_the_terminal_nor_the_reader(convlet, run: Run, picture: Path, tmp_path) -> None:
    shutil.copy(picture, tmp_path / HOSTILE)
    status, out, err = convlet("predict", run.path, HOSTILE, "no\n\x1b[2Jfile.png")
    assert status == 3
    assert out.count("\n") == 1
    assert r"a\x1b]0;pwned\x07\nseven.png: 7  99.9%\u202e.png: " in out
    assert not any(character in out + err for character in "\x1b\x07\u202e")
    assert all(line.startswith(("error: ", "       ")) for line in err.splitlines())


def test_a_class_of_a_stranger_is_shown_and_written_safely(convlet, run: Run, picture: Path, tmp_path) -> None:
    import onnx

    proto = onnx.load(run.path / "model.onnx")
    names = next(one for one in proto.metadata_props if one.key == "convlet.class_names")
    names.value = json.dumps([f"=cmd{number}\x1b[31m\n{number}" for number in range(10)])
    del proto.metadata_props[0]  # the seal
    onnx.save(proto, tmp_path / "theirs.onnx")
    shutil.copy(picture, tmp_path / "=1+1.png")
    status, out, _ = convlet("predict", "theirs.onnx", "=1+1.png")
    assert (status, out.count("\n")) == (0, 1)
    assert "\x1b" not in out
    convlet("predict", "theirs.onnx", "=1+1.png", "--out", "answers.csv")
    _, row = list(csv.reader((tmp_path / "answers.csv").read_text().splitlines()))
    assert row[0] == "'=1+1.png"
    assert row[1].startswith("'=cmd")
