"""README.md: its size, its figures, its links. That its blocks run is in test_docs.py."""

import re
from pathlib import Path

import convlet
from tests.blocks import blocks

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TOUR = (ROOT / "docs" / "start" / "tour.md").read_text(encoding="utf-8")
BLOCKS = blocks(ROOT / "README.md")


def test_it_is_short_and_narrow() -> None:
    lines = README.splitlines()
    assert len(lines) <= 120
    assert max(map(len, lines)) <= 100


def test_it_has_four_commands_with_what_they_print_and_twelve_lines_of_python() -> None:
    commands = [one for block in BLOCKS if block.language == "console" for one in block.commands]
    assert [command.split()[:2] for command, _ in commands] == [
        ["convlet", verb] for verb in ("predict", "serve", "train", "evaluate")
    ]
    assert all(printed for _, printed in commands)
    (program,) = [block.code for block in BLOCKS if block.language == "python"]
    assert len(program.splitlines()) <= 12


def test_all_of_it_runs_but_the_installation() -> None:
    assert [block.code.split()[:2] for block in BLOCKS if block.typed and not block.runs] == [["pip", "install"]]


def test_the_recipes_parameters_are_those_of_the_tables() -> None:
    rows = dict(re.findall(r"^\| `([\w-]+)` \|[^|]*\| ([\d,]+) \|", TOUR, re.MULTILINE))
    assert set(rows) == set(convlet.RECIPES) - {"small-data"}
    built = {}
    for name in rows:
        reading = {"reading": "picture"} if name.startswith("pictures") else {}  # they learn one class more
        recipe = convlet.recipe(name, **reading)
        built[name] = recipe.ensemble * convlet.build_model(recipe, (28, 28, 1), 10).count_params()
    assert built == {name: int(figure.replace(",", "")) for name, figure in rows.items()}
    said = re.findall(r"^\| `([\w-]+)`, ([\d,]+) parameters", README, re.MULTILINE)
    assert said
    assert all(rows[name] == figure for name, figure in said)


def test_its_accuracies_are_those_of_the_tour() -> None:
    said = re.findall(r"^\| `(\w+)`[^|]*\| [\w-]+ ([\d.]+) %", README, re.MULTILINE)
    tour = dict(re.findall(r"^\| `([\w-]+)` \|[^|]*\|[^|]*\|[^|]*\| ([\d.]+) %", TOUR, re.MULTILINE))
    assert len(said) >= 5
    assert dict(said).items() <= tour.items()


def test_every_link_leads_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README) + re.findall(r'src="([^"]+)"', README)
    assert len(targets) > 20
    for target in targets:
        assert (ROOT / target).exists(), target


def test_its_two_commands_are_make_targets() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("train", "test", "docs"):
        assert f"make {target}" in README
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
