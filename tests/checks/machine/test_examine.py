"""All checks together."""

from convlet.checks.machine import OFF, OK, WRONG, Item, examine, holds, selftest, terminal
from convlet.checks.machine import python as of_python


def test_a_check_that_fails_is_told_and_ends_no_other(monkeypatch) -> None:
    def fail() -> list[Item]:
        raise ZeroDivisionError

    monkeypatch.setattr(of_python, "items", lambda version: [Item("Python", "version", OK, version)])
    monkeypatch.setattr(terminal, "items", fail)
    monkeypatch.setattr(selftest, "can_train", lambda: False)
    found = list(examine("0.0"))
    assert found[0].found == "0.0"
    (failed,) = [one for one in found if one.group == "terminal"]
    assert (failed.state, "ZeroDivisionError" in failed.found) == (WRONG, True)
    assert found[-1].group == "self-test"
    assert not holds(found)
    assert holds([Item("GPU", "card", OFF, "none")])


def test_every_problem_has_a_cure_and_names_are_unique(monkeypatch) -> None:
    monkeypatch.setattr(selftest, "can_train", lambda: False)
    seen = list(examine("0.0"))
    assert [one for one in seen if one.state in ("hint", "wrong") and not one.cure] == []
    assert len({(one.group, one.name) for one in seen}) == len(seen)


def test_letters_that_a_terminal_lacks() -> None:
    assert terminal._encoding("output", "cp1252").state == "hint"
    assert terminal._encoding("output", "no-such-encoding").state == "hint"
    assert terminal._encoding("output", "utf-8").state == OK
