"""The server of `convlet view`, over HTTP."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from convlet.run import Run
from convlet.serving import static
from tests.run.made import add_epochs, held_run, made_run
from tests.serving.viewing.running import Viewing, viewing

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Viewing, Path]]:
    folder = tmp_path_factory.mktemp("runs")
    with viewing(folder) as server:
        yield server, folder


@pytest.fixture
def served(shared: tuple[Viewing, Path]) -> tuple[Viewing, Path]:
    """An empty folder."""
    _, folder = shared
    for child in folder.iterdir():
        shutil.rmtree(child)
    return shared


def _until(server: Viewing, name: str, status: str) -> dict[str, object]:
    """Wait until the page would show a run so."""
    while (run := server.runs().get(name)) is None or run["status"] != status:
        pass
    return run


def test_runs_come_move_and_go(served: tuple[Viewing, Path]) -> None:
    server, folder = served
    one = made_run(folder, "one", status="interrupted", epochs=1)
    made_run(folder, "数字 <b>")
    damaged = made_run(folder, "damaged")
    (damaged / "run.json").write_text("{")
    run = _until(server, "one", "interrupted")
    assert "cannot read" in str(_until(server, "damaged", "damaged")["problem"])
    status, facts = server.ask(f"/api/run?id={run['id']}")
    assert (status, facts["name"], len(facts["history"]), facts["report"]) == (200, "one", 1, None)
    add_epochs(one, 4)
    assert len(server.ask(f"/api/run?id={run['id']}")[1]["history"]) == 4
    shutil.rmtree(one)
    while "one" in server.runs():
        pass
    assert server.ask(f"/api/run?id={run['id']}")[0] == 404


def test_a_training_is_stopped_and_keeps_its_state(served: tuple[Viewing, Path]) -> None:
    server, folder = served
    path = made_run(folder, "one", status="interrupted")
    with held_run(path) as process:
        run = _until(server, "one", "running")
        assert server.ask("/api/stop", {"id": run["id"]}) == (200, {"stopping": run["id"]})
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "stopped"
    _until(server, "one", "interrupted")
    assert Run(path).status == "interrupted"
    status, said = server.ask("/api/stop", {"id": run["id"]})
    assert (status, said["error"]["code"]) == (409, "not_stopped")
    assert "is not running" in said["error"]["message"]


def test_a_report_opens_with_its_own_key_and_may_do_nothing(served: tuple[Viewing, Path]) -> None:
    server, folder = served
    for name in ("one", "two"):
        (made_run(folder, name) / "report.html").write_text(f"<p>{name}<script>alert(1)</script>")
    runs = {name: _until(server, name, "done") for name in ("one", "two")}
    address = server.ask(f"/api/run?id={runs['one']['id']}")[1]["report"]
    status, headers, content = server.get(f"/{address}")
    assert (status, content) == (200, b"<p>one<script>alert(1)</script>")
    policy = headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none';")
    assert "script" not in policy
    assert server.get(f"/{address.replace(str(runs['one']['id']), str(runs['two']['id']))}")[0] == 401
    assert server.get(f"/report/{runs['one']['id']}/{'0' * 32}")[0] == 401
    (folder / "one" / "report.html").unlink()
    assert server.get(f"/{address}")[0] == 404


def test_nothing_without_the_token(served: tuple[Viewing, Path]) -> None:
    server, folder = served
    made_run(folder, "one")
    for path, body in (("/api/runs", None), ("/api/run?id=0", None), ("/api/stop", {"id": "0"})):
        assert server.get(path, body)[0] == 401
        assert server.get(path, body, Authorization="Bearer wrong-token-here")[0] == 401
    status, headers, _ = server.get("/")
    assert status == 200
    assert static.HEADERS["content-security-policy"] == headers["content-security-policy"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/runs?since=x", None, 400),
        ("/api/runs?since=-1", None, 400),
        ("/api/runs?since=99999999999999999999", None, 400),
        ("/api/run", None, 404),
        ("/api/run?id=../one", None, 404),
        ("/api/stop", b"{", 400),
        ("/api/stop", [], 400),
        ("/api/stop", {"id": 3}, 400),
        ("/api/stop", {"id": "0"}, 404),
        ("/api/stop", b" " * 20_000, 413),
    ],
)
def test_a_request_that_is_none(path: str, body: object, status: int, served: tuple[Viewing, Path]) -> None:
    assert served[0].ask(path, body)[0] == status


def test_the_other_pages_are_other_servers(served: tuple[Viewing, Path]) -> None:
    server, _ = served
    assert server.get("/static/view/page.js")[0] == 200
    assert server.get("/static/label/page.js")[0] == server.get("/static/teach/teach.js")[0] == 404


def test_a_chosen_token_and_the_end(tmp_path: Path) -> None:
    with viewing(tmp_path, "--token", "of-my-choice") as server:
        assert server.token == "of-my-choice"
        assert server.ask("/api/runs")[0] == 200
        os.kill(server.process.pid, signal.SIGTERM)
        assert server.process.wait(timeout=60) in (0, 130, 143)
