import json

import pytest

SPACE = "learning_rate = {low = 1e-3, high = 1e-2}\nepochs = {low = 2, high = 3}\n"


@pytest.mark.slow
def test_a_search_from_the_command_line(convlet, tmp_path) -> None:
    (tmp_path / "space.toml").write_text(SPACE)
    status, out, err = convlet("tune", "digits", "--trials", "2", "--space", "space.toml")
    assert status == 0, err
    assert out.splitlines()[-1] == "studies/digits-1"
    assert "trial   1: " in err
    assert "best.toml" in err
    status, out, err = convlet("tune", "--resume", "latest", "--trials", "2", "--json")
    assert status == 0, err
    said = json.loads(out)
    assert said["trials"] == 2
    assert said["best"]["accuracy"] > 0.5
    status, out, err = convlet("train", "digits", "--config", "studies/digits-1/best.toml", "--json")
    assert status == 0, err
    assert json.loads(out)["recipe"] == "tuned"


def test_bad_words_are_refused(convlet, tmp_path) -> None:
    (tmp_path / "space.toml").write_text(SPACE)
    for words, expected, said in (
        (("--objective", "beauty"), 2, "no objective"),
        (("--recipe", "tutorial", "--config", "x.toml"), 2, "both name"),
        (("--resume", "latest"), 3, "no study"),
        (("--resume", "latest", "--space", "space.toml"), 2, "as it was begun"),
        (("--space", "none.toml"), 3, "cannot read"),
    ):
        status, _, err = convlet("tune", "digits", *words)
        assert status == expected, err
        assert said in err
    assert not (tmp_path / "studies").exists()


def test_without_optuna_the_line_that_installs_it(convlet, tmp_path, monkeypatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "optuna", None)
    status, _, err = convlet("tune", "digits")
    assert status == 5
    assert "pip install 'convlet[tune]'" in err
    assert not (tmp_path / "studies").exists()
