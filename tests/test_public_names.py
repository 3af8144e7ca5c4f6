import subprocess
import sys

import pytest

import convlet


@pytest.mark.parametrize("name", convlet.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    thing = getattr(convlet, name)
    if callable(thing):
        assert thing.__doc__


@pytest.mark.usefixtures("run")
def test_a_name_stays_the_same_whatever_is_imported_later() -> None:
    """A submodule of the same name would take its place once imported."""
    assert callable(convlet.recipe)
    assert callable(convlet.train)
    assert callable(convlet.load)


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        _ = convlet.trian


def test_importing_the_package_imports_nothing_else() -> None:
    program = "import sys, convlet; print(*[m for m in ('numpy', 'keras', 'typer', 'rich') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
