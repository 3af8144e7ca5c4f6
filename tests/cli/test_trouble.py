"""What is said of any error: a line or two, a status, and a traceback with --debug alone."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from convlet.cli import data
from convlet.cli.trouble import explained
from convlet.errors import DataError


class ResourceExhaustedError(Exception):
    """As TensorFlow's."""


@pytest.mark.parametrize(
    ("error", "said", "status"),
    [
        (DataError("a file is damaged. Fetch it again."), "a file is damaged. Fetch it again.", 3),
        (MemoryError(), "the memory is full (MemoryError). Close other programs, or choose a smaller", 1),
        (ResourceExhaustedError("OOM: out of memory\nmore"), "out of memory). Close other programs", 1),
        (OSError(errno.ENOSPC, "No space left on device", "/x/y"), "/x/y: No space left on device. Free some space", 3),
        (OSError(errno.EMFILE, "Too many open files"), "Too many open files: raise the limit", 3),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "/x: Permission denied. Expected a file", 3),
        (ValueError("broken\nsecond line"), "did not expect: ValueError: broken. Try again with --debug", 1),
        (KeyError(), "did not expect: KeyError. Try again with --debug", 1),
    ],
)
def test_any_error_in_a_line(error: Exception, said: str, status: int) -> None:
    text, ends = explained(error)
    assert said in text
    assert "\n" not in text
    assert ends == status


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("trian",), "error: No such command 'trian'. Did you mean 'train'? See: convlet --help"),
        (("data", "chek"), "Did you mean 'check'? See: convlet data --help"),
        (("train", "--lerning-rate", "3"), "--lerning-rate. Did you mean --learning-rate? See: convlet train --help"),
        (("train", "--learning-rate", "abc"), "received 'abc'. See: convlet train --help"),
        (("train", "--processes=0"), "received '0'. See: convlet train --help"),
        (("explain", "digits", "x.png", "--method", "grad"), "'grad' is not one of 'occlusion', 'grad-cam'"),
        (("data", "info"), "error: Missing argument 'NAME'. See: convlet data info --help"),
        (("serve", "--port"), "'--port' requires an argument. See: convlet serve --help"),
    ],
)
def test_a_wrong_command_line_is_one_line_with_status_2(convlet, words: tuple[str, ...], said: str) -> None:
    status, out, err = convlet(*words)
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("words", [(), ("data",), ("runs",)])
def test_a_group_alone_shows_its_help_and_no_error(convlet, words: tuple[str, ...]) -> None:
    status, out, err = convlet(*words)
    assert status == 2
    assert "Commands" in out + err
    assert "error:" not in err


def test_a_fault_of_ours_names_its_place_and_how_to_see_more(convlet, monkeypatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(data, "_load", broken)
    status, out, err = convlet("data", "info", "digits")
    assert (status, out) == (1, "")
    assert err.startswith(f"error: an error that convlet did not expect in {__file__}, line ")
    assert "ZeroDivisionError: division by zero. Try again with --debug" in err
    status, _, err = convlet("data", "info", "digits", "--debug")
    assert status == 1
    assert err.startswith("Traceback")


def test_without_colors_an_error_has_none(convlet, monkeypatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in convlet("data", "info", "dgits")[2]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
@pytest.mark.parametrize("words", [["data", "list"], ["data", "list", "--json"], ["--help"]])
def test_a_reader_that_goes_away_ends_it_without_a_word(words: list[str], tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "convlet", *words]
    done = subprocess.run(command, check=False, stdout=write, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    os.close(write)
    assert done.stderr == ""
    assert done.returncode != 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux's disk that is always full")
def test_a_full_disk_for_the_result(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "convlet", "data", "info", "digits", "--json"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, check=False, stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    assert done.returncode == 3
    assert "No space left on device. Free some space" in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_within_a_verb_ends_in_a_line(convlet, monkeypatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    def ended(status: int) -> None:
        raise SystemExit(status)

    monkeypatch.setattr(data, "_load", stopped)
    monkeypatch.setattr("convlet.cli._exit_at_once", ended)
    assert convlet("data", "info", "digits") == (130, "", "interrupted.\n")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("--lr", "--learning-rate"),
        ("--nb-epoch", "--epochs"),
        ("--dropout", "--set dropout=..."),
        ("--dropout_rate", "--set dropout=..."),
        ("--quie", "--quiet"),
    ],
)
def test_an_option_of_another_program(convlet, typed: str, meant: str) -> None:
    status, _, err = convlet("train", typed, "1")
    assert status == 2
    assert f"No such option: {typed}. Did you mean {meant}?" in err
