import json
import shutil

import numpy as np
import pytest

from convlet.system.installing import told
from tests.data.datafiles import pictures, write_idx_folder

SPACE = "learning_rate = {low = 1e-3, high = 1e-2}\nepochs = {low = 2, high = 3}\n"


@pytest.mark.long
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


@pytest.mark.long
def test_a_study_of_turned_images_remembers_it(convlet, tmp_path) -> None:
    from convlet.tuning import Study

    given = pictures((20, 20), seed=3, side=12)
    write_idx_folder(tmp_path / "set", given, given)
    (tmp_path / "space.toml").write_text(SPACE)
    words = ("--space", "space.toml", "--recipe", "small-data", "--transpose")
    status, _, err = convlet("tune", "set", "--trials", "1", *words)
    assert status == 0, err
    assert "best.toml --transpose" in err
    study = Study("latest")
    np.testing.assert_array_equal(study.dataset().train.images[..., 0], given.images.swapaxes(1, 2))
    shutil.move("set", "moved")
    status, _, err = convlet("tune", "moved", "--resume", "latest", "--trials", "2")
    assert status == 0, err
    assert [trial.number for trial in study.trials if trial.state != "failed"] == [0, 1]


def test_bad_words_are_refused(convlet, tmp_path) -> None:
    (tmp_path / "space.toml").write_text(SPACE)
    for words, expected, said in (
        (("--objective", "beauty"), 2, "no objective"),
        (("--recipe", "tutorial", "--config", "x.toml"), 2, "both name"),
        (("--resume", "latest"), 3, "no study"),
        (("--resume", "latest", "--space", "space.toml"), 2, "with its own settings"),
        (("--resume", "latest", "--transpose"), 2, "with its own settings"),
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
    assert f"Install it: {told('tune')}" in err
    assert not (tmp_path / "studies").exists()
