"""Figures of benchmarks that are kept."""

import argparse
import json

import pytest

from benchmarks import measure


@pytest.fixture
def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser()
    found.add_argument("--count", type=int, default=100)
    found.add_argument("--seed", type=int, default=7)
    found.add_argument("--split", default="test")
    return found


@pytest.mark.parametrize(("words", "whole"), [([], True), (["--count", "99"], False), (["--seed", "1"], True)])
def test_whether_as_much_was_measured_as_usual(words: list[str], whole: bool, parser: argparse.ArgumentParser) -> None:
    assert measure.whole(parser, parser.parse_args(words)) is whole


def test_figures_of_less_do_not_replace_those_of_more(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(measure, "RESULTS", tmp_path)
    path = measure.save("sudoku", {"cells": 4}, whole=False)
    assert json.loads(path.read_text()) == {"cells": 4}
    measure.save("sudoku", {"cells": 100})
    measure.save("sudoku", {"cells": 5}, whole=False)
    assert json.loads(path.read_text()) == {"cells": 100}
    assert "sudoku.json tells of more" in capsys.readouterr().err
