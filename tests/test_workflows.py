"""The workflows of GitHub Actions: what they run is here, what they may do is little, what they use is pinned."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
TEXTS = {file.name: file.read_text("utf-8") for file in FILES}
WORKFLOWS: dict[str, Any] = {name: yaml.safe_load(text) for name, text in TEXTS.items()}
JOBS = {f"{name}:{job}": made for name, flow in WORKFLOWS.items() for job, made in flow["jobs"].items()}
TARGETS = set(re.findall(r"(?m)^([\w-]+):", (ROOT / "Makefile").read_text("utf-8")))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PYTHONS = {name.rpartition(" ")[2] for name in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", name)}
FETCHED = {"build", "pip", "twine", "uv"}  # modules that a job installs first, or that come with Python
SCRIPTS = (".ci/run", ".ci/try_containers")


def lines(job: Any) -> list[str]:
    return [line for step in job["steps"] for line in step.get("run", "").splitlines()]


def values(job: Any) -> Iterator[dict[str, Any]]:
    """Every combination of a job's matrix, included ones too."""
    matrix = job.get("strategy", {}).get("matrix", {})
    yield from matrix.get("include", [])
    yield {name: each for name, given in matrix.items() if name != "include" for each in given[:1]}


def test_there_are_some() -> None:
    assert {"tests.yml", "weekly.yml", "publish.yml"} <= {*TEXTS}
    assert len(JOBS) >= 10


def test_they_follow_the_schema_of_workflows() -> None:
    """The schema is in the checker's package: nothing is fetched."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    for schema, files in (("github-workflows", FILES), ("dependabot", [ROOT / ".github" / "dependabot.yml"])):
        done = subprocess.run([*command, f"vendor.{schema}", *files], check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", JOBS)
def test_what_a_job_runs_is_here(name: str) -> None:
    for line in lines(JOBS[name]):
        for target in re.findall(r"\bmake ([\w-]+)", line):
            assert target in TARGETS, f"no target {target} in the Makefile"
        for module in re.findall(r"\bpython -m ([\w.]+)", line):
            assert module in FETCHED or find_spec(module), f"no module {module}"
        for path in re.findall(r"(?<![\w/])\.ci/\w+(?:\.py)?", line):
            assert (ROOT / path).is_file(), path
        for path in re.findall(r"-r (requirements/[\w.]+)", line):
            assert (ROOT / path).is_file(), path


@pytest.mark.parametrize("name", TEXTS)
def test_actions_are_pinned_by_commit_and_say_of_which_version(name: str) -> None:
    used = re.findall(r"(?m)^ *- uses: (.*)$", TEXTS[name])
    assert used
    assert [one for one in used if not re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)] == []
    versions: dict[str, set[str]] = {}
    for one in {line for text in TEXTS.values() for line in re.findall(r"uses: (.*)$", text, re.MULTILINE)}:
        versions.setdefault(one.partition("@")[0], set()).add(one)
    assert {action for action, each in versions.items() if len(each) > 1} == set()


@pytest.mark.parametrize("name", JOBS)
def test_a_job_may_read_and_nothing_else_but_to_publish(name: str) -> None:
    assert WORKFLOWS[name.partition(":")[0]]["permissions"] == {"contents": "read"}
    job = JOBS[name]
    wanted = {"id-token": "write"} if name == "publish.yml:publish" else None
    assert job.get("permissions") == wanted
    assert job.get("environment") == ("pypi" if wanted else None)
    assert 0 < job["timeout-minutes"] <= 120
    for step in job["steps"]:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
        assert "${{ github." not in step.get("run", "")  # a branch's name would become a command


def test_a_tag_alone_publishes_and_only_what_was_tried() -> None:
    flow = WORKFLOWS["publish.yml"]
    assert flow[True] == {"push": {"tags": ["v*"]}}  # YAML takes `on` for true
    assert flow["jobs"]["publish"]["needs"] == "build"
    tried = lines(flow["jobs"]["build"])
    assert sum(".ci/try_package.py" in line for line in tried) == 2
    assert "secrets." not in TEXTS["publish.yml"]


def test_every_python_and_every_system_is_tried() -> None:
    tests = WORKFLOWS["tests.yml"]["jobs"]
    assert len(PYTHONS) == 3
    for job in ("linux", "systems", "package"):
        assert set(tests[job]["strategy"]["matrix"]["python"]) == PYTHONS
    for job in ("systems", "package"):
        systems = " ".join(tests[job]["strategy"]["matrix"]["system"])
        for part in ("ubuntu", "macos", "windows", "-arm"):
            assert part in systems
    weekly = WORKFLOWS["weekly.yml"]["jobs"]["versions"]
    assert {each.get("versions") for each in values(weekly)} >= {"highest", "lowest-direct"}


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_scripts_are_whole(script: str) -> None:
    path, bash = ROOT / script, shutil.which("bash")
    if bash is None or os.name == "nt":
        pytest.skip("they are scripts of bash")
    assert path.stat().st_mode & 0o111
    assert subprocess.run([bash, "-n", path], check=False).returncode == 0
