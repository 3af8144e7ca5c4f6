"""Tables of pages."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlet.errors import OutputError, UsageError
from convlet.prediction.bulk import predict_files
from convlet.prediction.pages import Wish
from convlet.run import Run


@pytest.fixture
def scans(digits, tmp_path: Path) -> Path:
    """Twenty pages of three digits, an empty one, and one that is no image."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(20):
        sheet = np.full((200, 400), 255, np.uint8)
        for place in range(3):
            image = digits.test.images[3 * number + place, ..., 0]
            large = np.asarray(Image.fromarray(image).resize((80, 80), Image.Resampling.BICUBIC))
            sheet[60:140, 40 + 110 * place : 120 + 110 * place] = 255 - large
        Image.fromarray(sheet).save(folder / f"{number:02d}.png")
    Image.new("L", (100, 100), 255).save(folder / "blank.png")
    (folder / "broken.png").write_text("no image")
    return folder


def test_a_row_for_each_number(run: Run, scans: Path, tmp_path: Path) -> None:
    done = predict_files(run.path, [scans], tmp_path / "numbers.csv", pages=Wish())
    counts = done.counts
    assert (counts.images, counts.unreadable, counts.empty, counts.classes) == (22, 1, 1, {})
    with done.path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert counts.unknown == len({row["input"] for row in rows if "?" in row["text"]})
    predictor = run.predictor()
    for number in range(20):
        page = predictor.read_page(scans / f"{number:02d}.png")
        mine = [row for row in rows if row["input"] == f"{number:02d}.png"]
        expected = [
            (str(at), str(place), cell.text, *map(str, cell.box))
            for at, row in enumerate(page.rows, 1)
            for place, cell in enumerate(row.numbers, 1)
        ]
        keys = ("row", "number", "text", "left", "top", "right", "bottom")
        assert [tuple(row[key] for key in keys) for row in mine] == expected
    blank, broken = rows[-2:]
    assert (blank["input"], blank["text"], blank["error"]) == ("blank.png", "", "")
    assert "broken.png" in broken["error"]
    assert str(scans) not in broken["error"]


def test_every_kind_of_table_says_the_same(run: Run, scans: Path, tmp_path: Path) -> None:
    from pyarrow import parquet

    for suffix in ("parquet", "jsonl"):
        predict_files(run.path, [scans], tmp_path / f"numbers.{suffix}", pages=Wish(expect=r"\d{3}"))
    lines = [json.loads(line) for line in (tmp_path / "numbers.jsonl").read_text("utf-8").splitlines()]
    table = parquet.read_table(tmp_path / "numbers.parquet").to_pylist()
    assert [{**row, "probability": 0} for row in lines] == [{**row, "probability": 0} for row in table]
    assert {row["fits"] for row in lines} >= {True, None}


def test_processes_give_the_same_table(run: Run, scans: Path, tmp_path: Path) -> None:
    for name, workers in (("here", None), ("two", 2)):
        predict_files(run.path, [scans], tmp_path / f"{name}.csv", pages=Wish(), workers=workers)
    assert (tmp_path / "here.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_a_page_without_the_grid_is_a_row_with_the_reason(run: Run, scans: Path, tmp_path: Path) -> None:
    done = predict_files(run.path, [scans], tmp_path / "cells.csv", pages=Wish(grid=(9, 9)))
    assert done.counts.unreadable == 22
    text = done.path.read_text(encoding="utf-8")
    assert text.startswith("input,row,column,")
    assert text.count("no grid of 9 rows") == 21
    assert "03.png: there is no grid" in text


def test_a_pattern_that_is_none_is_an_error_before_anything_is_written(run: Run, scans: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no regular expression"):
        predict_files(run.path, [scans], tmp_path / "numbers.csv", pages=Wish(expect="["))
    assert {path.name for path in tmp_path.iterdir()} == {"scans"}


def test_an_interrupted_table_is_not_resumed_as_another(run: Run, scans: Path, tmp_path: Path, monkeypatch) -> None:
    from convlet.prediction.bulk import predict

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "numbers.csv"
    with monkeypatch.context() as patch:
        patch.setattr(predict.Parts, "join", stopped)
        with pytest.raises(KeyboardInterrupt):
            predict_files(run.path, [scans], out, pages=Wish())
    with pytest.raises(OutputError, match="change of: print"):
        predict_files(run.path, [scans], out, pages=Wish(keep_print=True))
    done = predict_files(run.path, [scans], out, pages=Wish())
    assert (done.before, done.counts.images) == (22, 22)
