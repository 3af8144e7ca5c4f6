"""The reference of the command line, and the schemas of all JSON: made from the code, and held against real output."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer

from convlet import cli
from convlet.cli import reference
from convlet.cli.commands import app
from tests.belongings import prepare

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
JSON = (FOLDER / "json.md").read_text(encoding="utf-8")
ROWS = dict(
    re.findall(
        r"^\| `(convlet [^|]+?)` ?(?:, `--grid` )?\| \[[\w-]+\.json\]\(schemas/([\w-]+)\.json\) \|", JSON, re.MULTILINE
    )
)
SCHEMAS = sorted(path.stem for path in (FOLDER / "schemas").glob("*.json") if path.stem != "openapi")

QUICK = {
    "data list": "data-list",
    "data info digits": "data-info",
    "data info photos": "data-info",
    "data check photos": "data-check",
    "data check mine": "data-check",
    "runs check digits": "runs-check",
    "runs clean runs": "runs-clean",
    "predict digits seven.jpg two.png": "predict",
    "predict digits page.jpg --all": "predict-page",
    r"predict digits page.jpg --all --expect \d{3}": "predict-page",
    "predict digits sudoku.jpg --grid 9x9": "predict-page",
    "predict digits scans --out answers.csv": "predict-table",
    "predict digits scans --all --out numbers.csv": "predict-pages-table",
    "compare digits runs/digits-small-data-1 --dataset mine": "compare",
    "explain digits two.png": "explain",
}
QUICK |= {
    "data show digits --index 0": "data-show",
    "recipe list": "recipe-list",
    "recipe show fast": "recipe-show",
    "recipe fields dropout": "recipe-fields",
    "runs list": "runs-list",
}
LONG = {
    "train digits --epochs 2": "train",
    "evaluate runs/digits-small-data-1": "evaluate",
    "evaluate runs/digits-small-data-1 --corruptions": "evaluate",
    "export runs/digits-small-data-1 --format onnx": "export",
    "data check photos --labels": "data-check",
    "tune digits --trials 2": "tune",
    "doctor": "doctor",
    "runs show digits-small-data-1": "runs-show",
    "runs open digits-small-data-1": "runs-open",
    "runs rename digits-small-data-1 other": "runs-rename",
    "runs remove other --yes": "runs-remove",
}
SERVED = {
    "serve digits --port 0": "serve",
    "label mine --model digits --no-open --port 0": "label",
    "view --no-open --port 0": "view",
}


def schema(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(
        json.loads((FOLDER / "schemas" / f"{name}.json").read_text(encoding="utf-8"))
    )


def output(words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Any:
    """What a command prints with --json, in the current folder."""
    monkeypatch.setattr(sys, "argv", ["convlet", *words, "--json"])
    with pytest.raises(SystemExit) as exited:
        cli.main()
    captured = capsys.readouterr()
    assert exited.value.code in (0, None, 4), captured.err  # 4: a check found something, and says what
    return json.loads(captured.out)


@pytest.fixture
def somewhere(tmp_path, run, digits, monkeypatch) -> Path:
    prepare(tmp_path, run, digits)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.usefixtures("somewhere")
def test_what_is_printed_has_the_form_of_its_schema(monkeypatch, capsys) -> None:
    for command, name in QUICK.items():
        found = [*schema(name).iter_errors(output(command.split(), monkeypatch, capsys))]
        assert not found, f"convlet {command}: {found[0].json_path}: {found[0].message[:300]}"


@pytest.mark.long
@pytest.mark.usefixtures("somewhere")
def test_what_trainings_print_has_the_form_of_its_schema(monkeypatch, capsys) -> None:
    for command, name in LONG.items():
        found = [*schema(name).iter_errors(output(command.split(), monkeypatch, capsys))]
        assert not found, f"convlet {command}: {found[0].json_path}: {found[0].message[:300]}"


@pytest.mark.long
@pytest.mark.parametrize("command", SERVED)
def test_what_servers_print_has_the_form_of_its_schema(command: str, somewhere: Path) -> None:
    words = [sys.executable, "-m", "convlet", *command.split(), "--json"]
    with subprocess.Popen(words, cwd=somewhere, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            said = json.loads(server.stdout.readline())
        finally:
            server.terminate()
    assert [*schema(SERVED[command]).iter_errors(said)] == []


def test_every_schema_is_one_and_is_held_against_something() -> None:
    for name in SCHEMAS:
        jsonschema.Draft202012Validator.check_schema(schema(name).schema)
        assert schema(name).schema["title"].startswith("convlet ")
    assert set(SCHEMAS) == set(ROWS.values()) == {*QUICK.values(), *LONG.values(), *SERVED.values()}


def test_a_schema_refuses_what_it_does_not_name() -> None:
    good = {"input": "a", "label": "7", "probability": 1.0, "top": [["7", 1.0]], "known": True, "empty": False}
    assert schema("predict").is_valid([good])
    for bad in ({**good, "more": 1}, {**good, "probability": 2}, {"input": "a"}):
        assert not schema("predict").is_valid([bad])


def test_every_verb_with_json_is_in_the_table() -> None:
    verbs = {name for name, verb in reference.verbs("convlet", typer.main.get_command(app)) if _takes_json(verb)}
    assert len(verbs) > 8
    assert {re.sub(r" --.*", "", name) for name in ROWS} == verbs


def _takes_json(verb: Any) -> bool:
    return any("--json" in parameter.opts for parameter in verb.params)


def test_the_pages_are_those_that_the_code_makes() -> None:
    """After a change: `make reference`."""
    assert (FOLDER / "command-line.md").read_text(encoding="utf-8") == reference.page()
    assert (FOLDER / "schemas" / "openapi.json").read_text(encoding="utf-8") == reference.openapi()


def test_every_verb_and_option_is_on_the_page() -> None:
    page = reference.page()
    assert "......" not in page  # an argument's own points, and those of several
    for name, verb in reference.verbs("convlet", typer.main.get_command(app)):
        section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert section, name
        for parameter in verb.params:
            if parameter.param_type_name == "option" and parameter.name != "help":
                assert all(f"{option}" in section for option in parameter.opts), parameter.name
