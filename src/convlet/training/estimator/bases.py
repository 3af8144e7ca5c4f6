"""What scikit-learn asks of an estimator's class. Without scikit-learn the class can be imported, and not used."""

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from convlet.errors import InputError, MissingExtraError, OutputError, UsageError
from convlet.recipes import SETTINGS
from convlet.recipes.elsewhere import ELSEWHERE, like
from convlet.system.extras import optional


def sklearn(module: str) -> Any:
    """Import a module of scikit-learn, such as "base".

    Raises:
        MissingExtraError: it is not installed.
    """
    return optional(f"sklearn.{module}", "train")


def estimator_base() -> type:
    """Return the class to inherit from: scikit-learn's, or one that cannot be used where it is not installed."""
    try:
        base = sklearn("base")
    except MissingExtraError:
        return _Missing
    return type("ScikitClassifier", (base.ClassifierMixin, base.BaseEstimator), {"__module__": __name__})


@contextlib.contextmanager
def value_errors() -> Iterator[None]:
    """Raise what is wrong with an input or a setting as a ValueError, which callers of scikit-learn expect."""
    try:
        yield
    except OutputError:
        raise
    except (InputError, UsageError) as error:
        raise ValueError(str(error)) from error


def with_known_names(init: Callable[..., None]) -> Callable[..., None]:
    """Return an `__init__` that names the parameter that an unknown keyword means: `learning_rate` for `lr`."""
    parameters = inspect.signature(init).parameters

    @functools.wraps(init)
    def checked(self: Any, *values: Any, **given: Any) -> None:
        for name in given:
            if name not in parameters:
                raise TypeError(_unknown(name, list(parameters)[1:]))
        init(self, *values, **given)

    return checked


def _unknown(name: str, parameters: list[str]) -> str:
    own = like(name, parameters)
    field = name if name in SETTINGS else ELSEWHERE.get(name.lower())
    if field and field not in parameters:
        own = f"Did you mean settings={{'{field}': ...}}? "
    return f"Classifier has no parameter {name!r}. {own}Its parameters are: {', '.join(parameters)}."


class _Missing:
    def __new__(cls, *_: object, **__: object) -> Any:
        return sklearn("base")
