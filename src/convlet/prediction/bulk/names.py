"""Names as a table can hold them."""

import os


def spelled(name: str) -> str:
    """Spell out the bytes of a name that are not UTF-8."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
