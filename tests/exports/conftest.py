"""Every format of the shared run, written once."""

from pathlib import Path

import pytest

from convlet.exports import FORMATS, export
from convlet.exports.browser_runtime import FILES
from convlet.run import Run


@pytest.fixture(scope="session")
def browser_files(tmp_path_factory) -> Path:
    """Stand-ins for onnxruntime's browser build, where no browser runs it."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in FILES:
        (folder / name).write_text(f"not the real {name}")
    return folder


@pytest.hookimpl(tryfirst=True)  # before marks are asked for
def pytest_collection_modifyitems(items) -> None:
    """Call slow what needs every format of a run; pytest gives the tests of all folders."""
    for item in items:
        if "exported" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def exported(run: Run, browser_files: Path, tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("exported")
    return {
        name: export(
            run, name, folder / (name if one.holds_card else ""), runtime=browser_files if one.runtime else None
        )
        for name, one in FORMATS.items()
    }
