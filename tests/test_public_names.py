"""What `import convlet` offers."""

import dataclasses
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys

import pytest

import convlet

FUNCTIONS = sorted(name for name in convlet.__all__ if inspect.isfunction(getattr(convlet, name)))
CLASSES = sorted(name for name in convlet.__all__ if inspect.isclass(getattr(convlet, name)))


def test_the_verbs_are_functions_whatever_is_imported_later() -> None:
    """A submodule of the same name would take its place once imported, so all are imported first."""
    for room in pkgutil.iter_modules(convlet.__path__, "convlet."):
        importlib.import_module(room.name)
    verbs = {"compare", "evaluate", "explain", "export", "load", "predict", "resume", "train", "tune"}
    assert verbs <= {name for name in convlet.__all__ if inspect.isfunction(getattr(convlet, name))}
    assert {*FUNCTIONS, *CLASSES} == {*convlet.__all__} - {"__version__", "CATALOG", "RECIPES"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_says_what_it_takes_and_raises_and_shows_it(name: str) -> None:
    function = getattr(convlet, name)
    text = inspect.getdoc(function)
    assert text, name
    assert "Raises:" in text
    assert f"convlet.{name}(" in text.partition("Example:")[2]
    for parameter in inspect.signature(function).parameters.values():
        assert re.search(rf"(?m)(^|[\s`(*]){parameter.name}\b", text), f"{parameter.name} is undocumented"
        assert parameter.annotation is not parameter.empty


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_says_what_it_holds_and_its_methods_what_they_do(name: str) -> None:
    kind = getattr(convlet, name)
    text = inspect.getdoc(kind)
    assert text, name
    assert not text.startswith(f"{name}(")  # what a dataclass says that nobody documented
    fields = {field.name for field in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set()
    for field in fields if name != "Recipe" else ():  # whose fields are documented where they are declared
        assert re.search(rf"\b{field}\b", text), f"{field} is undocumented"
    for member, value in vars(kind).items():
        if member[0] != "_" and member not in fields and (inspect.isfunction(value) or isinstance(value, property)):
            assert inspect.getdoc(value), f"{member} is undocumented"


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
