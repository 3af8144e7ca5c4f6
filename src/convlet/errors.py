"""Every error convlet raises on purpose, and the exit status each one means.

    ConvletError
    ├── UsageError          2  a name or an option that does not exist
    ├── InputError          3  what was given cannot be used
    │   ├── DataError          a data set: missing, truncated, of another form
    │   │   └── DownloadError  a data set that could not be fetched, or came with a wrong hash
    │   ├── RecipeError        a setting out of range
    │   ├── ModelError         a model or run folder that cannot be opened
    │   └── OutputError        a place that cannot be written to
    ├── CheckError          4  an exported file that does not answer like its model
    ├── MissingExtraError   5  a library that an optional part needs
    └── LostProcessError    6  a process of a training by several ended; what was trained is kept

A message says what is wrong, what was expected, what was received and what to do, in a line or two.
"""

from typing import ClassVar


class ConvletError(Exception):
    """The root of the tree: catch this to catch everything convlet raises on purpose."""

    exit_status: ClassVar[int] = 1


class UsageError(ConvletError):
    """A name or an option that does not exist."""

    exit_status = 2


class InputError(ConvletError):
    """Something given by the user cannot be used."""

    exit_status = 3


class DataError(InputError):
    """A data set or an image that cannot be read."""


class DownloadError(DataError):
    """A data set that could not be fetched from any mirror, or came with the wrong hash."""


class RecipeError(InputError):
    """A recipe with a setting out of range."""


class ModelError(InputError):
    """A model file or run folder that cannot be opened, or does not fit the data."""


class OutputError(InputError):
    """A file or folder that cannot be written to."""


class CheckError(ConvletError):
    """An exported model that disagrees with the model it was made from; nothing is kept."""

    exit_status = 4


class MissingExtraError(ConvletError):
    """An optional library is missing; the message holds the line that installs it."""

    exit_status = 5


class LostProcessError(ConvletError):
    """A process of a training by several ended before its time; the run can be taken up again."""

    exit_status = 6
