"""Every error convlet raises on purpose, and the exit status of each.

    ConvletError
    ├── UsageError          2  a name or an option that does not exist
    ├── InputError          3  an input cannot be used
    │   ├── DataError          a data set: missing, truncated, in another format
    │   │   └── DownloadError  a failed download, or a wrong hash
    │   ├── RecipeError        a setting out of range
    │   ├── ModelError         a model or run folder that cannot be opened
    │   ├── OutputError        a file or folder that cannot be written to
    │   └── StaleError         what was to be changed is no longer as it was seen
    ├── CheckError          4  a check failed: an exported file disagrees with its model, or data have a serious flaw
    ├── MissingExtraError   5  an optional library is missing
    │   └── MissingReaderError (a DataError too) one that reads a picture
    └── LostProcessError    6  a process of a distributed training ended; its run is kept

A message says what is wrong, what was expected and received, and what to do, in one or two lines. Where it does not say
what to do, the advice of its class is a note of the error (PEP 678), which Python's tracebacks show, and the command
line too. tests/test_errors.py holds that for every `raise` of the tree.
"""

import re
from typing import Any, ClassVar

_VERBS = (
    "add allow ask begin call change check choose close compare convert copy correct decide delete download evaluate "
    "export fetch free give install keep label leave load lower make merge move name omit open order pass predict put "
    "raise remove rename repair repeat replace restore resume run save see send serve set show split start stop take "
    "train try turn undo unpack unset update upgrade use wait write"
)
_BOTH = "|".join(_VERBS.split())
_ADVISES = re.compile(
    rf"(?:^|[.!?)'] )(?:{'|'.join(verb.title() for verb in _VERBS.split())})\b"  # Begins a sentence
    rf"|(?:[:;,] |\b(?:or|and|Or) (?:else )?)(?:{_BOTH})\b|\bconvlet [a-z]|pip install|Did you mean "
)


class ConvletError(Exception):
    """The root of the tree: catch this to catch everything convlet raises on purpose.

    Attributes:
        exit_status: of the command line.
        advice: what was expected and what to do, for messages that do not say what to do. Its first sentence is left
            out where a message says what was expected.

    Example:
        >>> try:
        ...     convlet.predict("digits", "no-such-file.png")
        ... except convlet.ConvletError as error:
        ...     print(type(error).__name__, error.exit_status)
        DataError 3
    """

    exit_status: ClassVar[int] = 1
    advice: ClassVar[str] = "Try again with --debug, and report what it shows."
    enough: ClassVar[re.Pattern[str]] = _ADVISES  # what a message that needs no advice has in it

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        text = str(self)
        if not self.enough.search(text):
            said = self.advice.startswith("Expected ") and re.search(r"\b[Ee]xpected ", text)
            self.add_note(self.advice.partition(". ")[2] if said else self.advice)


def advises(text: str) -> bool:
    """Return whether a message says what to do: a sentence or clause in the imperative, or a command.

    Example:
        >>> advises("a.png is truncated. Fetch it again."), advises("a.png is truncated.")
        (True, False)
    """
    return _ADVISES.search(text) is not None


def whole(error: BaseException) -> str:
    """Return an error's message and its notes: all that a user should read.

    Example:
        >>> whole(DataError("cannot read a.csv: it is empty"))[:60]
        'cannot read a.csv: it is empty. Expected a whole file that '
    """
    text = str(error)
    for line in getattr(error, "__notes__", ()):
        text = f"{text if text.endswith(('.', '!', '?', ':')) else text + '.'} {line}"
    return text


class UsageError(ConvletError):
    """A name or an option that does not exist."""

    exit_status = 2
    advice = "See --help; in Python, help() of the function."
    enough = re.compile(rf"{_ADVISES.pattern}|[Ee]xpected |s are: ")  # who reads what may be there knows what to write


class InputError(ConvletError):
    """An unusable input."""

    exit_status = 3
    advice = "Expected an input that is there, whole, and may be read. Check its name, its rights and its content."


class DataError(InputError):
    """A data set or an image that cannot be read."""

    advice = "Expected a whole file that may be read, in a form that convlet knows. Check its name, rights and content."


class NoGridError(DataError):
    """A picture without the grid that it was to be read as."""

    advice = "Expected a grid whose lines can all be seen. Take the picture again, or name the grid that it shows."


class DownloadError(DataError):
    """A data set that no mirror delivered with the right hash."""

    advice = "Expected the published files. Try again later, or put them into the data folder (--data-dir)."


class RecipeError(InputError):
    """A recipe with a setting out of range."""

    advice = "Change the setting; `convlet recipe fields` says what each may be."


class ModelError(InputError):
    """A model file or run folder that cannot be opened, or does not fit the data."""

    advice = "Expected a run folder, or a model file that convlet wrote, as it was written. Restore it, or train again."


class OutputError(InputError):
    """A file or folder that cannot be written to."""

    advice = "Expected a place that may be written to and has room. Choose another, or free space there."


class StaleError(InputError):
    """What was to be changed is no longer as it was when it was seen: another person, page or process was first."""

    advice = "Expected it as it was shown. Look at what it is now, and decide again."


class CheckError(ConvletError):
    """A failed check, such as an exported model that disagrees with its original; nothing is kept."""

    exit_status = 4
    advice = "Expected the same answers. Try another format, and report it: nothing that you did should lead here."


class MissingExtraError(ConvletError):
    """An optional library is missing; the message says how to install it.

    Attributes:
        extra: the extra of convlet that brings it, such as "train"; None if it is no part of convlet's.
    """

    exit_status = 5
    advice = "Install it: pip install 'convlet[EXTRA]'."

    def __init__(self, *args: object, extra: str | None = None) -> None:
        super().__init__(*args)
        self.extra = extra


class MissingReaderError(MissingExtraError, DataError):
    """A picture, or a folder of them, that an optional library reads; beside others that can be read it is left out."""

    def __init__(self, *args: object, extra: str | None = "heif") -> None:
        super().__init__(*args, extra=extra)


class LostProcessError(ConvletError):
    """A process of a distributed training ended early; the run can be resumed."""

    exit_status = 6
    advice = "Resume the run: convlet train --resume RUN."
