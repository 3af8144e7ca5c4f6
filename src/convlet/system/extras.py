"""Import optional libraries, with an error that says how to install them."""

import importlib
from typing import Any

from convlet.errors import MissingExtraError


def optional(module: str, extra: str) -> Any:
    """Import a module, such as "optuna", of an extra of convlet, such as "tune".

    Raises:
        MissingExtraError: it cannot be imported.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(f"this needs {module} ({error}). Install it: pip install 'convlet[{extra}]'") from error
