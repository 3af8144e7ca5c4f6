"""Name the folder where convlet keeps what it downloads, and where libraries keep what they find out."""

import contextlib
import os
from pathlib import Path

# Libraries' variables for their own folders, and the folders in the user's home where they may have files already.
_FOLDERS = {"KERAS_HOME": (".keras",), "MPLCONFIGDIR": (".config/matplotlib", ".matplotlib")}


def cache_folder() -> Path:
    """Return the platform's cache folder for `convlet`."""
    from platformdirs import user_cache_path

    return user_cache_path("convlet")


def keep_together() -> None:
    """Make Keras and Matplotlib keep their files in convlet's cache, unless they have folders in the user's home.

    It must run before either is imported; Keras imports the other.
    """
    with contextlib.suppress(OSError, RuntimeError):  # no home, or one that may not be read
        settings = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        for variable, usual in _FOLDERS.items():
            theirs = [Path.home() / each for each in usual] + [settings / Path(usual[0]).name]
            if variable not in os.environ and not any(folder.exists() for folder in theirs):
                os.environ[variable] = str(cache_folder() / Path(usual[0]).name.lstrip("."))
