"""Say what went wrong in one or two lines, whatever it was; a traceback only with `--debug`."""

import errno
import re
import sys
import traceback
from typing import Any

import typer

from convlet.cli.console import MANNER, fail
from convlet.errors import ConvletError, InputError, OutputError, UsageError, whole

TYPED = "convlet.typed"  # the key in a context's `meta` of the words after the verb
# typer brings its own copy of click, or imports it: the classes' ancestors are the same in both.
BAD_USAGE: Any
_ANY: Any
BAD_USAGE, _ANY = typer.BadParameter.__mro__[1:3]
_ONLY_HELP = "NoArgsIsHelpError"  # of click: a group without a verb has printed its help
ENDING = (_ANY, typer.Abort)
_UNEXPECTED = 1
_ADVICE = "Try again with --debug for the traceback, and report it with that: it is a fault of convlet"
_ENGINES = ("ResourceExhaustedError", "OutOfMemoryError", "XlaRuntimeError")  # of TensorFlow, torch and JAX
_MEMORY = "Close other programs, or choose a smaller --batch-size, --image-size or number of --workers."


def explained(error: BaseException) -> tuple[str, int]:
    """Return what to say of an error that ended the command, and the exit status.

    What is expected, what was received and what to do stand in the text, also of errors of libraries.
    """
    if isinstance(error, ConvletError):
        return whole(error), error.exit_status
    if isinstance(error, ENDING):
        return _of_usage(error), UsageError.exit_status
    if isinstance(error, MemoryError) or (type(error).__name__ in _ENGINES and "memory" in str(error).lower()):
        return f"the memory is full ({_brief(error)}). {_MEMORY}", _UNEXPECTED
    if isinstance(error, OSError) and not isinstance(error, ConnectionError):
        return _of_system(error)
    place = traceback.extract_tb(error.__traceback__)
    where = f" in {place[-1].filename}, line {place[-1].lineno}" if place else ""
    return f"an error that convlet did not expect{where}: {_brief(error)}. {_ADVICE}.", _UNEXPECTED


def tell(error: BaseException) -> int:
    """Print an error, with `--debug` its traceback above it, and return the exit status."""
    if MANNER.debug:
        traceback.print_exception(error, file=sys.stderr)
    text, status = explained(error)
    if type(error).__name__ != _ONLY_HELP:
        fail(text)
    return status


def _of_system(error: OSError) -> tuple[str, int]:
    """Explain a path that may not be read, a name that the system refuses, a full disk."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        place = error.filename or "the disk"
        return f"{place}: {error.strerror}. Free some space there, or name another place.", OutputError.exit_status
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return f"{error.strerror}: raise the limit, such as with ulimit -n 4096.", InputError.exit_status
    named = error.filename if error.filename is not None else "the system"
    what = f"{named}: {error.strerror or error}"
    return f"{what}. Expected a file or folder that exists and may be used. Check its name and rights.", 3


def _of_usage(error: Any) -> str:
    """Explain a command line that cannot be: an unknown verb or flag, a value of another kind, too few words."""
    if not isinstance(error, BAD_USAGE):
        return _brief(error)
    text = error.format_message().strip()
    context = getattr(error, "ctx", None)
    near = _as_field(error, context) or sorted(getattr(error, "possibilities", None) or ())
    if near:
        text = f"{error.message.rstrip('.')}. Did you mean {' or '.join(near)}?"
    else:
        text = re.sub(r": (?:Value error, |Input )", ": ", text).rstrip(".")
        if (value := _received(error, context)) is not None:
            text += f"; received {value!r}"
        text += "" if text.endswith("?") else "."
    return f"{text} See: {context.command_path} --help" if context else text


def _as_field(error: Any, context: Any) -> list[str]:
    """Return how a field of a recipe is set that was typed as an option, by its name here or elsewhere: `--lr`."""
    named = str(getattr(error, "option_name", ""))
    options = {flag for each in context.command.params for flag in each.opts} if context and named else set()
    if "--set" not in options:
        return []
    from convlet.recipes import SETTINGS
    from convlet.recipes.elsewhere import ELSEWHERE

    name = named.lstrip("-").lower().replace("-", "_")
    field = name if name in SETTINGS else ELSEWHERE.get(name)
    if field is None:
        return []
    flag = f"--{field.replace('_', '-')}"
    return [flag if flag in options else f"--set {field}=..."]


def _received(error: Any, context: Any) -> str | None:
    """Return the word that was given for the parameter of a bad value, if the message does not have it."""
    parameter = getattr(error, "param", None)
    if parameter is None or context is None:
        return None
    words = context.meta.get(TYPED, [])
    for place, word in enumerate(words):
        flag, equals, value = word.partition("=")
        if flag in parameter.opts:
            found = value if equals else next(iter(words[place + 1 :]), None)
            return None if found is None or repr(found) in error.message else found
    return None


def _brief(error: BaseException) -> str:
    """Return the kind and the first line of an error."""
    line = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {line}" if line else type(error).__name__
