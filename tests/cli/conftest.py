import sys
from pathlib import Path

import pytest

from convlet import cli
from convlet.cli import waiting


@pytest.fixture
def convlet(capfd, monkeypatch, tmp_path):
    """Run the command in an empty folder; returns (exit status, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CONVLET_DATA", raising=False)
    monkeypatch.setattr(waiting, "_PATIENCE", 1e9)  # seconds: how busy this machine is shall change no output

    def run_it(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["convlet", *map(str, words)])
        with pytest.raises(SystemExit) as exited:
            cli.main()
        out, err = capfd.readouterr()
        return int(exited.value.code or 0), out, err

    return run_it
