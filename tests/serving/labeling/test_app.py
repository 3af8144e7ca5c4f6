"""The server of `convlet label`, over HTTP."""

import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from convlet.data import Dataset
from convlet.run import Run
from tests.serving.labeling.running import Labeling, held, labeling, write_flat

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shared(run: Run, digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Labeling, Path]]:
    folder = tmp_path_factory.mktemp("flat")
    write_flat(folder, digits.test, 40)
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with labeling(folder, "--model", str(run.path)) as server:
        yield server, folder


@pytest.fixture
def served(shared: tuple[Labeling, Path]) -> tuple[Labeling, Path]:
    """Nothing is decided."""
    server, folder = shared
    (folder / "labels.csv").unlink(missing_ok=True)
    server.ask("/api/news?since=0")
    return shared


def test_the_folder_least_sure_first(served: tuple[Labeling, Path]) -> None:
    server, folder = served
    status, facts = server.ask("/api/folder")
    assert status == 200
    assert (facts["folder"], facts["who"], facts["flat"]) == (folder.name, "ann", True)
    assert facts["classes"] == list("0123456789")
    first, *others = facts["images"]
    assert (first["path"], first["reason"], "proposal" in first) == ("broken.png", "unread", False)
    assert "not an image" in first["error"] or "broken.png" in first["error"]
    sure = [one["sure"] for one in others]
    assert sure == sorted(sure)
    assert len(others) == 40


def test_a_decision_is_on_the_disk_when_it_is_answered(served: tuple[Labeling, Path]) -> None:
    server, folder = served
    _, facts = server.ask("/api/folder")
    one, two, three = (image["id"] for image in facts["images"][1:4])
    decisions = [{"id": one, "label": "3"}, {"id": two, "excluded": True}, {"id": three, "label": 'comma, "quote"'}]
    status, news = server.ask("/api/decide", {"since": facts["version"], "decisions": decisions})
    paths = [facts["images"][place]["path"] for place in (1, 2, 3)]
    assert status == 200
    assert held(folder) == dict(zip(paths, ("3", "-", 'comma, "quote"'), strict=True))
    assert {one["id"] for one in news["changed"]} == {one, two, three}
    assert 'comma, "quote"' in news["classes"]
    assert server.ask(f"/api/news?since={facts['version']}")[1]["changed"] == news["changed"]
    status, undone = server.ask("/api/undo", {"since": news["version"]})
    assert (status, sorted(undone["undone"])) == (200, sorted([one, two, three]))
    assert held(folder) == {}


def test_a_conflict_is_told_and_nothing_written(served: tuple[Labeling, Path]) -> None:
    server, folder = served
    _, facts = server.ask("/api/folder")
    since = facts["version"]
    assert server.ask("/api/decide", {"since": since, "decisions": [{"id": 0, "label": "1"}]})[0] == 200
    both = [{"id": 0, "label": "2"}, {"id": 1, "label": "2"}]
    status, said = server.ask("/api/decide", {"since": since, "decisions": both})
    assert (status, said["error"]["code"], said["images"]) == (409, "conflict", [0])
    assert [*held(folder).values()] == ["1"]
    assert server.ask("/api/undo", {"since": since})[0] == 409
    assert [*held(folder).values()] == ["1"]
    assert server.ask("/api/decide", {"since": since, "decisions": both[1:]})[0] == 200  # another image is none


@pytest.mark.parametrize("label", ["a/b", "a\\b", "\x1b[2J", "x\u202ey", "x" * 201, "  "])
def test_a_class_that_cannot_be(label: str, served: tuple[Labeling, Path]) -> None:
    server, folder = served
    decisions = [{"id": 0, "label": "1"}, {"id": 1, "label": label}]
    status, said = server.ask("/api/decide", {"since": 10**9, "decisions": decisions})
    assert (status, said["error"]["code"]) == (422, "not_decided")
    assert "cannot be used" in said["error"]["message"]
    assert held(folder) == {}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"[" * 100_000, 400),
        ({"since": 1}, 400),
        ({"since": 1, "decisions": [3]}, 400),
        ({"since": "1", "decisions": [{"id": 0, "label": "1"}]}, 400),
        ({"since": 1, "decisions": [{"id": True, "label": "1"}]}, 400),
        ({"since": 1, "decisions": [{"id": 0, "label": 1}]}, 400),
        ({"since": 10**9, "decisions": [{"id": 4_000, "label": "1"}]}, 422),
        ({"since": 10**9, "decisions": [{"id": -1, "label": "1"}]}, 422),
        (b" " * 9_000_000, 413),
    ],
)
def test_a_request_that_is_none(body: object, status: int, served: tuple[Labeling, Path]) -> None:
    server, folder = served
    assert server.ask("/api/decide", body)[0] == status
    assert held(folder) == {}


def test_nothing_without_the_token(served: tuple[Labeling, Path]) -> None:
    server, folder = served
    asked = ("/api/folder", None), ("/api/image/0", None), ("/api/undo", {"since": 1}), ("/api/news?since=0", None)
    for path, body in asked:
        assert server.ask(path, body, Authorization="Bearer wrong-token-here")[0] == 401
        assert server.ask(path, body, Authorization="")[0] == 401
    assert server.ask("/", None, Authorization="")[0] == 200  # the page itself shows nothing yet
    assert held(folder) == {}


def test_a_picture_is_shown_as_it_is_read(served: tuple[Labeling, Path]) -> None:
    server, folder = served
    _, facts = server.ask("/api/folder")
    image = facts["images"][5]
    status, content = server.ask(f"/api/image/{image['id']}")
    assert status == 200
    with Image.open(io.BytesIO(content)) as shown, Image.open(folder / image["path"]) as own:
        assert shown.tobytes() == own.tobytes()
    assert server.ask(f"/api/image/{facts['images'][0]['id']}")[0] == 422
    assert server.ask("/api/image/999")[0] == 404


def test_a_journal_broken_by_hand(served: tuple[Labeling, Path]) -> None:
    server, folder = served
    (folder / "labels.csv").write_text("path,label,excluded,who,when\n000.png,3,perhaps,,\n")
    decision = {"since": 10**9, "decisions": [{"id": 1, "label": "1"}]}
    for path, body in (("/api/news?since=1", None), ("/api/decide", decision)):
        status, said = server.ask(path, body)
        assert status == 422
        assert "line 2 has 'perhaps' under excluded" in said["error"]["message"]
    (folder / "labels.csv").write_text("path,label,excluded,who,when\n000.png,3,,,\n")
    assert server.ask("/api/decide", {"since": 10**9, "decisions": [{"id": 1, "label": "1"}]})[0] == 200
    assert held(folder)["000.png"] == "3"


def test_a_second_server_of_the_folder_is_refused(served: tuple[Labeling, Path]) -> None:
    _, folder = served
    with pytest.raises(AssertionError, match="another convlet label is at work"), labeling(folder):
        pass


def test_it_ends_when_it_is_told_and_leaves_the_folder_free(run: Run, digits: Dataset, tmp_path: Path) -> None:
    write_flat(tmp_path, digits.test, 3)
    for _ in range(2):
        with labeling(tmp_path, "--model", str(run.path)) as server:
            server.ask("/api/decide", {"since": 1, "decisions": [{"id": 0, "label": "1"}]})
            os.kill(server.process.pid, signal.SIGTERM)
            assert server.process.wait(timeout=60) in (0, 130, 143)
    assert [*held(tmp_path).values()] == ["1"]
