"""Choose what to show of an error in a tracker's library."""

import re

_LONGEST = 300


def reason(error: Exception) -> str:
    """Return the first line of its message, without passwords from addresses."""
    line = public((str(error).strip() or type(error).__name__).splitlines()[0])
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."


def public(text: str) -> str:
    """Return a text without the passwords in its addresses."""
    return re.sub(r"://[^/\s]*@", "://", text)
