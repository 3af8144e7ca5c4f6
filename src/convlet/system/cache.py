"""Name the folder where convlet keeps what it downloads, and where libraries keep what they find out."""

import os
from pathlib import Path

# Libraries' variables for their own folders, and the folders that they would make in the user's home.
_FOLDERS = {"KERAS_HOME": ".keras", "MPLCONFIGDIR": ".config/matplotlib"}


def cache_folder() -> Path:
    """Return the platform's cache folder for `convlet`."""
    import pooch

    return Path(pooch.os_cache("convlet"))


def keep_together() -> None:
    """Make Keras and Matplotlib keep their files in convlet's cache, unless they have folders in the user's home.

    It must run before either is imported; Keras imports the other.
    """
    for variable, usual in _FOLDERS.items():
        if variable not in os.environ and not (Path.home() / usual).exists():
            os.environ[variable] = str(cache_folder() / Path(usual).name.lstrip("."))
