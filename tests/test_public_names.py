"""The public names of `import convlet`."""

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import convlet
from convlet import errors

FUNCTIONS = sorted(name for name in convlet.__all__ if inspect.isfunction(getattr(convlet, name)))
CLASSES = sorted(name for name in convlet.__all__ if inspect.isclass(getattr(convlet, name)))
ARRAY = re.compile(r"\b(uint8|int64|float32|float64)\b.*(\([a-z]+,|shape\b)", re.DOTALL)
NUMBER = re.compile(
    r"\b(seconds?|pixels?|bytes|degrees|images|epochs|trials?|threads|channels|classes|indices|number of|"
    r"fraction|0 to \d+|logarithm|confidence)\b|\d %"
)
ELSEWHERE = re.compile(r"\b([aA]s for|[sS]ee|as of) `[\w.]+`")


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


def sections(text: str) -> dict[str, str]:
    """A docstring's parts by their titles; what stands before them has the title ""."""
    pieces = re.split(r"(?m)^(Args|Attributes|Returns|Raises|Example):$", text)
    return {"": pieces[0], **dict(zip(pieces[1::2], pieces[2::2], strict=True))}


def entries(section: str) -> dict[str, str]:
    """The lines `name: text` of a section, each with those that belong to it."""
    found = re.findall(r"(?m)^    (\w[\w, ]*): (.*(?:\n {8}.*)*)", section)
    return {name: text for names, text in found for name in names.split(", ")}


def members(kind: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The public methods and properties that a class has of its own."""
    for name, value in vars(kind).items():
        function = getattr(value, "fget", None) or getattr(value, "func", None) or getattr(value, "__func__", value)
        if name[0] != "_" and inspect.isfunction(function):
            yield name, function


CALLED = {name: getattr(convlet, name) for name in FUNCTIONS} | {
    f"{name}.{member}": function for name in CLASSES for member, function in members(getattr(convlet, name))
}


def said() -> Iterator[tuple[str, str, str]]:
    """Every parameter, field and return: its name, its annotation, and the words of the docstring about it."""
    for name, function in CALLED.items():
        parts = sections(inspect.getdoc(function) or "")
        given, signature = entries(parts.get("Args", "")), inspect.signature(function)
        for parameter in signature.parameters.values():
            yield f"{name}.{parameter.name}", str(parameter.annotation), given.get(parameter.name, parts[""])
        yield f"{name}.return", str(signature.return_annotation), parts.get("Returns", parts[""])
    for name in [name for name in CLASSES if name not in ("Recipe", "ConvletError", "Tracker")]:  # a Recipe's: SETTINGS
        kind = getattr(convlet, name)
        parts = sections(inspect.getdoc(kind) or "")
        given = entries(parts.get("Args", "")) | entries(parts.get("Attributes", ""))
        for parameter in inspect.signature(kind).parameters.values():
            yield f"{name}.{parameter.name}", str(parameter.annotation), given[parameter.name]


SAID = {name: (annotation, text) for name, annotation, text in said()}
ARRAYS = [name for name, (annotation, _) in SAID.items() if re.search("ndarray|NDArray", annotation)]
NUMBERS = [
    name
    for name, (annotation, _) in SAID.items()
    if re.search(r"\b(int|float)\b", annotation) and name not in ARRAYS and not name.endswith("seed")
]


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_has_its_shape_and_dtype_in_words(name: str) -> None:
    text = SAID[name][1]
    assert ARRAY.search(text) or ELSEWHERE.search(text), text


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_says_what_it_counts(name: str) -> None:
    text = f"{name.rpartition('.')[2].replace('_', ' ')}: {SAID[name][1]}"
    assert NUMBER.search(text), text


@pytest.mark.parametrize("name", CALLED)
def test_what_is_raised_stands_in_the_docstring_or_that_of_its_class(name: str) -> None:
    owner = [getattr(convlet, name.partition(".")[0])] if "." in name else []
    text = "\n".join(sections(inspect.getdoc(one) or "").get("Raises", "") for one in (CALLED[name], *owner))
    body = ast.walk(ast.parse(textwrap.dedent(inspect.getsource(CALLED[name]))))
    thrown = {node.exc.func.id for node in body if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)}
    documented = set(entries(text))
    assert thrown <= documented
    assert documented <= set(vars(errors)) | (
        {"ValueError", "NotFittedError"} if name.startswith("Classifier") else set()
    )


@pytest.mark.parametrize("name", CLASSES)
def test_what_a_constructor_raises_stands_in_the_docstring_of_the_class(name: str) -> None:
    kind = getattr(convlet, name)
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0].body
    constructors = [one for one in body if getattr(one, "name", "") in ("__init__", "__post_init__")]
    thrown = {node.exc.func.id for one in constructors for node in ast.walk(one) if isinstance(node, ast.Raise)}
    assert thrown <= set(entries(sections(inspect.getdoc(kind) or "").get("Raises", "")))


def test_the_docstrings_are_understood() -> None:
    """This makes sure that no test above is empty."""
    assert {"explain.image", "Predictor.predict.images", "Predictor.probabilities.return", "Split.labels"} < {*ARRAYS}
    assert {"tune.trial_seconds", "Character.box", "build_model.image_shape", "Predictor.threads"} < {*NUMBERS}
    assert SAID["tune.trials"] == ("<class 'int'>", "number of trials to draw.")
    assert set(entries(sections(inspect.getdoc(convlet.resume))["Raises"])) > {"ModelError", "LostProcessError"}


def test_every_constant_is_what_it_is_named_after() -> None:
    changelog = (Path(__file__).parents[1] / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n## {convlet.__version__} " in changelog
    assert {"digits", "mnist", "fashion-mnist"} <= set(convlet.CATALOG)
    for name, entry in convlet.CATALOG.items():
        assert entry.name == name
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
