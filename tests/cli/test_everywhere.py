"""The flags of every verb, before it and after it."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from convlet.cli import commands
from convlet.cli.console import MANNER
from convlet.cli.everywhere import begin_anew


def verbs(command, words=()):
    """Every verb of the command with its words."""
    for name, one in getattr(command, "commands", {}).items():
        yield from verbs(one, (*words, name))
    if not hasattr(command, "commands"):
        yield " ".join(words), command


ROOT = Path(__file__).parents[2]
VERBS = dict(verbs(typer.main.get_command(commands.app)))


@pytest.mark.parametrize("path", VERBS)
def test_every_verb_has_them(path: str) -> None:
    flags = {flag for each in VERBS[path].params for flag in each.opts}
    assert {"--quiet", "-q", "--debug"} <= flags


@pytest.mark.parametrize("words", [("-q", "data", "info", "digits"), ("data", "info", "digits", "--quiet")])
def test_quiet_leaves_the_results_alone(convlet, words: tuple[str, ...]) -> None:
    status, out, err = convlet(*words)
    assert (status, err) == (0, "")
    assert out == convlet("data", "info", "digits")[1]


def test_quiet_is_forgotten_by_the_next_command(convlet) -> None:
    convlet("-q", "data", "info", "digits")
    assert "Next: " in convlet("data", "info", "digits")[2]


def test_quiet_hides_no_error(convlet) -> None:
    status, out, err = convlet("-q", "data", "info", "dgits")
    assert (status, out) == (3, "")
    assert err.startswith("error: there is no data set 'dgits'")


def test_debug_shows_where_an_error_arose(convlet) -> None:
    assert "Traceback" not in convlet("data", "info", "dgits")[2]
    for words in (("--debug", "data", "info", "dgits"), ("data", "info", "dgits", "--debug")):
        status, _, err = convlet(*words)
        assert status == 3
        assert err.startswith("Traceback")
        assert "\nerror: there is no data set 'dgits'" in err


def test_begin_anew_forgets_everything() -> None:
    MANNER.quiet, MANNER.debug, MANNER.hinted, MANNER.doing = True, True, True, "waiting"
    begin_anew()
    assert (MANNER.quiet, MANNER.debug, MANNER.hinted, MANNER.doing, MANNER.bars) == (False, False, False, "", None)


def test_help_shows_them_once() -> None:
    shown = CliRunner().invoke(commands.app, ["data", "info", "--help"], env={"COLUMNS": "200"}).output
    assert shown.count("--quiet") == 1
    assert "Every command" in shown


@pytest.mark.parametrize("path", VERBS)
def test_every_verb_speaks_json(path: str) -> None:
    (json,) = [each for each in VERBS[path].params if "--json" in each.opts]
    assert json.help == "Print one JSON document to stdout."


SHARED = {"--cluster", "--config", "--data-dir", "--format", "--json", "--out", "--port", "--recipe", "--resume"}
SHARED |= {
    "--seed",
    "--split",
    "--transpose",
    "--quiet",
    "--debug",
    "--help",
    "--open",
    "--no-open",
    "--token",
    "--yes",
}


def test_flags_of_several_verbs_are_those_of_the_documentation() -> None:
    """A new flag that another verb has too is to mean the same: docs/command-line.md."""
    flags = [flag for verb in VERBS.values() for each in verb.params for flag in each.opts if flag.startswith("--")]
    assert {flag for flag in flags if flags.count(flag) > 1} <= SHARED
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert [flag for flag in SHARED if f"`{flag}`" not in page] == []
