"""The command that adds an extra is that of the tool that installed convlet."""

import json
import sys
from importlib import metadata
from pathlib import Path

import pytest

from convlet.system.installing import installing, requirement, told, told_pip


class From:
    """A distribution that came from a file, a folder or an index."""

    def __init__(self, origin: object) -> None:
        self.text = json.dumps(origin) if origin else None

    def read_text(self, _name: str) -> str | None:
        return self.text


@pytest.fixture
def origin(monkeypatch):
    def settle(found: object) -> None:
        monkeypatch.setattr(metadata, "distribution", lambda _name: From(found))

    settle(None)
    return settle


@pytest.mark.usefixtures("origin")
def test_pip_unless_another_tool_has_made_the_environment(tmp_path: Path, monkeypatch) -> None:
    assert installing("train") == [sys.executable, "-m", "pip", "install", "convlet[train]"]
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "convlet"))
    (tmp_path / "convlet").mkdir()
    mark = tmp_path / "convlet" / "pipx_metadata.json"
    mark.touch()
    assert installing("train") == ["pipx", "runpip", "convlet", "install", "convlet[train]"]
    mark.rename(mark.with_name("uv-receipt.toml"))
    assert installing("train") == ["uv", "tool", "install", "convlet[train]"]
    mark.with_name("uv-receipt.toml").write_text(
        '[tool]\nrequirements = [{ name = "convlet", extras = ["heif"] }, { name = "other", extras = ["x"] }]\n'
    )
    assert installing("train") == ["uv", "tool", "install", "convlet[heif,train]"]


def test_a_wheel_is_named_again_while_it_is_there(tmp_path: Path, origin) -> None:
    wheel = tmp_path / "convlet 1.whl"
    wheel.touch()
    origin({"url": wheel.as_uri(), "archive_info": {}})
    assert installing("heif")[-1] == f"convlet[heif] @ {wheel.as_uri()}"
    wheel.unlink()
    assert installing("heif")[-1] == "convlet[heif]"


def test_a_clone_stays_editable(tmp_path: Path, origin) -> None:
    origin({"url": tmp_path.as_uri(), "dir_info": {"editable": True}})
    assert installing("train")[-2:] == ["-e", f"{tmp_path}[train]"]


@pytest.mark.usefixtures("origin")
def test_packages_come_by_what_made_the_environment(tmp_path: Path, monkeypatch) -> None:
    """uv's and pipx's environments have no pip of their own: a `pip` on the path would be another's."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    (tmp_path / "uv-receipt.toml").touch()
    assert told_pip("uninstall", "keras").startswith("uv pip uninstall --python ")
    assert told_pip("uninstall", "keras").endswith(" keras")
    (tmp_path / "uv-receipt.toml").rename(tmp_path / "pipx_metadata.json")
    assert told_pip("install", "--upgrade", *requirement()).endswith(" install --upgrade convlet")
    assert told_pip("install", "numpy").startswith(f"pipx runpip {tmp_path.name} ")


@pytest.mark.usefixtures("origin")
@pytest.mark.skipif(sys.platform == "win32", reason="its shell quotes otherwise")
def test_brackets_are_quoted_for_the_shell(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert told("train") == "pip install 'convlet[train]'"
    assert told_pip("install", "numpy>=2") == "pip install 'numpy>=2'"
    other = tmp_path / "pip"  # the shell's pip is that of another Python
    other.touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert told("train") == f"{sys.executable} -m pip install 'convlet[train]'"
