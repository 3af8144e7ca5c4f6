"""Where libraries keep their files."""

import os
from pathlib import Path

import pytest

from convlet.system import cache
from convlet.system.cache import cache_folder, keep_together


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("KERAS_HOME", "MPLCONFIGDIR", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    return tmp_path


def test_in_a_new_home_they_keep_them_in_our_cache(home: Path) -> None:
    keep_together()
    for name, folder in (("KERAS_HOME", "keras"), ("MPLCONFIGDIR", "matplotlib")):
        assert os.environ.pop(name) == str(cache_folder() / folder)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("theirs", [".config/matplotlib", ".matplotlib", "settings/matplotlib"])
def test_a_folder_of_the_users_stays_in_use(theirs: str, home: Path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "settings"))
    (home / theirs).mkdir(parents=True)
    keep_together()
    assert "MPLCONFIGDIR" not in os.environ
    assert os.environ.pop("KERAS_HOME")


@pytest.mark.parametrize("error", [RuntimeError("no home"), PermissionError("not yours")])
def test_without_a_home_that_can_be_read_nothing_fails(error: Exception, home: Path, monkeypatch) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(cache.Path, "home", fail)
    keep_together()
    assert not {"KERAS_HOME", "MPLCONFIGDIR"} & os.environ.keys()
    assert home.is_dir()
