"""The command that comes next."""

import shlex
import string

import pytest

from convlet.cli.console import note
from convlet.cli.hints import NEXT, after
from tests.cli.test_everywhere import VERBS

ENDED_BY_THEMSELVES = {"train", "tune", "recipe show", "runs list", "runs show"}  # they know their result
UNTIL_STOPPED = {"serve", "view"}


@pytest.mark.parametrize("path", VERBS)
def test_every_verb_names_the_next_one(path: str) -> None:
    assert path in NEXT, f"say in cli/hints.py what comes after {path}"
    assert bool(NEXT[path]) != (path in ENDED_BY_THEMSELVES | UNTIL_STOPPED)


@pytest.mark.parametrize("path", VERBS)
def test_a_hint_names_verbs_and_arguments_that_there_are(path: str) -> None:
    names = {each.name for each in VERBS[path].params}
    fields = {field for _, field, _, _ in string.Formatter().parse(NEXT[path]) if field}
    assert fields <= names
    for command in NEXT[path].split("convlet ")[1:]:
        words = command.replace(",", " ").replace(";", " ").split()
        assert {" ".join(words[:1]), " ".join(words[:2])} & (VERBS.keys()), command


def test_what_was_given_is_quoted_for_a_shell() -> None:
    hint = after("data info", {"name": "my letters; rm"})
    assert shlex.split(hint)[:4] == ["convlet", "data", "show", "my letters; rm,"]
    assert after("compare", {"models": ["a b", "c"]}).startswith("convlet evaluate 'a b' for")
    assert after("no such verb", {}) == ""


def test_a_hint_ends_a_command_and_stays_away_from_json_and_quiet(convlet) -> None:
    assert convlet("data", "info", "digits")[2].splitlines()[-1].startswith("Next: convlet data show digits")
    assert "Next" not in convlet("data", "info", "digits", "--json")[2]
    assert "Next" not in convlet("data", "info", "digits", "-q")[2]
    assert "Next" not in convlet("data", "info", "dgits")[2]


def test_a_note_that_is_a_hint_is_the_only_one(convlet, monkeypatch) -> None:
    monkeypatch.setattr("convlet.cli.data.show", lambda *_: note("Next: convlet data list"))
    assert convlet("data", "info", "digits")[2] == "Next: convlet data list\n"
