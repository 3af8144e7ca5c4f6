"""What to show of an error of a tracker's library."""

import re

_LONGEST = 300


def reason(error: Exception) -> str:
    """Return its message in one line, without the passwords of addresses in it."""
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    line = re.sub(r"://[^/@\s]*@", "://", line)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."
