"""`--help` in the user's language: whole, of the same meaning where that can be told, and nothing else translated."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from convlet.cli import commands, language
from convlet.cli.language import COMMA, FRAME, LANGUAGES, PARTS, USAGE, keys, load, places, said

FOLDER = Path(language.__file__).with_name("languages")
OTHERS = [name for name in LANGUAGES if name != "en"]
VERBS = ["", "train", "tune", "predict", "serve", "data", "data check", "runs clean"]
# What a language writes as English does.
SAME = {"fr": {"Arguments", "Options"}}
SIGNS = {COMMA, "{readable}."}  # of no language
TYPED = re.compile(r"--[a-z][\w-]*|`[^`]+`|'[^' ]*[\\\[][^']*'|\{\w*\}|[\w.-]+\.(?:toml|csv|png|db)\b|\d+x\d+|\d{3,}")


def english() -> set[str]:
    """Every text that is shown by the help of some verb."""

    def texts(command: Any, context: Any) -> Iterator[str]:
        for holder, name in places(command, context):
            yield from keys(getattr(holder, name))
        for verb in getattr(command, "commands", {}).values():
            yield from texts(verb, verb.context_class(verb, parent=context))

    command = typer.main.get_command(commands.app)
    return {*texts(command, command.context_class(command)), *FRAME.values(), USAGE, COMMA, *PARTS}


def shown(*words: str, **variables: str) -> str:
    """What a command prints at a width where no line is broken."""
    env = {"LC_ALL": None, "LC_MESSAGES": None, "LANG": None, "CONVLET_LANGUAGE": None, "COLUMNS": "2000"}
    done = CliRunner().invoke(commands.app, list(words), env=env | variables)
    assert done.exit_code == 0
    return done.output


@pytest.mark.parametrize("name", OTHERS)
def test_no_text_is_missing_and_none_is_left_over(name: str) -> None:
    words = load(name)
    assert sorted(english() - words.keys()) == [], f"translate these into languages/{name}.json"
    assert sorted(words.keys() - english()) == [], f"remove these from languages/{name}.json"


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_is_in_order_and_has_each_text_once(name: str) -> None:
    pairs = json.loads((FOLDER / f"{name}.json").read_text("utf-8"), object_pairs_hook=list)
    assert [key for key, _ in pairs] == sorted({key for key, _ in pairs})
    assert [key for key, text in pairs if not text.strip()] == []


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_typed_stands_in_the_translation_too(name: str) -> None:
    """Flags, code, files, numbers and the places of other texts."""
    words = load(name)
    wrong = {key: text for key, text in words.items() if set(TYPED.findall(key)) != set(TYPED.findall(text))}
    assert wrong == {}


@pytest.mark.parametrize("name", OTHERS)
def test_nothing_was_left_in_english(name: str) -> None:
    same = {key for key, text in load(name).items() if key == text and key not in SIGNS}
    assert same == SAME.get(name, set())


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("verb", VERBS)
def test_every_help_is_in_the_language(verb: str, name: str) -> None:
    """At the width of a terminal nothing is cut off, and at any width nothing is English."""
    words = load(name)
    asked = [*verb.split(), "--help"]
    said_ = shown(*asked, CONVLET_LANGUAGE=name)
    assert words[USAGE] in said_
    assert words[FRAME["OPTIONS_PANEL_TITLE"]] in said_
    for key in english() - SIGNS - SAME.get(name, set()):
        if len(key) > 20 and "{" not in key:
            assert key not in said_
    assert "…" not in shown(*asked, CONVLET_LANGUAGE=name, COLUMNS="80")


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({}, "en"),
        ({"LANG": "de_AT.UTF-8"}, "de"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "zh_Hant_TW"}, "zh"),
        ({"LANG": "es_MX@euro", "CONVLET_LANGUAGE": "ja"}, "ja"),
        ({"LANG": "", "LC_ALL": "", "CONVLET_LANGUAGE": ""}, "en"),
        ({"LANG": "../languages/de"}, "en"),
        ({"LANG": "pt_BR.UTF-8"}, "en"),
    ],
)
def test_the_first_variable_that_is_set_decides(
    variables: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in ("CONVLET_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    assert language.language() == name
    assert capsys.readouterr().err == ""


def test_a_language_asked_for_by_name_that_there_is_not() -> None:
    said_ = shown("runs", "--help", CONVLET_LANGUAGE="tlh")
    assert "CONVLET_LANGUAGE is 'tlh'. Expected one of ar, de, en," in said_
    assert "Look after run folders" in said_


def test_letters_that_stdout_cannot_show(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stream:
        encoding = "ascii"

    monkeypatch.setattr("sys.stdout", Stream)
    assert load("ja") == {}


def test_a_text_without_translation_is_shown_as_it_is() -> None:
    words = load("de")
    assert said("A new text.", words) == "A new text."
    assert said("The picture to write.\n\nA new text.", words).startswith("The picture to write.")


def test_errors_and_results_stay_english() -> None:
    env = {"CONVLET_LANGUAGE": "de", "LANG": "de_DE.UTF-8"}
    before = shown("runs", "--help")
    assert "Lauf-Ordner" in shown("runs", "--help", **env)
    assert shown("runs", "--help") == before  # nothing of it stays in the process
    done = CliRunner().invoke(commands.app, ["train", "--nonsense"], env=env)
    assert done.exit_code == 2
    assert "Usage: " in done.output
    assert "No such option" in done.output
