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
    └── LostProcessError    6  a process of a distributed training ended; its run is kept

A message says what is wrong, what was expected and received, and what to do, in one or two lines.
"""

from typing import ClassVar


class ConvletError(Exception):
    """The root of the tree: catch this to catch everything convlet raises on purpose.

    Example:
        >>> try:
        ...     convlet.predict("digits", "no-such-file.png")
        ... except convlet.ConvletError as error:
        ...     print(type(error).__name__, error.exit_status)
        DataError 3
    """

    exit_status: ClassVar[int] = 1


class UsageError(ConvletError):
    """A name or an option that does not exist."""

    exit_status = 2


class InputError(ConvletError):
    """An unusable input."""

    exit_status = 3


class DataError(InputError):
    """A data set or an image that cannot be read."""


class NoGridError(DataError):
    """A picture without the grid that it was to be read as."""


class DownloadError(DataError):
    """A data set that no mirror delivered with the right hash."""


class RecipeError(InputError):
    """A recipe with a setting out of range."""


class ModelError(InputError):
    """A model file or run folder that cannot be opened, or does not fit the data."""


class OutputError(InputError):
    """A file or folder that cannot be written to."""


class StaleError(InputError):
    """What was to be changed is no longer as it was when it was seen: another person, page or process was first."""


class CheckError(ConvletError):
    """A failed check, such as an exported model that disagrees with its original; nothing is kept."""

    exit_status = 4


class MissingExtraError(ConvletError):
    """An optional library is missing; the message says how to install it.

    Attributes:
        extra: the extra of convlet that brings it, such as "train"; None if it is no part of convlet's.
    """

    exit_status = 5

    def __init__(self, *args: object, extra: str | None = None) -> None:
        super().__init__(*args)
        self.extra = extra


class LostProcessError(ConvletError):
    """A process of a distributed training ended early; the run can be resumed."""

    exit_status = 6
