"""The code blocks of README.md and docs/**/*.md: found, and run as printed.

What runs is a ```console block (lines that begin with `$ `; what follows is what they print, but for its numbers; `...`
stands for anything, and a long line may be wrapped) or a ```python block.
An HTML comment just before a block says what else there is to know about it, always with the reason:

    <!-- not run: it fetches onnxruntime's browser build -->
    <!-- long: trains for half a minute -->                     `make test-long` alone runs it
    <!-- long, mnist: trains on MNIST -->                       and only where CONVLET_DATA has MNIST
    <!-- status 4: the folder has copies under two labels -->   its last command ends with this status

The blocks of a page run in its order in one folder, in which `prepare` has put what readers have of their own.
"""

import ast
import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from convlet import cli

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted(path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts)]
RUN = ("console", "python")
SHELL = (*RUN, "sh", "bash", "shell", "zsh", "pycon", "powershell", "py", "ps1", "cmd", "bat")
# What stands first in a line that somebody is to type, whatever the block calls itself.
TYPED = re.compile(r"^\s*(\$ |(convlet|pip|uv|pipx|make|python3?|curl|podman|docker|git|npm) [\w./-])", re.MULTILINE)
MARK = re.compile(r"<!--\s*(not run|long|status \d+)(, mnist)?(?::\s*(.+?))?\s*-->", re.DOTALL)
ADDRESS = re.compile(r"\b127\.0\.0\.1:\d+")
SERVERS = ("serve", "view")


