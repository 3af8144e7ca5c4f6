"""docs/design.md agrees with the tree, the command line and the public names."""

import re
from pathlib import Path

import pytest
import typer

import convlet
from convlet.cli import commands

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "convlet"
DESIGN = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
MAP = DESIGN.partition("## The map of the rooms")[2].partition("\n## ")[0]
INTERFACES = DESIGN.partition("## Interfaces that must hold")[2]


def _rooms() -> set[str]:
    """Every folder of Python or of the page, and every top-level module, as written in the map."""
    folders = {path.parent for path in SOURCE.rglob("__init__.py")} - {SOURCE}
    modules = {path.with_suffix("") for path in SOURCE.glob("*.py") if not path.stem.startswith("__")}
    return {path.relative_to(SOURCE).as_posix() for path in folders | modules | {SOURCE / "page"}}


def test_the_map_names_every_room_and_no_other() -> None:
    assert set(re.findall(r"^\| `([\w/]+)` \|", MAP, re.MULTILINE)) == _rooms()


def test_there_are_at_most_twenty_rooms() -> None:
    assert len({room.partition("/")[0] for room in _rooms()}) <= 20


def test_every_verb_and_every_flag_stand_in_the_interfaces() -> None:
    command = typer.main.get_command(commands.app)
    verbs = {name: verb for name, verb in command.commands.items() if name != "data"}  # type: ignore[attr-defined]
    assert len(verbs) >= 8
    for name, verb in verbs.items():
        section = INTERFACES.partition(f"**`convlet {name}`**")[2].partition("\n**")[0]
        flags = {option for parameter in verb.params for option in parameter.opts if option.startswith("--")}
        missing = sorted(flag for flag in flags - {"--help", "--data-dir", "--json"} if flag not in section)
        assert not missing, f"convlet {name}: {missing}"


@pytest.mark.parametrize("name", [name for name in convlet.__all__ if not name.startswith("__")])
def test_every_public_name_stands_in_the_interfaces(name: str) -> None:
    python = INTERFACES.partition("**Python**")[2]
    assert re.search(rf"\b{name}\b", python)


def test_prose_is_wrapped() -> None:
    assert [line for line in DESIGN.splitlines() if len(line) > 100 and not line.startswith("|")] == []
