"""What to show of an error in a tracker's library."""

import re

_LONGEST = 300


def reason(error: Exception) -> str:
    """Return the first line of its message, without passwords in addresses."""
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    line = re.sub(r"://[^/@\s]*@", "://", line)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."
