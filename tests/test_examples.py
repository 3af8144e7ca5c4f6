"""Every public function, class and method has an example that runs and gives what stands below it."""

import doctest
import inspect
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import convlet
from convlet.data import Dataset
from convlet.run import Run
from convlet.tuning import Space, Study

TRAINS = re.compile(r"convlet\.(train|tune|resume)\(|\.fit\(|cross_val_score|\bclassifier\b")


def public() -> Iterator[tuple[str, Any]]:
    """What `import convlet` reaches: functions, classes, and their methods and properties, inherited ones too."""
    for name in sorted(convlet.__all__):
        value = getattr(convlet, name)
        if inspect.isfunction(value) or inspect.isclass(value):
            yield name, value
        for kind in value.__mro__ if inspect.isclass(value) else ():
            fields = getattr(value, "__dataclass_fields__", {})
            for member, held in vars(kind).items() if kind.__module__.startswith("convlet.") else ():
                function = getattr(held, "fget", None) or getattr(held, "func", None) or getattr(held, "__func__", held)
                own = getattr(value, member, None) is getattr(kind, member, held) or isinstance(held, classmethod)
                if (
                    member[0] != "_"
                    and member not in fields
                    and inspect.isfunction(function)
                    and (own or kind is value)
                ):
                    yield f"{name}.{member}", function


PUBLIC = dict(public())


def example_of(name: str) -> str:
    """The part of a docstring that is its example."""
    return (inspect.getdoc(PUBLIC[name]) or "").partition("Example:")[2].partition("\nAttributes:")[0]


def test_all_that_is_public_is_looked_at() -> None:
    assert {"Run.status", "Run.teaching", "Dataset.from_pairs", "Split.take", "Space.default", "train"} < PUBLIC.keys()
    assert not any(member.startswith("Watch.") for member in PUBLIC)  # its callbacks are fields
    assert len(PUBLIC) > 100


@pytest.mark.parametrize("name", PUBLIC)
def test_it_has_an_example_that_uses_it(name: str) -> None:
    used = name.rpartition(".")[2]
    inside = {"Split": "dataset.train", "Evaluation": "evaluate", "Answer": "answer", "Heat": "heat"}
    sources = [one.source for one in doctest.DocTestParser().get_examples(example_of(name))]
    assert sources, f"{name} has no example"
    known = (used, inside.get(used, used), used.lower(), "read_page" if used == "Character" else used)
    assert any(word in source for word in known for source in sources), sources


@pytest.fixture
def place(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a finished run and the pictures that examples read."""
    shutil.copytree(run.path, tmp_path / "runs" / run.path.name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def digit(label: int) -> np.ndarray:
    """One of the images that the model in the box kept, uint8 (28, 28), light on dark."""
    kept = convlet.Run("digits").kept_images().trained
    return kept.images[np.flatnonzero(kept.labels == label)[0], ..., 0]


def draw(place: Path) -> None:
    """Write seven.png, four.png, page.png with one row, and sudoku.png with one digit in its second row."""
    Image.fromarray(digit(7)).save(place / "seven.png")
    Image.fromarray(digit(4)).save(place / "four.png")
    page = np.full((60, 156), 255, np.uint8)
    for at, label in enumerate((5, 0, 2, 7)):
        page[16:44, 10 + 34 * at : 38 + 34 * at] = 255 - digit(label)
    Image.fromarray(page).save(place / "page.png")
    grid = np.full((381, 381), 255, np.uint8)
    for line in range(10, 371, 40):
        grid[line - 1 : line + 1, 10:371] = grid[10:371, line - 1 : line + 1] = 0
    grid[56:84, 96:124] = 255 - digit(3)
    Image.fromarray(grid).save(place / "sudoku.png")


def kept_images(count: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Two images of each class that the model in the box kept, and their labels."""
    kept = convlet.Run("digits").kept_images().trained
    chosen = np.concatenate([np.flatnonzero(kept.labels == label)[: count // 10] for label in range(10)])
    return kept.images[chosen], kept.labels[chosen]


def other_run(dataset: Dataset) -> Run:
    """A run that nothing was trained in."""
    return Run.create("others", dataset, convlet.recipe("small-data"))


class Printing(convlet.Tracker):
    """The tracker of the examples."""

    def started(self, run: Run) -> str:
        return f"this prints {run.path.name}"

    def epoch(self, epoch: Any) -> None:
        print(epoch.epoch)  # noqa: T201  as in the examples

    def finished(self, run: Run, status: str) -> None:  # noqa: ARG002
        print(status)  # noqa: T201


def a_study(cut: Dataset) -> Study:
    """A study without trials."""
    return Study.create("studies", cut, Space.default(convlet.recipe("small-data")), "accuracy", None)


def names(dataset: Dataset) -> dict[str, Callable[[], Any]]:
    """What examples take for granted, each made only where it is used."""
    return {
        "dataset": lambda: dataset,
        "run": lambda: Run("latest"),
        "other": lambda: other_run(dataset),
        "predictor": lambda: convlet.Predictor("digits"),
        "images": lambda: kept_images()[0],
        "labels": lambda: kept_images()[1],
        "evaluation": lambda: Run("latest").predictor().evaluate(dataset),
        "cut": lambda: dataset.with_validation(0.1),
        "space": lambda: Space.default(convlet.recipe("small-data")),
        "study": lambda: a_study(dataset.with_validation(0.1)),
        "Printing": lambda: Printing,
        "classifier": lambda: convlet.Classifier("small-data", epochs=10).fit(
            dataset.train.images, dataset.train.labels
        ),
        "Path": lambda: Path,
        "np": lambda: np,
        "convlet": lambda: convlet,
    }


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.long if TRAINS.search(example_of(name)) else ()) for name in PUBLIC],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_example_gives_what_stands_below_it(name: str, place: Path, digits: Dataset) -> None:
    text = example_of(name)
    draw(place)
    given = {known: make() for known, make in names(digits).items() if re.search(rf"\b{known}\b", text)}
    test = doctest.DocTestParser().get_doctest(text, given, name, None, None)
    said: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    assert result.failed == 0, "".join(said)
    assert result.attempted > 0
