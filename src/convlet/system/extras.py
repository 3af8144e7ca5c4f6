"""Import optional libraries, with an error that says how to install them."""

import importlib
import importlib.util
from typing import Any

from convlet.errors import MissingExtraError

# What `convlet[train]` brings, by the names under which Python imports it. The engine itself is in `system.engine`.
TRAIN = ("keras", "h5py", "matplotlib", "onnx", "pooch", "safetensors", "scipy", "skimage", "sklearn")


def optional(module: str, extra: str) -> Any:
    """Import a module, such as "optuna", of an extra of convlet, such as "tune".

    Raises:
        MissingExtraError: it cannot be imported.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise missing(extra, f"this needs {module} ({error})") from error


def require_train(what: str) -> None:
    """Refuse at once what would need `convlet[train]` later, after a download or minutes of work.

    Args:
        what: the subject of the sentence, such as "training".

    Raises:
        MissingExtraError: it is not installed.
    """
    lacking = next((name for name in TRAIN if importlib.util.find_spec(name) is None), None)
    if lacking:
        raise missing("train", f"{what} needs {lacking} and others that the light install leaves out")


def missing(extra: str, why: str) -> MissingExtraError:
    """Return the error of a missing extra, which tells the command that installs it here."""
    from convlet.system.installing import told

    return MissingExtraError(f"{why}. Install it: {told(extra)}", extra=extra)
