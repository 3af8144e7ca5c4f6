"""`convlet view` on the command line; its server is tested in tests/serving/viewing, its page in tests/page."""

from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["--runs", "nowhere"], 3, "there is no folder nowhere"),
        (["--port", "70000"], 2, "--port 70000 is out of range"),
        (["--token", "short"], 2, "The token is too short"),
    ],
)
def test_bad_usage(words: list[str], status: int, says: str, convlet: Any, tmp_path: Path) -> None:
    ended, out, err = convlet("view", "--no-open", *words)
    assert (ended, out) == (status, "")
    assert says in err
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_in_use(convlet: Any) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        status, _, err = convlet("view", "--no-open", "--port", str(taken.getsockname()[1]))
    assert status == 3
    assert "cannot be used" in err
