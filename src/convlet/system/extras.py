"""Libraries that only an optional part needs, and the line that installs them."""

import importlib
from typing import Any

from convlet.errors import MissingExtraError


def optional(module: str, extra: str) -> Any:
    """Import a module of an extra.

    Args:
        module: its name, such as "optuna".
        extra: the extra of convlet that brings it, such as "tune".

    Raises:
        MissingExtraError: it is not installed, or cannot be imported; the message gives the line that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(f"this needs {module} ({error}). Install it: pip install 'convlet[{extra}]'") from error
