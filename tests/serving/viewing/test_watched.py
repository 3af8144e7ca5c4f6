"""What has changed in a folder of runs."""

import json
import shutil
from pathlib import Path

import pytest

from convlet.errors import ModelError
from convlet.serving.viewing.watched import Watched, id_of
from tests.run.made import add_epochs, made_run


def _names(news: dict[str, object]) -> list[str]:
    return sorted(run["name"] for run in news["changed"])  # type: ignore[attr-defined]


def test_only_what_has_changed_is_said_again(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    assert _names(watched.news(0)) == []
    one = made_run(tmp_path, "one", status="interrupted", epochs=1)
    made_run(tmp_path, "two")
    watched.look_again()
    first = watched.news(0)
    assert (_names(first), first["whole"], first["folder"]) == (["one", "two"], True, tmp_path.name)
    add_epochs(one, 2)
    watched.look_again()
    news = watched.news(first["version"])
    assert (_names(news), news["whole"], news["gone"]) == (["one"], False, [])
    assert _names(watched.news(news["version"])) == []
    shutil.rmtree(one)
    watched.look_again()
    last = watched.news(news["version"])
    assert (_names(last), last["gone"]) == ([], [id_of(one)])
    made_run(tmp_path, "one")
    watched.look_again()
    assert (_names(watched.news(last["version"])), watched.news(last["version"])["gone"]) == (["one"], [])
    assert watched.news(10**9)["whole"]  # of a server that ran before this one


def test_the_disk_is_looked_at_once_however_many_ask(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.look_again()
    watched.news(0)
    looked = watched._looked
    for _ in range(5):
        watched._looked = max(watched._looked, looked + 1e9)  # just now, whatever the clock says
        watched.news(0)
    assert watched._looked == looked + 1e9


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    try:
        made = made_run(tmp_path, "caf\udce9")
    except OSError:
        pytest.skip("this disk has names in Unicode alone")
    (run,) = Watched(tmp_path).news(0)["changed"]
    assert json.loads(json.dumps(run))["id"] == id_of(made)


def test_a_run_that_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no such run"):
        Watched(tmp_path).path("../one")
