"""What Windows does otherwise, as far as another system can show it: its refusals are simulated."""

import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from convlet.errors import OutputError
from convlet.system import windows
from convlet.system.files import write_text
from convlet.system.windows import apart, ask_to_end, end_by_signals, is_running, own_port, replace


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A system on which a file is open elsewhere: so many moves of files are refused."""
    refusals, move = [0], Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if refusals[0]:
            refusals[0] -= 1
            raise PermissionError(13, "Access is denied")
        return move(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    monkeypatch.setattr(windows, "_PAUSE", 0)
    return refusals


def test_a_file_that_is_open_for_a_moment_is_replaced_after_it(held, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(windows, "WINDOWS", True)
    write_text(tmp_path / "a.txt", "old")
    held[0] = 3
    write_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text() == "new"
    assert held[0] == 0


def test_a_file_that_stays_open_is_an_error_and_stays(held, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(windows, "WINDOWS", True)
    monkeypatch.setattr(windows, "_PATIENCE", -1)
    write_text(tmp_path / "a.txt", "old")
    held[0] = 1
    with pytest.raises(OutputError, match="Access is denied"):
        write_text(tmp_path / "a.txt", "new")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_elsewhere_a_refusal_is_final(held, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(windows, "WINDOWS", False)
    (tmp_path / "a").write_text("a")
    held[0] = 1
    with pytest.raises(PermissionError):
        replace(tmp_path / "a", tmp_path / "b")


def kernel(handle: int, waited: int, error: int) -> SimpleNamespace:
    closed: list[int] = []
    return SimpleNamespace(
        OpenProcess=lambda *_: handle,
        WaitForSingleObject=lambda *_: waited,
        CloseHandle=closed.append,
        last_error=lambda: error,
        closed=closed,
    )


@pytest.mark.parametrize(
    ("handle", "waited", "error", "runs"),
    [(7, 258, 0, True), (7, 0, 0, False), (0, 0, 87, False), (0, 0, 5, True)],
    ids=["it runs", "it has ended, and somebody holds it", "no such process", "another user's"],
)
def test_a_process_is_asked_for_without_a_signal(handle: int, waited: int, error: int, runs: bool) -> None:
    system = kernel(handle, waited, error)
    assert is_running(4711, system) is runs
    assert system.closed == [7] * bool(handle)


def test_a_child_apart_is_asked_to_end() -> None:
    program = "import time; print(flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, **apart())
    with child:
        assert child.stdout is not None
        child.stdout.readline()
        ask_to_end(child)
        assert child.wait(30) != 0
    ask_to_end(child)  # it is gone, and that is no error


def test_on_windows_a_child_is_asked_by_ctrl_break(monkeypatch) -> None:
    monkeypatch.setattr(windows, "WINDOWS", True)
    monkeypatch.setattr(signal, "CTRL_BREAK_EVENT", 1, raising=False)
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0x200, raising=False)
    sent: list[int] = []
    ask_to_end(SimpleNamespace(send_signal=sent.append))  # type: ignore[arg-type]
    assert sent == [1]
    assert apart() == {"creationflags": 0x200}


def test_every_signal_that_ends_is_taken_for_ctrl_c() -> None:
    before = signal.getsignal(signal.SIGTERM)
    try:
        end_by_signals()
        assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGTERM, before)


def test_two_programs_never_have_one_port() -> None:
    with socket.socket() as one, socket.socket() as other:
        own_port(one)
        one.bind(("127.0.0.1", 0))
        one.listen()
        own_port(other)
        with pytest.raises(OSError, match="in use"):
            other.bind(one.getsockname())


def test_on_windows_a_port_is_asked_for_alone(monkeypatch) -> None:
    monkeypatch.setattr(windows, "WINDOWS", True)
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", -5, raising=False)
    options: list[tuple[int, int, int]] = []
    own_port(SimpleNamespace(setsockopt=lambda *given: options.append(given)))  # type: ignore[arg-type]
    assert options == [(socket.SOL_SOCKET, -5, 1)]
