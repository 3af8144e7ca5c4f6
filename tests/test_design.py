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
EVERYWHERE = {"--help", "--data-dir", "--json", "--quiet", "--debug"}  # flags that mean the same in every verb
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
    verbs = {name: verb for name, verb in command.commands.items() if name not in ("data", "runs")}  # type: ignore[attr-defined]
    assert len(verbs) >= 8
    for name, verb in verbs.items():
        section = INTERFACES.partition(f"**`convlet {name}`**")[2].partition("\n**")[0]
        flags = {option for parameter in verb.params for option in parameter.opts if option.startswith("--")}
        missing = sorted(
            flag for flag in flags - {"--help", "--data-dir", "--json", "--quiet", "--debug"} if flag not in section
        )
        assert not missing, f"convlet {name}: {missing}"


@pytest.mark.parametrize("name", [name for name in convlet.__all__ if not name.startswith("__")])
def test_every_public_name_stands_in_the_interfaces(name: str) -> None:
    python = INTERFACES.partition("**Python**")[2]
    assert re.search(rf"\b{name}\b", python)


def test_prose_is_wrapped() -> None:
    assert [line for line in DESIGN.splitlines() if len(line) > 100 and not line.startswith("|")] == []


# Tests over several modules, each with the reason why it has the name of none.
OVER_SEVERAL = {
    "cli/test_box.py": "every verb with the model in the box",
    "cli/test_process.py": "processes of their own, for every verb",
    "cli/test_read_only.py": "the commands of a container",
    "data/test_reader_contract.py": "what every reader holds to",
    "page/test_page_and_its_server.py": "the page is JavaScript",
    "page/test_page_for_everybody.py": "likewise",
    "page/test_page_for_labels.py": "likewise",
    "page/test_page_for_pictures.py": "likewise",
    "page/test_page_of_runs.py": "likewise",
    "page/test_page_that_teaches.py": "likewise",
    "page/test_page_in_every_language.py": "likewise",
    "page/test_page_with_its_model.py": "likewise",
    "page/test_page_without_a_mouse.py": "likewise",
    "page/test_reader_in_the_browser.py": "likewise",
    "page/test_words.py": "likewise",
    "reading/test_heif.py": "one kind of file in training, prediction and serving",
    "test_box.py": "the folder of the model in the box",
    "test_alike.py": "files that are to agree",
    "test_containers.py": "the containers' files",
    "test_docs.py": "README.md and docs/",
    "test_design.py": "docs/design.md and the tree",
    "test_examples.py": "all public names",
    "test_faults.py": "faults on purpose, anywhere",
    "test_main.py": "__main__.py",
    "test_measure.py": "what benchmarks keep",
    "test_notebook.py": "the tutorial's notebook",
    "test_private.py": "every verb, under a tracer",
    "test_public_names.py": "all public names",
    "test_light_install.py": "convlet without the extra `train`, from a wheel",
    "test_requirements.py": "`requirements/install.py`",
    "test_readme.py": "README.md",
    "test_seeds.py": "the tests' own seed",
    "test_workflows.py": "the workflows of GitHub Actions",
    "training/engines/test_jax_and_torch.py": "whole trainings on the other engines",
}
TESTS = ROOT / "tests"


def test_tests_mirror_the_source() -> None:
    modules = {path.relative_to(SOURCE).with_suffix("").as_posix() for path in SOURCE.rglob("*.py")} | _rooms()
    files = {path.relative_to(TESTS) for path in TESTS.rglob("test_*.py")}
    named_after_none = {
        path.as_posix() for path in files if (path.parent / path.stem.removeprefix("test_")).as_posix() not in modules
    }
    assert named_after_none == OVER_SEVERAL.keys()
