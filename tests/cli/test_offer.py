"""In a terminal a missing extra is offered; nowhere else is anybody asked."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from convlet import __version__
from convlet.errors import MissingExtraError
from tests import light

STATUS = MissingExtraError.exit_status
VERBS = [
    ("train",),
    ("train", "--from", "digits", "mine"),
    ("tune",),
    ("evaluate", "digits"),
    ("compare", "digits", "digits"),
    ("export", "digits", "--format", "onnx"),
    ("data", "info", "digits"),
    ("explain", "digits", "seven.png", "--method", "grad-cam"),
    ("serve", "digits", "--teach", "mine"),
]


def in_terminal(words: list[str], typed: bytes, folder: Path, **settings: str) -> tuple[int, str]:
    """Run a command in a terminal of its own and type something; return its status and what it showed."""
    pty = pytest.importorskip("pty", reason="a system without terminals of this kind")
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        words, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=light.ENVIRONMENT | settings
    )
    os.close(theirs)
    shown = b""
    try:
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # the child has closed it
                break
            if not part:
                break
            shown += part
            if typed and b"[y/N]" in shown:
                os.write(ours, typed)
                typed = b""
        return child.wait(60), shown.decode(errors="replace")
    finally:
        child.kill()
        child.wait()
        os.close(ours)


def draw(folder: Path) -> None:
    from PIL import Image, ImageDraw

    picture = Image.new("L", (200, 200), 240)
    ImageDraw.Draw(picture).line([(60, 50), (140, 50), (90, 160)], 20, 14)
    picture.save(folder / "seven.png")


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_every_verb_that_needs_it_says_so_in_one_line(words: tuple[str, ...], tmp_path: Path) -> None:
    draw(tmp_path)
    (tmp_path / "mine").mkdir()

    done = subprocess.run(
        [*light.COMMAND, *words],
        cwd=tmp_path,
        env=light.ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert "[train]" in line
    assert done.returncode == STATUS
    assert not done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("predict", "digits", "seven.png"),
        ("predict", "digits", "seven.png", "--all"),
        ("explain", "digits", "seven.png"),
        ("data", "check", "mine"),
    ],
    ids=" ".join,
)
def test_the_light_part_needs_none_of_it(words: tuple[str, ...], tmp_path: Path) -> None:
    for name in ("mine/one", "mine/two"):
        (tmp_path / name).mkdir(parents=True)
        draw(tmp_path / name)
    draw(tmp_path)

    done = subprocess.run([*light.COMMAND, *words], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode in ((0, 4) if words[0] == "data" else (0,)), done.stderr
    assert done.stdout


def test_in_a_terminal_it_is_offered_and_no_is_no(tmp_path: Path) -> None:
    status, shown = in_terminal([*light.COMMAND, "train"], b"n\n", tmp_path)

    assert "Install it now (about 2 GB on disk" in shown
    assert status == STATUS


def asked(folder: Path, pipx: str) -> tuple[int, str]:
    """Answer yes in an environment that pipx has made, with a program of that name that runs a line of shell."""
    (folder / "pipx_metadata.json").touch()
    program = folder / "pipx"
    program.write_text(f"#!/bin/sh\n{pipx}\n")
    program.chmod(0o755)
    code = (
        f"import sys; sys.prefix = {str(folder)!r}; sys.argv = ['convlet', '--version']\n"
        "from convlet.cli.offer import offer; from convlet.errors import MissingExtraError\n"
        "offer(MissingExtraError('x', extra='train')); print('back')"
    )
    return in_terminal([sys.executable, "-c", code], b"y\n", folder, PATH=f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_yes_installs_and_goes_on(tmp_path: Path) -> None:
    status, shown = asked(tmp_path, 'echo "$@" > asked.txt')

    words = (tmp_path / "asked.txt").read_text()
    assert words.startswith(f"runpip {tmp_path.name} install ")
    assert "[train]" in words
    assert "Going on with: convlet --version" in shown
    assert shown.split()[-2:] == ["convlet", __version__]
    assert "back" not in shown
    assert status == 0


def test_a_failed_installation_is_told(tmp_path: Path) -> None:
    _, shown = asked(tmp_path, "echo no space left >&2; exit 3")

    assert "no space left" in shown
    assert "The installation failed (status 3)" in shown
    assert shown.split()[-1] == "back"  # the command ends with the error's status


@pytest.mark.parametrize("words", [("train", "--json"), ("train", "mine", "--json")], ids=" ".join)
def test_scripts_are_never_asked(words: tuple[str, ...], tmp_path: Path) -> None:
    status, shown = in_terminal([*light.COMMAND, *words], b"", tmp_path)

    assert status == STATUS
    assert "[y/N]" not in shown


def test_ci_is_never_asked(tmp_path: Path) -> None:
    status, shown = in_terminal([*light.COMMAND, "train"], b"", tmp_path, CI="true")

    assert status == STATUS
    assert "[y/N]" not in shown
