"""What is under /teach, over HTTP."""

import errno
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from convlet.errors import UsageError
from convlet.run import Run
from convlet.serving import Settings
from tests.images import encoded
from tests.serving.running import TOKEN, Served, eventually, served
from tests.training.teaching.drawing import sign

CROSS = sign("cross")


@pytest.fixture
def teach(run: Run, tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Serve the digits with a folder to teach from."""
    with ExitStack() as stack:
        yield lambda **changes: stack.enter_context(served(run.path, teach=tmp_path / "taught", **changes))


def keep(server: Served, label: str, body: bytes = CROSS, **headers: str) -> Any:
    return server.post(f"/teach/keep?class={quote(label, safe='')}", body, **headers)


def test_without_the_option_there_is_nothing(server: Served) -> None:
    for path in ("/teach", "/teach/examples?class=a&start=0", "/static/teach/teach.js"):
        assert server.get(path).status == 404
    assert server.post("/teach/keep?class=a", CROSS).status == 404
    assert b"teach" not in server.get("/").body
    assert not any(path.startswith("/teach") for path in server.get("/openapi.json").json["paths"])


def test_with_it_the_page_has_what_teaches(teach: Callable[..., Served]) -> None:
    server = teach()
    assert b'src="static/teach/teach.js"' in server.get("/").body
    assert server.get("/static/teach/teach.html").status == 200
    assert server.get("/model").json["generation"] == 0


def test_examples_are_kept_shown_moved_and_taken_back(teach: Callable[..., Served], tmp_path: Path) -> None:
    server = teach()
    kept = keep(server, "a cross +").json
    assert kept["kept"]["class"] == "a cross +"
    assert kept["examples"] == {"a cross +": 1}
    assert kept["classes"][-1] == "a cross +"
    shown = server.get(f"/teach/examples?class={quote('a cross +')}&start=0").json
    assert (shown["images"], shown["examples"]) == (1, [kept["kept"]])
    (file,) = (tmp_path / "taught" / "a cross +").glob("[!.]*")
    assert file.read_bytes() == CROSS
    moved = server.post(f"/teach/move?id={quote(kept['kept']['id'])}&class=7").json
    assert moved["examples"] == {"7": 1}
    (one,) = server.get("/teach/examples?class=7&start=0").json["examples"]
    assert server.post(f"/teach/back?id={quote(one['id'])}").json["examples"] == {}
    assert server.post(f"/teach/back?id={quote(one['id'])}").status == 409


def test_old_examples_are_shown_later(teach: Callable[..., Served]) -> None:
    server = teach()
    ids = [keep(server, "7", sign("cross", number)).json["kept"]["id"] for number in range(4)]
    shown = server.get("/teach/examples?class=7&start=1").json
    assert [one["id"] for one in shown["examples"]] == ids[2::-1]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/teach/keep", CROSS, 400, "bad_query"),
        ("/teach/keep?class=", CROSS, 400, "cannot_be_taught"),
        ("/teach/keep?class=a%2Fb", CROSS, 400, "cannot_be_taught"),
        ("/teach/keep?class=..", CROSS, 400, "cannot_be_taught"),
        ("/teach/keep?class=a%00b", CROSS, 400, "cannot_be_taught"),
        ("/teach/keep?class=%1b%5b31m", CROSS, 400, "cannot_be_taught"),
        (f"/teach/keep?class={'x' * 201}", CROSS, 400, "bad_query"),
        ("/teach/keep?class=a&class2=b", CROSS, 400, "bad_query"),
        ("/teach/keep?class=a", b"no picture", 415, "not_an_image"),
        ("/teach/keep?class=a", b"", 415, "not_an_image"),
        ("/teach/keep?class=a", CROSS[:60], 422, "unreadable_image"),
        ("/teach/keep?class=a", encoded(np.full((40, 40), 255, np.uint8)), 422, "unreadable_image"),
        ("/teach/keep?class=a", b"\x89PNG" + b"\0" * 5_000_000, 413, "too_large"),
        ("/teach/move?id=..%2F..%2Fetc&class=a", None, 409, "changed_meanwhile"),
        ("/teach/move?id=a", None, 400, "bad_query"),
        ("/teach/back?id=a%2Fb.png", None, 409, "changed_meanwhile"),
        ("/teach/begin", None, 400, "cannot_be_taught"),
        ("/teach/begin?fast=1", None, 400, "bad_query"),
        ("/teach/take?generation=1", None, 409, "changed_meanwhile"),
        ("/teach/take?generation=one", None, 400, "bad_query"),
        ("/teach/take?generation=9999999999", None, 400, "bad_query"),
        ("/teach/leave?generation=1", None, 409, "changed_meanwhile"),
        ("/teach/choose?generation=1&instead_of=0", None, 409, "changed_meanwhile"),
        ("/teach/choose?generation=0&instead_of=-1", None, 400, "bad_query"),
        ("/teach/sheet", CROSS[:60], 422, "unreadable_image"),
    ],
)
def test_what_cannot_be_done_is_told_and_changes_nothing(
    teach: Callable[..., Served], tmp_path: Path, path: str, body: bytes | None, status: int, code: str
) -> None:
    server = teach()
    before = server.get("/teach").json
    given = server.post(path, body or b"")
    assert (given.status, given.json["error"]["code"]) == (status, code)
    assert given.json["error"]["message"].isprintable()
    assert server.get("/teach").json == before
    assert [each.name for each in (tmp_path / "taught").iterdir()] == [".convlet"]


@pytest.mark.parametrize("path", ["/teach/examples?class=a&start=x", "/teach/changes?generation=x", "/teach?a=1"])
def test_what_cannot_be_asked(teach: Callable[..., Served], path: str) -> None:
    assert teach().get(path).status == 400


def test_a_full_disk_is_told_and_nothing_is_half_kept(
    teach: Callable[..., Served], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = teach()
    keep(server, "a")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        given = keep(server, "b")
    assert (given.status, given.json["error"]["code"]) == (507, "not_kept")
    assert "No space left" in given.json["error"]["message"]
    assert server.get("/teach").json["examples"] == {"a": 1}
    assert not (tmp_path / "taught" / "b").exists()
    assert keep(server, "b").json["examples"] == {"a": 1, "b": 1}


def test_two_pages_that_keep_at_once_lose_nothing(teach: Callable[..., Served]) -> None:
    server = teach(queue=1000)
    statuses: list[int] = []

    def page(label: str) -> None:
        for number in range(10):
            while (given := keep(server, label, sign("cross", number))).status == 429:
                pass
            statuses.append(given.status)

    threads = [threading.Thread(target=page, args=(label,)) for label in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 30
    assert server.get("/teach").json["examples"] == {"a": 10, "b": 10, "c": 10}


def test_a_sheet_is_cut_apart(teach: Callable[..., Served], page: np.ndarray) -> None:
    found = teach().post("/teach/sheet", encoded(255 - page)).json["characters"]
    assert len(found) == 3
    lefts = [one["box"][0] for one in found]
    assert lefts == sorted(lefts)
    assert {one["line"] for one in found} == {0}


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://elsewhere.example"}, {"Host": "elsewhere.example"}, {"Origin": "null"}]
)
def test_pages_of_other_sites_can_teach_nothing(teach: Callable[..., Served], headers: dict[str, str]) -> None:
    server = teach()
    assert keep(server, "a", **headers).status in (403, 421)
    for path in ("/teach/begin", "/teach/take?generation=1", "/teach/back?id=a"):
        assert server.post(path, **headers).status in (403, 421)
    assert server.get("/teach").json["examples"] == {}


def test_with_a_token_everyone_must_send_it(teach: Callable[..., Served]) -> None:
    server = teach(token=TOKEN)
    assert server.get("/teach").status == 401
    assert keep(server, "a").status == 401
    assert keep(server, "a", Authorization=f"Bearer {TOKEN}").status == 200


def test_whoever_reaches_it_must_not_teach(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="token"):
        Settings(teach=tmp_path, insecure=True)
    with pytest.raises(UsageError, match="open to other machines"):
        Settings(teach=tmp_path, host="0.0.0.0")
    assert Settings(teach=tmp_path, host="0.0.0.0", token=TOKEN).teach == tmp_path


@pytest.mark.long
@pytest.mark.slow
def test_taught_taken_and_undone_while_others_ask(teach: Callable[..., Served]) -> None:
    server = teach(queue=1000)
    first = server.post("/predict", CROSS).json
    assert "cross" not in first["probabilities"]
    for number in range(6):
        keep(server, "cross", sign("cross", number))
    assert server.post("/teach/begin").json["training"]["state"] == "training"
    assert server.post("/teach/begin").status == 409
    meanwhile = []

    def ended() -> bool:
        meanwhile.append(server.post("/predict", CROSS).json == first)
        return bool(server.get("/teach").json["training"]["state"] != "training")

    eventually(ended, 300)
    assert all(meanwhile)
    state = server.get("/teach").json
    assert state["training"]["problem"] == ""
    number = state["candidate"]["number"]
    assert server.get(f"/teach/changes?generation={number}").status == 200
    assert server.get("/model").json["generation"] == 0  # not before somebody takes it
    assert server.post(f"/teach/take?generation={number}").json["answers"] == number
    model = server.ask_undescribed("GET", "/model").json
    assert (model["generation"], model["classes"][-1]) == (number, "cross")
    assert "cross" in server.ask_undescribed("POST", "/predict", CROSS).json["probabilities"]
    assert server.post(f"/teach/take?generation={number}").status == 409
    assert server.post(f"/teach/choose?generation=0&instead_of={number}").json["answers"] == 0
    assert server.post("/predict", CROSS).json == first
