"""Import optional libraries, with an error that says how to install them."""

import importlib
from typing import Any

from convlet.errors import MissingExtraError


def optional(module: str, extra: str) -> Any:
    """Import a module of an extra.

    Args:
        module: such as "optuna".
        extra: the extra of convlet that installs it, such as "tune".

    Raises:
        MissingExtraError: it cannot be imported; the message says how to install it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(f"this needs {module} ({error}). Install it: pip install 'convlet[{extra}]'") from error
