"""An installation without `convlet[train]`: this one, with the modules that the extra brings hidden."""

import os
import sys

from convlet.system.extras import TRAIN

HIDDEN = (*TRAIN, "tensorflow", "jax", "torch", "pandas")
_HIDING = f"import sys; sys.modules.update(dict.fromkeys({HIDDEN!r})); "
COMMAND = [sys.executable, "-c", _HIDING + "from convlet.cli import main; main()"]
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("CI", "KERAS_BACKEND")}


def python(code: str) -> list[str]:
    """Return the command that runs code in it."""
    return [sys.executable, "-c", _HIDING + code]
