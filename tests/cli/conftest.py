import sys
from pathlib import Path

import pytest

from convlet import cli


@pytest.fixture
def convlet(capfd, monkeypatch, tmp_path):
    """Run the command in an empty folder; returns (exit status, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CONVLET_DATA", raising=False)

    def run_it(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["convlet", *map(str, words)])
        with pytest.raises(SystemExit) as exited:
            cli.main()
        out, err = capfd.readouterr()
        return int(exited.value.code or 0), out, err

    return run_it
