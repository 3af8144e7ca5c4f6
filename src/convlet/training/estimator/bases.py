"""What scikit-learn asks of an estimator's class. Without scikit-learn the class can be imported, and not used."""

import contextlib
from collections.abc import Iterator
from typing import Any

from convlet.errors import InputError, MissingExtraError, OutputError, UsageError
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


class _Missing:
    def __new__(cls, *_: object, **__: object) -> Any:
        return sklearn("base")
