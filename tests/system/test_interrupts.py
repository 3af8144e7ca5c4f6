"""Signals are delayed until a safe moment."""

import signal
import threading

import pytest

from convlet.system.interrupts import interrupts_held


@pytest.fixture(autouse=True)
def handler():
    """Both raise KeyboardInterrupt, as on the command line; a test run in the background ignores SIGINT."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.default_int_handler) for number in numbers]
    yield
    for number, own in zip(numbers, before, strict=True):
        signal.signal(number, own)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_waits_for_the_check(number: signal.Signals) -> None:
    steps = []

    def work() -> None:
        with interrupts_held() as check:
            check()
            signal.raise_signal(number)
            steps.append("went on")
            check()
            steps.append("too far")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert steps == ["went on"]
    assert signal.getsignal(number) is signal.default_int_handler


def test_the_end_of_the_block_is_a_check() -> None:
    with pytest.raises(KeyboardInterrupt), interrupts_held():
        signal.raise_signal(signal.SIGINT)


def test_a_second_one_interrupts_at_once() -> None:
    steps = []

    def work() -> None:
        with interrupts_held():
            signal.raise_signal(signal.SIGINT)
            steps.append("held")
            signal.raise_signal(signal.SIGTERM)
            steps.append("too far")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert steps == ["held"]


def test_an_error_inside_is_not_replaced() -> None:
    with pytest.raises(ValueError, match="mine"), interrupts_held():
        signal.raise_signal(signal.SIGINT)
        raise ValueError("mine")


def test_without_a_signal_nothing_happens_and_a_handler_of_the_users_comes_back() -> None:
    mine = signal.signal(signal.SIGINT, lambda *_: None), signal.getsignal(signal.SIGINT)
    with interrupts_held() as check:
        check()
    assert signal.getsignal(signal.SIGINT) is mine[1]


def test_other_threads_hold_nothing() -> None:
    seen = []

    def work() -> None:
        with interrupts_held() as check:
            seen.append(signal.getsignal(signal.SIGINT))
            check()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]
