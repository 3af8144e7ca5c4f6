"""The README's commands and Python code run as printed."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import convlet
from convlet import cli

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line.removeprefix("$ ")
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
]


@pytest.mark.long
def test_every_command_works_in_the_readmes_order(tmp_path, monkeypatch, capsys) -> None:
    assert len(COMMANDS) >= 7
    monkeypatch.chdir(tmp_path)
    for command in COMMANDS:
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        with pytest.raises(SystemExit) as exited:
            cli.main()
        captured = capsys.readouterr()
        assert not exited.value.code, f"{command}\n{captured.err}"
        assert captured.out, command


@pytest.mark.long
def test_the_python_works(tmp_path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("epoch  1: loss")
    assert float(lines[10]) > 0.9
    assert len(lines) == 14


def test_the_recipes_parameters_are_those_of_the_table() -> None:
    rows = dict(re.findall(r"^\| `([\w-]+)` \|[^|]*\| ([\d,]+) \|", README, re.MULTILINE))
    assert set(rows) == set(convlet.RECIPES) - {"small-data"}
    built = {}
    for name in rows:
        reading = {"reading": "picture"} if name.startswith("pictures") else {}  # they learn one class more
        recipe = convlet.recipe(name, **reading)
        built[name] = recipe.ensemble * convlet.build_model(recipe, (28, 28, 1), 10).count_params()
    assert built == {name: int(figure.replace(",", "")) for name, figure in rows.items()}


def test_every_link_leads_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README) + re.findall(r'src="([^"]+)"', README)
    assert targets
    for target in targets:
        assert (ROOT / target).exists(), target


def test_its_two_commands_are_make_targets() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("train", "test"):
        assert f"make {target}" in README
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
