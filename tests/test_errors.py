"""The table of errors: every message of the tree, found in the source, says what it must.

What is held of each `raise` of an error of convlet: it says in words what is wrong; it shows what was received, a value
or what was typed; and what to do, in its own words or in those of its class, of which each also says what was expected.
Whether the words are true is for people to judge; the tests of each module provoke their own errors.
"""

import ast
import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import convlet
from convlet import errors
from convlet.errors import ConvletError, DataError, UsageError, advises, whole

SOURCE = Path(errors.__file__).parent
PLACE = "{}"  # of a value


def tree(root: type[ConvletError] = ConvletError) -> Iterator[type[ConvletError]]:
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


for module in ("checks.labeling.session", "checks.labeling.journal"):  # which have errors of their own
    __import__(f"convlet.{module}")
CLASSES = {each.__name__: each for each in tree() if each.__module__.startswith("convlet.")}
# An error that carries what changed, for the page alone, which says it in eight languages.
FOR_THE_PAGE = {"ChangedError", "ConflictError"}
# Nothing was received that could be shown.
NOTHING_RECEIVED = re.compile(
    r"^(?:There is no(?:thing| )|All |[Tt]his |the test set|\S+='' is empty|there is nothing|the pattern is empty|"
    r"The class has no name|A training is under way)"
)
NAMES_WHAT_WAS_TYPED = re.compile(r"--[a-z]|[a-z_]+=|`[^`]+`|[A-Z]{2,}")


def text_of(node: ast.expr) -> str:
    """A message as it is written, with `PLACE` for each value; of two wordings both."""
    match node:
        case ast.Constant(value=str(text)):
            said = text
        case ast.JoinedStr(values=values):
            said = "".join(map(text_of, values))
        case ast.FormattedValue(value=ast.IfExp() | ast.Constant() as inner):
            said = text_of(inner) or PLACE
        case ast.IfExp(body=body, orelse=orelse):
            said = f"{text_of(body)} {text_of(orelse)}"
        case ast.BinOp(left=left, right=right):
            said = text_of(left) + text_of(right)
        case ast.Call(func=ast.Attribute(value=ast.Constant() as inner)):  # "...".join(...)
            said = f"{text_of(inner)}{PLACE}"
        case _:
            said = PLACE
    return said


def raises() -> Iterator[tuple[str, str, str]]:
    """Every `raise` and `return` of an error of convlet: where, the class, the message."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            made = node.exc if isinstance(node, ast.Raise) else node.value if isinstance(node, ast.Return) else None
            if isinstance(made, ast.Call) and isinstance(made.func, ast.Name) and made.func.id in CLASSES:
                message = text_of(made.args[0]) if made.args else ""
                yield f"{path.relative_to(SOURCE)}:{node.lineno}", made.func.id, message


ALL = list(raises())
SAID = [(where, name, text) for where, name, text in ALL if name not in FOR_THE_PAGE]


def test_the_source_is_searched() -> None:
    assert len(ALL) > 400
    assert {name for _, name, _ in ALL} >= {"UsageError", "DataError", "ModelError", "OutputError", "RecipeError"}


def test_each_says_what_is_wrong() -> None:
    """In words; a text that is a value alone was worded where the value comes from."""
    wrong = {where: text for where, _, text in SAID if len(re.findall(r"[A-Za-z]{2,}", text)) < 3 and PLACE not in text}
    assert wrong == {}


def test_each_shows_what_was_received() -> None:
    wrong = {
        where: text
        for where, _, text in SAID
        if PLACE not in text and not NAMES_WHAT_WAS_TYPED.search(text) and not NOTHING_RECEIVED.search(text)
    }
    assert wrong == {}


def test_each_says_what_to_do() -> None:
    """Made as it is raised, the error or its note has a next step."""
    wrong = [where for where, name, text in SAID if not CLASSES[name].enough.search(whole(CLASSES[name](text)))]
    assert wrong == []


@pytest.mark.parametrize("name", CLASSES)
def test_the_advice_of_a_class_is_one(name: str) -> None:
    assert advises(CLASSES[name].advice)
    assert CLASSES[name].advice.endswith(".")
    assert CLASSES[name].exit_status in (1, 2, 3, 4, 5, 6)


def test_advice_is_added_once_and_only_where_it_lacks() -> None:
    assert whole(DataError("a.png is truncated. Fetch it again.")) == "a.png is truncated. Fetch it again."
    assert whole(DataError("a.png is truncated")) == f"a.png is truncated. {DataError.advice}"
    assert whole(DataError("a is empty. Expected images.")) == (
        "a is empty. Expected images. Check its name, rights and content."
    )  # not "Expected ... Expected ..."
    again = pickle.loads(pickle.dumps(DataError("a.png is truncated")))  # noqa: S301  our own
    assert whole(again).count(DataError.advice) == 1
    assert str(again) == "a.png is truncated"
    assert whole(UsageError("Did you mean x?")) == "Did you mean x?"


@pytest.mark.parametrize("text", ["it cannot use that", "the check of the run failed", "a set is not a list", ""])
def test_a_verb_that_is_no_imperative_is_no_advice(text: str) -> None:
    assert not advises(text)


def test_catching_the_root_catches_all() -> None:
    with pytest.raises(convlet.ConvletError):
        raise DataError("x")


def test_the_documentation_has_the_table() -> None:
    page = (Path(__file__).parent.parent / "docs" / "command-line.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\d) \| (.*) \|$", page, re.MULTILINE)
    own = [each for each in CLASSES.values() if each.__module__ == "convlet.errors" and each is not ConvletError]
    assert rows == [(each.__name__, str(each.exit_status), each.advice) for each in own]
