"""`convlet doctor`."""

import json

import pytest

from convlet.checks import machine
from convlet.checks.machine import HINT, OK, WRONG, Item, examine

ITEMS = [
    Item("GPU", "card", OK, "a card [of/some] kind"),
    Item("GPU", "used", HINT, "no: " + "a long reason " * 20, "Set it."),
    Item("data", "mnist", WRONG, "damaged\x1b[31m", "Remove it."),
]


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> list[Item]:
    items = [*ITEMS]
    monkeypatch.setattr(machine, "examine", lambda *_: items)
    return items


def test_each_problem_is_shown_with_its_cure_and_the_status_is_4(convlet, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    status, out, err = convlet("doctor")
    assert status == 4
    assert "do: Remove it." in out
    assert "a card [of/some] kind" in out
    assert r"damaged\x1b[31m" in out
    assert max(map(len, out.splitlines())) <= 80
    assert err == "1 wrong (mnist), 1 hint.\n"


def test_hints_are_no_problem(convlet, found: list[Item]) -> None:
    found.pop()
    status, _, err = convlet("doctor")
    assert status == 0
    assert err.startswith("nothing wrong, 1 hint.\n")


def test_json(convlet, found: list[Item]) -> None:
    status, out, err = convlet("doctor", "--json")
    said = json.loads(out)
    assert (status, err, said["healthy"]) == (4, "", False)
    assert said["items"][2] == {
        "group": "data", "name": "mnist", "state": "wrong", "found": "damaged\x1b[31m", "cure": "Remove it.",
    }  # fmt: skip
    found.pop()
    assert json.loads(convlet("doctor", "--json")[1])["healthy"] is True


@pytest.mark.long
def test_on_this_machine(convlet, monkeypatch) -> None:
    monkeypatch.setattr(machine, "examine", examine)
    status, out, err = convlet("doctor", "--json")
    wrong = [one for one in json.loads(out)["items"] if one["state"] == "wrong"]
    assert (status, wrong) == (0, [])
    assert "self-test: training a small net with tensorflow" in err
