"""The containers, as far as it can be told without a builder: `.ci/try_containers` builds and uses them."""

import fnmatch
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import typer

from convlet.cli import commands

ROOT = Path(__file__).parents[1]
FILES = ("Containerfile", "Containerfile.train")
KNOWN = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "ARG", "USER", "EXPOSE", "STOPSIGNAL"}
KNOWN |= {"HEALTHCHECK", "ENTRYPOINT", "CMD"}


def steps(name: str) -> list[tuple[str, str]]:
    """Each instruction with its words; lines that go on are joined."""
    text = re.sub(r"(?m)^#.*\n", "", (ROOT / name).read_text("utf-8"))
    joined = re.sub(r"\\\n\s*", "", text)
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines() if line]  # type: ignore[misc]


def last_stage(name: str) -> list[tuple[str, str]]:
    found = steps(name)
    return found[max(place for place, (word, _) in enumerate(found) if word == "FROM") :]


def sources(name: str) -> list[str]:
    copied = [words for word, words in steps(name) if word == "COPY" and "--from=" not in words]
    return [source for words in copied for source in words.split()[:-1]]


@pytest.mark.parametrize("name", FILES)
def test_every_line_is_an_instruction_and_every_copied_file_is_here(name: str) -> None:
    assert {word for word, _ in steps(name)} <= KNOWN
    assert sources(name)
    assert [source for source in sources(name) if not (ROOT / source).exists()] == []


@pytest.mark.parametrize("name", FILES)
def test_what_is_copied_is_sent_to_the_builder_and_little_else(name: str) -> None:
    rules = [line for line in (ROOT / ".containerignore").read_text("utf-8").splitlines() if line and line[0] != "#"]
    assert rules[0] == "*"
    sent = {rule[1:] for rule in rules if rule[0] == "!"}
    assert [source for source in sources(name) if source not in sent] == []
    assert [
        path for path in ("runs", ".git", ".venv", "tests") if any(fnmatch.fnmatch(path, one) for one in sent)
    ] == []
    assert (ROOT / ".dockerignore").read_bytes() == (ROOT / ".containerignore").read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_it_runs_as_a_user_without_rights(name: str) -> None:
    users = [words for word, words in last_stage(name) if word == "USER"]
    assert len(users) == 1
    assert all(int(number) >= 1000 for number in users[0].split(":"))
    words = [word for word, _ in last_stage(name)]
    assert "RUN" not in words[words.index("USER") :]
    assert "STOPSIGNAL" in words


@pytest.mark.parametrize("name", FILES)
def test_the_base_has_a_python_that_convlet_takes_and_is_no_moving_target(name: str) -> None:
    bases = {words.split()[0] for word, words in steps(name) if word == "FROM"}
    (base,) = bases
    assert re.fullmatch(r"docker\.io/library/python:3\.1[123]-slim-\w+", base)


@pytest.mark.parametrize("name", FILES)
def test_the_command_it_runs_exists(name: str) -> None:
    found = dict(last_stage(name))
    assert found["ENTRYPOINT"] == '["convlet"]'
    command = re.findall(r'"([^"]+)"', found["CMD"])
    verb = typer.main.get_command(commands.app).commands[command[0]]  # type: ignore[attr-defined]
    flags = {option for parameter in verb.params for option in parameter.opts}
    assert [word for word in command if word.startswith("--") and word not in flags] == []


def test_the_light_one_installs_no_extra_and_the_other_one_that_there_is() -> None:
    (light,) = [words for word, words in steps("Containerfile") if word == "RUN"]
    assert light.endswith("--disable-pip-version-check .")
    (extra,) = [words.partition("=")[2] for word, words in steps("Containerfile.train") if word == "ARG"]
    assert extra == "train"


class Answers(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_the_health_check_asks_the_server(status: int, healthy: bool, tmp_path: Path) -> None:
    server = HTTPServer(("127.0.0.1", 0), type("Now", (Answers,), {"status": status}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    text = (ROOT / ".ci" / "healthy").read_text("utf-8")
    assert ":8000/" in text  # as in the Containerfile
    program = tmp_path / "healthy"
    program.write_text(text.replace(":8000/", f":{server.server_port}/"))
    done = subprocess.run([sys.executable, program], check=False, capture_output=True)
    server.shutdown()
    server.server_close()
    assert (done.returncode == 0) is healthy
