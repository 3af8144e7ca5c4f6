"""convlet: train, test, explain and ship small-image CNN classifiers.

    import convlet

    dataset = convlet.load("mnist")
    run = convlet.train(dataset, convlet.recipe("tutorial"))
    print(convlet.evaluate(run).accuracy)
    answers = convlet.predict(run, dataset.test.images[:5])
    convlet.export(run, "onnx", "digits.onnx")

Names are imported when first used, so `import convlet` costs nothing.

In the examples of docstrings `dataset` is `convlet.load("digits")`, `run` a finished training on it, `predictor` that
of the model that comes with convlet, `images` and `labels` some digits for that model; `tests/test_examples.py` makes
these and a few pictures, and executes every example.
"""

import importlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convlet.checks import check as check
    from convlet.comparison import compare as compare
    from convlet.data import CATALOG as CATALOG
    from convlet.data import Dataset as Dataset
    from convlet.data import Split as Split
    from convlet.data import load as load
    from convlet.errors import ConvletError as ConvletError
    from convlet.evaluation import Evaluation as Evaluation
    from convlet.explanations import Heat as Heat
    from convlet.explanations import explain as explain
    from convlet.exports.export import export as export
    from convlet.models import build_model as build_model
    from convlet.prediction.answer import Answer as Answer
    from convlet.prediction.predict import predict as predict
    from convlet.prediction.predictor import Predictor as Predictor
    from convlet.reading import Character as Character
    from convlet.reading import read_image as read_image
    from convlet.reading import read_page as read_page
    from convlet.recipes import RECIPES as RECIPES
    from convlet.recipes import Recipe as Recipe
    from convlet.recipes import recipe as recipe
    from convlet.run import Run as Run
    from convlet.run import evaluate as evaluate
    from convlet.system.watch import Watch as Watch
    from convlet.training import resume as resume
    from convlet.training import train as train
    from convlet.training.estimator import Classifier as Classifier
    from convlet.training.tracking import Tracker as Tracker
    from convlet.training.tracking import track as track
    from convlet.tuning import Space as Space
    from convlet.tuning import Study as Study
    from convlet.tuning import tune as tune

__version__ = "0.1.0"

# Libraries that report to somebody by themselves, and their own switches (docs/privacy.md). They are set here, before
# any of them can be imported, and inherited by child processes. A value that the user has set stays.
SILENT = {
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime's wheels send events of use, with an identifier that they keep
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "RAY_USAGE_STATS_ENABLED": "0",
    "NPM_CONFIG_UPDATE_NOTIFIER": "false",  # npm, which exports of web pages call
    "NPM_CONFIG_AUDIT": "false",
    "NPM_CONFIG_FUND": "false",
}
for _name, _value in SILENT.items():
    os.environ.setdefault(_name, _value)

_HOMES = {
    name: home
    for home, names in {
        "checks": "check",
        "comparison": "compare",
        "data": "CATALOG Dataset Split load",
        "errors": "ConvletError",
        "evaluation": "Evaluation",
        "explanations": "Heat explain",
        "exports": "export",
        "models": "build_model",
        "prediction.predict": "predict",
        "prediction.answer": "Answer",
        "prediction.predictor": "Predictor",
        "reading": "Character read_image read_page",
        "recipes": "RECIPES Recipe recipe",
        "run": "Run evaluate",
        "system.watch": "Watch",
        "training": "resume train",
        "training.estimator": "Classifier",
        "training.tracking": "Tracker track",
        "tuning": "Space Study tune",
    }.items()
    for name in names.split()
}
__all__ = ["__version__", *_HOMES]  # noqa: PLE0604  the names above


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'convlet' has no attribute {name!r}")
    return getattr(importlib.import_module(f"convlet.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
