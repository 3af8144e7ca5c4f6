"""Options that verbs share, and flags in the library's errors."""

from pathlib import Path

import pytest
import typer

from convlet.cli import commands
from convlet.cli.flags import as_given, in_flags
from convlet.recipes import SETTINGS

COMMANDS = typer.main.get_command(commands.app).commands


@pytest.mark.parametrize(
    ("verb", "said", "shown"),
    [
        ("evaluate", "Leave corruptions=True out.", "Leave --corruptions out."),
        ("export", "out='x.txt' is no .onnx file.", "--out 'x.txt' is no .onnx file."),
        ("export", "Put it there (data_dir=DIR).", "Put it there (--data-dir DIR)."),
        ("export", "format='web' needs none.", "--format 'web' needs none."),
        ("train", "Choose another place: out=...", "Choose another place: --out."),
        ("train", "Change `learning_rate=`, epochs=3.", "Change `--learning-rate`, --epochs 3."),
        ("train", "Add filters=[32,64], or dropout=...", "Add --set filters=[32,64], or --set dropout=..."),
        ("train", "KERAS_BACKEND=jax, x-out=3, corruptions=True", "KERAS_BACKEND=jax, x-out=3, corruptions=True"),
        ("tune", "Change it with dropout=...", "Change it with dropout=..."),
        ("tune", "at most seconds=30", "at most --time 30"),
        ("train", "no such file: /data/seed=1/x.csv", "no such file: /data/seed=1/x.csv"),
        ("train", r"no such file: C:\data\seed=1", r"no such file: C:\data\seed=1"),
        ("train", "such as --set dropout=0.3; seed==3", "such as --set dropout=0.3; seed==3"),
    ],
)
def test_parameters_in_an_error_become_flags(verb: str, said: str, shown: str) -> None:
    assert in_flags(said, COMMANDS[verb].params) == shown


def test_a_path_is_said_as_it_was_typed(convlet, tmp_path: Path) -> None:
    (tmp_path / "cats").mkdir()
    for typed in ("cats", "cats/", "./cats"):
        assert convlet("data", "info", typed)[2].startswith(f"error: {typed.rstrip('/')} has no class folders")
    assert convlet("data", "info", tmp_path / "cats")[2].startswith(f"error: {tmp_path / 'cats'} has")
    here = str(Path().absolute())
    assert as_given(f"{here}/a.png", ["", ".", "/", str(tmp_path / "x")]) == "./a.png"
    assert as_given("/x/y", ["a", "None"]) == "/x/y"


def test_what_the_user_wrote_stays_as_it_is(convlet) -> None:
    assert "there is no data set 'seed=3/noise=1'" in convlet("train", "seed=3/noise=1")[2]
    assert "such as --set dropout=0.3" in convlet("train", "digits", "--set", "foo")[2]
    assert in_flags("no out=3 in out=...", COMMANDS["export"].params, ["out=3"]) == "no out=3 in --out."


def test_the_error_of_a_field_names_its_flag(convlet) -> None:
    assert "with --learning-rate or in the recipe file" in convlet("train", "digits", "--learning-rate", "0")[2]
    assert "with --set dropout=... or in the recipe file" in convlet("train", "digits", "--set", "dropout=2")[2]


def test_train_has_the_flags_of_the_fields_with_their_documentation() -> None:
    options = {option.name: option for option in COMMANDS["train"].params}
    for name, declared in SETTINGS.items():
        assert (name in options) == declared.flag
        if declared.flag:
            assert options[name].opts == [f"--{name.replace('_', '-')}"]
            assert options[name].help == f"{declared.doc[:-1]}: {declared.values.words}."
