"""Say `--help` in the user's language. Errors, results and JSON stay English: scripts and searches rely on them.

English is in the code. Each other language is a file of `languages`, from the English text to the translation, so that
a text without one is shown as it is, and tests/cli/test_language.py names it.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from typer.core import TyperCommand, TyperGroup

from convlet.cli.console import note
from convlet.data.kinds import ANOTHER, KINDS, READABLE, SOME
from convlet.exports import FORMATS
from convlet.recipes.files import NAMED, NAMES

OWN = "CONVLET_LANGUAGE"
_VARIABLES = (OWN, "LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set decides
_FOLDER = Path(__file__).with_name("languages")
LANGUAGES = sorted(["en", *(file.stem for file in _FOLDER.glob("*.json"))])
USAGE, COMMA = "Usage: ", ", "
# What typer writes itself: its constant, and the English text.
FRAME = {
    "ARGUMENTS_PANEL_TITLE": "Arguments",
    "OPTIONS_PANEL_TITLE": "Options",
    "COMMANDS_PANEL_TITLE": "Commands",
    "DEFAULT_STRING": "[default: {}]",
    "REQUIRED_LONG_STRING": "[required]",
    "ENVVAR_STRING": "[env var: {}]",
}
_MAKER = "_make_rich_text"  # typer's function that turns a help text into rich's
PARTS = (ANOTHER, *KINDS.values())  # of what {readable} stands for in translations


class Helped:
    """A command whose help is in the user's language."""

    usage: str | None = None  # the first word of the help; errors have typer's

    def format_help(self: Any, ctx: Any, formatter: Any) -> None:
        """Print the help."""
        words = load(language())
        if not words:
            super().format_help(ctx, formatter)  # type: ignore[misc]
            return
        from typer import rich_utils

        for holder, name in places(self, ctx):
            setattr(holder, name, said(getattr(holder, name), words))
        self.usage = words.get(USAGE)
        meanwhile: dict[str, Any] = {name: words.get(text, text) for name, text in FRAME.items()}
        meanwhile[_MAKER] = _folding(getattr(rich_utils, _MAKER))
        before = {name: getattr(rich_utils, name) for name in meanwhile}
        try:
            for name, value in meanwhile.items():
                setattr(rich_utils, name, value)
            super().format_help(ctx, formatter)  # type: ignore[misc]
        finally:
            for name, value in before.items():
                setattr(rich_utils, name, value)

    def format_usage(self: Any, ctx: Any, formatter: Any) -> None:
        """Write the first line."""
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix=self.usage)


class Group(Helped, TyperGroup):
    """Verbs under one name."""


class Command(Helped, TyperCommand):
    """A verb."""


def language() -> str:
    """Return the user's language, "en" for one that convlet does not speak."""
    name = next(filter(None, (os.environ.get(variable) for variable in _VARIABLES)), "en")
    base = re.split(r"[-_.@]", name)[0].lower()
    if base in LANGUAGES:
        return base
    if os.environ.get(OWN):
        note(f"{OWN} is {name!r}. Expected one of {', '.join(LANGUAGES)}; the help is in English.")
    return "en"


def load(name: str) -> dict[str, str]:
    """Return a language's texts by the English ones; none for English, and where stdout could not show its letters."""
    if name == "en":
        return {}
    text = (_FOLDER / f"{name}.json").read_text(encoding="utf-8")
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return {}
    words: dict[str, str] = json.loads(text)
    return words


def _folding(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return typer's maker of texts with one change: a line without spaces, as in Chinese, is folded and not cut."""

    def made(*args: Any, **options: Any) -> Any:
        text = make(*args, **options)
        text.overflow = "fold"
        return text

    return made


def places(command: Any, ctx: Any) -> Iterator[tuple[Any, str]]:
    """Yield each object and its attribute that holds a text of this command's help."""
    for name in ("help", "epilog"):
        if getattr(command, name):
            yield command, name
    for parameter in command.get_params(ctx):
        for name in ("help", "rich_help_panel"):
            if getattr(parameter, name, None):
                yield parameter, name
        if " " in str(getattr(parameter, "show_default", "")):  # words; one word is a name
            yield parameter, "show_default"
    for verb in getattr(command, "commands", {}).values():
        if verb.help:
            yield verb, "help"


def keys(text: str) -> list[str]:
    """Return the keys of an English text: one for each paragraph, with names for what is known by other means."""
    for part, name in ((READABLE, "readable"), (NAMED, "recipes"), (COMMA.join(FORMATS), "formats")):
        text = text.replace(part, f"{{{name}}}")
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]


def said(text: str, words: dict[str, str]) -> str:
    """Return a text in the language of these words, or as it is where they lack one."""
    if not all(key in words for key in keys(text)):
        return text
    comma = words.get(COMMA, COMMA)
    parts = {"recipes": COMMA.join(NAMES), "formats": COMMA.join(FORMATS)}
    parts["readable"] = comma.join([SOME, *(words.get(part, part) for part in PARTS)])
    translated = "\n\n".join(words[key] for key in keys(text))
    for name, part in parts.items():
        translated = translated.replace(f"{{{name}}}", part)
    return translated
