"""Name the command that comes next: one line after each verb that has not named a better one by itself."""

import shlex
from collections.abc import Mapping
from typing import Any

# By verb; {NAME} is what the user gave as that argument, quoted for a shell. A verb that ends with its own hint, which
# knows its result, needs none here; one that runs until it is stopped, or is the end of the way, has "".
NEXT = {
    "compare": "convlet evaluate {models} for where the first of them is wrong",
    "data check": "convlet train {name}",
    "data info": "convlet data show {name}, or convlet data check {name}",
    "data list": "convlet data show mnist, or convlet train DATASET",
    "data show": "convlet data check {name}, or convlet train {name}",
    "doctor": "convlet serve to draw digits, or convlet train digits --recipe small-data, a training of seconds",
    "evaluate": "convlet explain {model} PICTURE for where it looked, or convlet export {model}",
    "explain": "convlet label FOLDER puts labels right; convlet train FOLDER --from {model} teaches the model",
    "export": "convlet runs check {run}, or convlet serve {run}",
    "label": "convlet train {folder}",
    "predict": "convlet explain {model} PICTURE for where it looked, or convlet serve {model}",
    "recipe fields": "convlet train --set FIELD=VALUE",
    "recipe list": "convlet recipe show NAME, or convlet train DATASET --recipe NAME",
    "recipe show": "",
    "runs check": "convlet evaluate {paths}",
    "runs clean": "convlet train --resume latest goes on with an interrupted run",
    "runs list": "",
    "runs open": "convlet compare RUN RUN",
    "runs remove": "convlet runs list",
    "runs rename": "convlet runs list",
    "runs show": "",
    "serve": "",
    "train": "",
    "tune": "",
    "view": "",
}


def after(path: str, given: Mapping[str, Any]) -> str:
    """Return what comes after a verb, "" for nothing.

    Args:
        path: the verb, such as "data info".
        given: its arguments and options by name.

    Example:
        >>> after("data info", {"name": "my letters"})
        "convlet data show 'my letters', or convlet data check 'my letters'"
    """
    words = {name: _typed(value) for name, value in given.items()}
    return NEXT.get(path, "").format_map(_Given(words))


class _Given(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return name.upper()


def _typed(value: Any) -> str:
    """Return a value as it would be typed; of several the first."""
    if isinstance(value, list | tuple):
        value = value[0] if value else None
    return "latest" if value is None else shlex.quote(str(value))
