"""Write the reference of the command line and of HTTP: `python -m convlet.cli.reference docs/reference`."""

import enum
import json
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from convlet.cli.commands import app
from convlet.system.files import write_text

_HEAD = """\
# Command line

Every verb with its arguments and options. MODEL and RUN are a run folder, an `.onnx` or `.keras`
file (not where a RUN is expected), `latest`, or `digits`, which comes with convlet. Results go to
stdout, everything else to stderr; [exit codes](exit-codes.md), [JSON](json.md) and [what all verbs
share](../command-line.md) have pages of their own. `python -m convlet` is the same command.

This page is written by `make reference`.
"""


def page() -> str:
    """Return the page: a section for each verb, in the order of `convlet --help`."""
    command = typer.main.get_command(app)
    return "\n".join([_HEAD, *(_section(name, verb) for name, verb in verbs("convlet", command))])


def openapi() -> str:
    """Return the OpenAPI document of `convlet serve --teach` with the model in the box, in JSON."""
    from convlet.prediction.predictor import Predictor
    from convlet.serving.openapi import document

    described = document(Predictor("digits").signature, "digits", token=False, teach=True)
    return json.dumps(described, indent=1, ensure_ascii=False) + "\n"


def verbs(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Yield each verb of a command with its whole name, and those of a group after the group.

    Args:
        name: of the command.
        command: typer's.
    """
    for verb, inner in getattr(command, "commands", {}).items():
        if not inner.hidden:
            yield f"{name} {verb}", inner
            yield from verbs(f"{name} {verb}", inner)


def _section(name: str, verb: Any) -> str:
    shown = [one for one in verb.params if not getattr(one, "hidden", False) and one.name != "help"]
    arguments = [one for one in shown if one.param_type_name == "argument"]
    options = [one for one in shown if one.param_type_name == "option"]
    parts = [f"## {name}\n", _prose(verb.help or "")]
    if not hasattr(verb, "commands"):
        parts.append(f"`{' '.join([name, *map(_argument, arguments), '[OPTIONS]' * bool(options)])}`\n")
    for title, rows in (
        ("argument", [_row(f"`{_argument(one)}`", one) for one in arguments]),
        ("option", [_row(_option(one), one) for one in options]),
    ):
        if rows:
            parts.append("\n".join([f"| {title} | default | what it is |", "|---|---|---|", *rows]) + "\n")
    if verb.epilog:
        parts.append(_prose(verb.epilog))
    return "\n".join(parts)


def _argument(parameter: Any) -> str:
    """Return an argument as the usage line has it."""
    name = _value(parameter).removesuffix("...") + "..." * (parameter.nargs != 1)
    return name if parameter.required or parameter.metavar else f"[{name}]"


def _option(parameter: Any) -> str:
    """Return an option's names, with a word for its value."""
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    if parameter.is_flag:
        return names
    return f"{names} {_value(parameter)}{'...' if parameter.multiple or parameter.nargs != 1 else ''}"


def _value(parameter: Any) -> str:
    """Return the word for a value: its own, the values there are, or the parameter's name."""
    choices = getattr(getattr(parameter, "type", None), "choices", ())  # of typer before 0.27
    kind = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        choices = [one.value for one in kind]
    return str(parameter.metavar or "|".join(map(str, choices)) or parameter.name.upper().rstrip("_"))


def _row(names: str, parameter: Any) -> str:
    """Return a parameter's row of the table."""
    text = " ".join((parameter.help or "").split())
    if parameter.envvar:
        text += f" Environment variable: `{parameter.envvar}`."
    return f"| {_cell(names)} | {_cell(_default(parameter))} | {_cell(text)} |"


def _default(parameter: Any) -> str:
    """Return what holds where nothing is given, as `--help` has it."""
    if parameter.required:
        return "required"
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    value = parameter.default
    if value is None or value is False or callable(value) or (isinstance(value, (list, tuple)) and not value):
        return ""
    if value is True:
        return "yes"
    return f"`{' '.join(map(str, value)) if isinstance(value, (list, tuple)) else value}`"


def _cell(text: str) -> str:
    """Return a text that a table's cell can hold."""
    return text.replace("|", "\\|").replace("<", "&lt;")


def _prose(text: str) -> str:
    """Return a help text in lines of at most 100 characters."""
    paragraphs = [" ".join(part.split()) for part in text.replace("\b", "").split("\n\n")]
    wrapped = [textwrap.fill(part, 100, break_long_words=False, break_on_hyphens=False) for part in paragraphs if part]
    return "\n\n".join(wrapped) + "\n"


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    write_text(folder / "command-line.md", page())
    write_text(folder / "schemas" / "openapi.json", openapi())