@dataclass(frozen=True)
class Block:
    """One block of code: where it stands, its language ("" without one), what it says, and its marks with reasons."""

    page: str
    line: int
    language: str
    code: str
    marks: dict[str, str] = field(default_factory=dict)

    @property
    def typed(self) -> bool:
        """Whether it is for a reader to run."""
        return self.language in SHELL or (self.language in ("", "text") and bool(TYPED.search(self.code)))

    @property
    def runs(self) -> bool:
        """Whether the tests run it, the quick ones or the long ones."""
        return self.language in RUN and "not run" not in self.marks

    @property
    def long(self) -> bool:
        return "long" in self.marks

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"

    @cached_property
    def commands(self) -> list[tuple[str, list[str]]]:
        """Each command of a console block, with the lines that it is said to print."""
        found: list[tuple[str, list[str]]] = []
        for line in self.code.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                found.append((line.removeprefix("$ "), []))
            elif found:
                found[-1][1].append(line)
        return found


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page, those without a fence too."""
    found, marks = [], {}
    for token in MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8")):
        if token.type == "html_block":
            marks |= {kind: (more or "") + (why or "") for kind, more, why in MARK.findall(token.content)}
        elif token.type in ("fence", "code_block"):
            language = token.info.split()[0] if token.info.strip() else ""
            name = page.relative_to(ROOT).as_posix()
            found.append(Block(name, (token.map or [0])[0] + 1, language, token.content, marks))
            marks = {}
        elif not token.type.startswith("html"):
            marks = {}
    return found


class Reader:
    """Somebody who follows a page, in the current folder."""

    def __init__(self, capture: Any) -> None:
        self.capture, self.names = capture, {"__name__": "__main__"}
        self.servers: list[subprocess.Popen[bytes]] = []
        self.address = ""

    def follow(self, block: Block) -> None:
        """Do what a block says; it prints what stands there."""
        if block.language == "python":
            code = compile(ast.parse(self._here(block.code), block.where), block.where, "exec")
            with warnings.catch_warnings():
                warnings.simplefilter("default")  # as for a reader: what a library deprecates of itself is no error
                warnings.filterwarnings("error", module=r"__main__\b|convlet\b")  # but what the page itself does is
                exec(code, self.names)  # noqa: S102  a page of our own
            return
        assert block.commands, f"{block.where}: a console block without a line that begins with `$ `"
        expected = next((int(mark.split()[1]) for mark in block.marks if mark.startswith("status")), 0)
        for number, (command, lines) in enumerate(block.commands, start=1):
            status, printed = self._run(self._here(command))
            wanted = expected if number == len(block.commands) else 0
            assert status == wanted, f"{block.where}: {command}\nended with status {status}, not {wanted}\n{printed}"
            missing = not_printed(lines, printed)
            assert not missing, f"{block.where}: {command}\ndid not print {missing}, but\n{printed}"

    def close(self) -> None:
        """End the servers as Ctrl-C does; each ends by itself, with status 0."""
        for server in self.servers:
            server.send_signal(signal.SIGTERM)
        statuses = [server.wait(30) for server in self.servers]
        self.servers.clear()
        assert not any(statuses), statuses

    def _here(self, text: str) -> str:
        return ADDRESS.sub(self.address, text) if self.address else text

    def _run(self, command: str) -> tuple[int, str]:
        """Return the status and all that was printed."""
        words = shlex.split(command, comments=True)
        if words[:1] == ["convlet"] and words[1:2] and words[1] in SERVERS:
            return self._serve(words)
        if words[:1] == ["convlet"] and not set("|<>&;$*`") & set(re.sub(r"'[^']*'", "", command)):
            return self._called(words)
        bin_folders = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            [shutil.which("bash") or "bash", "-c", command],
            env=os.environ | {"PATH": bin_folders, "PYTHONWARNINGS": "default"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def _called(self, words: list[str]) -> tuple[int, str]:
        """A command in this process, which spares the seconds that Keras takes to be imported."""
        before = sys.argv, signal.getsignal(signal.SIGTERM)
        sys.argv = words
        status: Any = 0
        self.capture.readouterr()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("default")  # as for a reader: what a library deprecates of itself is no error
                cli.main()
        except SystemExit as exited:
            status = exited.code or 0
        finally:
            sys.argv = before[0]
            signal.signal(signal.SIGTERM, before[1])
        out, err = self.capture.readouterr()
        return status, out + err

    def _serve(self, words: list[str]) -> tuple[int, str]:
        """A server of its own, on a free port; later commands ask that one."""
        cut = next((place for place, word in enumerate(words) if word.startswith("--port")), len(words))
        kept = words[1:cut] + words[cut + 2 if words[cut:] and "=" not in words[cut] else cut + 1 :]
        log = Path(f"server-{len(self.servers)}.log")
        with log.open("wb") as file:
            program = [sys.executable, "-m", "convlet", *kept, "--port", "0"]
            self.servers.append(subprocess.Popen(program, stdout=file, stderr=file, stdin=subprocess.DEVNULL))
        for _ in range(600):
            if found := ADDRESS.search(printed := log.read_text(encoding="utf-8", errors="replace")):
                self.address = found[0]
                return 0, printed
            if self.servers[-1].poll() is not None:
                return self.servers.pop().returncode or 1, printed
            time.sleep(0.1)
        return 1, f"no address within a minute: {printed}"


def not_printed(lines: list[str], printed: str) -> list[str]:
    """The lines of a page that were not printed, alone or with those after them as one long line."""
    there = [masked(line) for line in printed.splitlines()]
    missing, at = [], 0
    while at < len(lines):
        ends = range(len(lines), at, -1)
        end = next((end for end in ends if any(as_said(" ".join(lines[at:end]), line) for line in there)), None)
        if end is None:
            missing.append(lines[at])
        at = end or at + 1
    return missing


def as_said(line: str, printed: str) -> bool:
    """Whether a masked line that was printed is what a page says; `...` stands for anything."""
    if not line.strip():
        return True
    parts = masked(line.replace("...", "\N{HORIZONTAL ELLIPSIS}")).split("\N{HORIZONTAL ELLIPSIS}")
    return re.fullmatch(".*".join(re.escape(part.strip()) for part in parts), printed) is not None


def masked(line: str) -> str:
    """A line without what differs from machine to machine and day to day: its numbers and the width of its columns."""
    return re.sub(r"\d[\d,.:]*", "0", " ".join(line.split())).replace("$ ", "")


@contextlib.contextmanager
def reader(capture: Any) -> Iterator[Reader]:
    """A `Reader`, whose servers end with the block."""
    one = Reader(capture)
    try:
        yield one
        one.close()
    finally:
        for server in one.servers:
            server.kill()
            server.wait()


def has(program: str) -> bool:
    """Whether this machine has a program."""
    return shutil.which(program) is not None
