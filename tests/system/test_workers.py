"""Worker processes: replies, errors, kills, and no trace of them on the terminal."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from convlet.errors import DataError, RecipeError
from convlet.system.workers import Workers, in_order

HERE = f"{__name__}:"


class UnpicklableError(Exception):
    def __reduce__(self) -> str:
        raise TypeError


def doubled(given: str, number: int) -> str:
    os.write(1, b"this must not end up among the replies")
    os.write(2, b"nor this on the terminal")
    return given + str(2 * number)


def failing(kind: str) -> None:
    raise {"own": RecipeError("so it is"), "other": UnpicklableError("no such luck")}[kind]


class Unreadable:
    def __reduce__(self) -> tuple:
        return int, ("no number",)


def strange(kind: str) -> object:
    return {"unsendable": lambda: 0, "unreadable": Unreadable()}[kind]


def dying() -> None:
    os._exit(1)


@pytest.fixture
def workers():
    made = []

    def start(function: str, *arguments: str) -> Workers:
        made.append(Workers(HERE + function, *arguments))
        return made[-1]

    yield start
    for one in made:
        one.close()
    assert not [child for child in psutil.Process().children() if HERE in " ".join(child.cmdline())]


def test_replies_come_in_order_and_nothing_is_printed(workers, capfd) -> None:
    ask = workers("doubled", "n").ask
    assert list(in_order(ask, range(20), 2)) == [f"n{2 * number}" for number in range(20)]
    assert tuple(capfd.readouterr()) == ("", "")


def test_errors_reach_the_caller(workers) -> None:
    ask = workers("failing").ask
    with pytest.raises(RecipeError, match="so it is"):
        ask("own")
    with pytest.raises(DataError, match="UnpicklableError: no such luck"):
        ask("other")


def test_a_reply_that_cannot_be_pickled_or_unpickled_is_named(workers) -> None:
    pool = workers("strange")
    with pytest.raises(DataError, match=r"reply cannot be sent: .*lambda"):
        pool.ask("unsendable")
    with pytest.raises(DataError, match=r"reply cannot be read: ValueError: invalid literal .*'no number'"):
        pool.ask("unreadable")
    with pytest.raises(DataError, match="ValueError: invalid literal"):
        pool.ask(Unreadable())
    assert len(pool._all) == 1  # no process ended


def test_a_killed_process_is_replaced(workers) -> None:
    pool = workers("doubled", "n")
    assert pool.ask(1) == "n2"
    (process,) = pool._all
    process.kill()
    process.wait()
    assert pool.ask(2) == "n4"
    assert process not in pool._all


def test_a_request_that_kills_every_process_ends(workers) -> None:
    pool = workers("dying")
    with pytest.raises(OSError, match="ended 3 times"):
        pool.ask()
    assert not pool._all


def test_closed_workers_answer_no_more(workers) -> None:
    pool = workers("doubled", "n")
    pool.ask(1)
    pool.close()
    with pytest.raises(OSError, match="closed"):
        pool.ask(1)


def test_a_script_needs_no_main_guard_and_takes_its_workers_with_it(tmp_path: Path) -> None:
    script = (
        "import os, psutil\n"
        "print('begun', flush=True)\n"
        "from convlet.system.workers import Workers\n"
        "assert Workers('os.path:basename').ask('a/b') == 'b'\n"
        "workers = Workers('os.path:basename')\n"
        "assert workers.ask('a/b') == 'b'\n"
        "print(*(child.pid for child in psutil.Process().children()), flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    (tmp_path / "script.py").write_text(script)
    done = subprocess.run([sys.executable, tmp_path / "script.py"], check=False, capture_output=True, text=True)
    begun, worker = done.stdout.splitlines()
    assert (begun, done.stderr) == ("begun", "")
    try:
        psutil.Process(int(worker)).wait(60)  # seconds: to catch a hang
    except psutil.NoSuchProcess:
        return
