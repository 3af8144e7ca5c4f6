"""convlet: train, test, explain and ship small-image CNN classifiers.

    import convlet

    dataset = convlet.load("mnist")
    run = convlet.train(dataset, convlet.recipe("tutorial"))
    print(run.evaluate().accuracy)
    answers = convlet.Predictor(run.path).predict(dataset.test.images[:5])

Names are imported when first used, so `import convlet` costs nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convlet.comparison import compare as compare
    from convlet.data import CATALOG as CATALOG
    from convlet.data import Dataset as Dataset
    from convlet.data import Split as Split
    from convlet.data import load as load
    from convlet.errors import ConvletError as ConvletError
    from convlet.evaluation import Evaluation as Evaluation
    from convlet.models import build_model as build_model
    from convlet.prediction.predictor import Answer as Answer
    from convlet.prediction.predictor import Predictor as Predictor
    from convlet.reading import Character as Character
    from convlet.reading import read_image as read_image
    from convlet.reading import read_page as read_page
    from convlet.recipes import RECIPES as RECIPES
    from convlet.recipes import Recipe as Recipe
    from convlet.recipes import recipe as recipe
    from convlet.run import Run as Run
    from convlet.system.watch import Watch as Watch
    from convlet.training import resume as resume
    from convlet.training import train as train
    from convlet.training.tracking import Tracker as Tracker
    from convlet.training.tracking import track as track
    from convlet.tuning import Space as Space
    from convlet.tuning import Study as Study
    from convlet.tuning import tune as tune

__version__ = "0.1.0"

_HOMES = {
    "compare": "comparison",
    "CATALOG": "data",
    "Dataset": "data",
    "Split": "data",
    "load": "data",
    "ConvletError": "errors",
    "Evaluation": "evaluation",
    "build_model": "models",
    "Answer": "prediction.predictor",
    "Predictor": "prediction.predictor",
    "Character": "reading",
    "read_image": "reading",
    "read_page": "reading",
    "RECIPES": "recipes",
    "Recipe": "recipes",
    "recipe": "recipes",
    "Run": "run",
    "Tracker": "training.tracking",
    "track": "training.tracking",
    "Watch": "system.watch",
    "resume": "training",
    "train": "training",
    "Space": "tuning",
    "Study": "tuning",
    "tune": "tuning",
}
__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'convlet' has no attribute {name!r}")
    return getattr(importlib.import_module(f"convlet.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
