"""Names as a table can hold them."""

import os


def spelled(name: str) -> str:
    """Return a name that every table can hold: bytes that are not UTF-8 are spelled out."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
