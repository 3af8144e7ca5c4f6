"""Processes are told apart, and stopped."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from convlet.errors import StaleError
from convlet.system.processes import is_alive, stop, this_process

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows does not say when a process began")
_PROGRAM = """
import signal, sys, time, json
from convlet.system.processes import this_process
signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in a shell's background would ignore it
for name in sys.argv[1:]:
    signal.signal(getattr(signal, name), signal.SIG_IGN)
try:
    print(json.dumps(this_process()), flush=True)
    while True:  # a signal that comes just before a sleep begins does not end that sleep: it is heeded after it
        time.sleep(0.02)
except KeyboardInterrupt:
    sys.exit(7)
"""


@pytest.fixture
def started() -> Iterator[Any]:
    """Start a program that ignores some signals; return it and what it records of itself."""
    import json

    processes = []

    def start(*ignored: str) -> "tuple[subprocess.Popen[str], dict[str, Any]]":
        process = subprocess.Popen([sys.executable, "-c", _PROGRAM, *ignored], stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout is not None
        return process, json.loads(process.stdout.readline())

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_this_process_is_alive_and_its_number_alone_is_not_enough() -> None:
    own = this_process()
    assert own["id"] == os.getpid()
    assert is_alive(own) is True
    assert is_alive(own | {"began": own["began"] + "1"}) is False
    assert is_alive(own | {"machine": "another"}) is None
    for nothing in (None, {}, [], own | {"id": "1"}, own | {"id": -1}, own | {"began": ""}):
        assert not is_alive(nothing)


def test_a_process_is_interrupted_once_it_is_the_one(started: Any) -> None:
    process, facts = started()
    assert facts["signal"] == "SIGINT"
    with pytest.raises(StaleError, match="has ended"):
        stop(facts | {"began": "0"})  # an earlier one with the same number
    with pytest.raises(StaleError, match="another machine"):
        stop(facts | {"machine": "another"})
    assert process.poll() is None
    stop(facts)
    assert process.wait(timeout=60) in (7, -signal.SIGINT)
    assert is_alive(facts) is False
    with pytest.raises(StaleError, match="has ended"):
        stop(facts)


def test_one_in_the_background_gets_the_signal_that_it_heeds(started: Any) -> None:
    _, facts = started("SIGINT")
    assert facts["signal"] is None  # Python's own way with SIGTERM is to end at once, without saving
    with pytest.raises(StaleError, match="cannot be stopped from here"):
        stop(facts)


def test_what_heeds_sigterm_is_told_by_that() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN), signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        assert this_process()["signal"] == "SIGTERM"
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])


def test_no_signal_reaches_a_thread() -> None:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(this_process()))
    thread.start()
    thread.join()
    assert (found[0]["signal"], found[0]["began"] != "") == (None, True)


@pytest.mark.parametrize("wrong", ["SIGKILL", 9, "nonsense"])
def test_no_other_signal_is_sent(wrong: object, started: Any) -> None:
    process, facts = started()
    with pytest.raises(StaleError, match="cannot be stopped from here"):
        stop(facts | {"signal": wrong})
    assert process.poll() is None
