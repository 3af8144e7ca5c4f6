"""What `import convlet` offers."""

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys

import pytest

import convlet


@pytest.mark.parametrize("name", sorted(set(convlet.__all__) - {"__version__", "CATALOG", "RECIPES"}))
def test_every_function_and_class_is_documented_in_its_own_words(name: str) -> None:
    """A submodule of the same name would take its place once imported, so all are imported first."""
    for room in pkgutil.iter_modules(convlet.__path__, "convlet."):
        importlib.import_module(room.name)
    thing = getattr(convlet, name)
    assert inspect.isfunction(thing) or inspect.isclass(thing)
    assert thing.__module__.startswith("convlet.")
    assert thing.__doc__
    assert not thing.__doc__.startswith(f"{name}(")  # what a dataclass says that nobody documented


def test_every_constant_is_what_it_is_named_after() -> None:
    assert [int(part) for part in convlet.__version__.split(".")] >= [0, 1, 0]
    assert {"digits", "mnist", "fashion-mnist"} <= set(convlet.CATALOG)
    for name, entry in convlet.CATALOG.items():
        assert entry.name == name
        assert len(entry.class_names) > 1
    assert {"tutorial", "fast", "balanced", "accurate", "small-data"} <= set(convlet.RECIPES)
    assert [convlet.recipe(name).name for name in convlet.RECIPES] == list(convlet.RECIPES)


def test_type_checkers_see_the_same_names() -> None:
    listed = re.findall(r"import (\w+) as \1$", inspect.getsource(convlet), re.MULTILINE)
    assert sorted(["__version__", *listed]) == sorted(convlet.__all__) == dir(convlet)


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        _ = convlet.trian


def test_importing_the_package_imports_nothing_else() -> None:
    program = "import sys, convlet; print(*[m for m in ('numpy', 'keras', 'typer', 'rich') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
