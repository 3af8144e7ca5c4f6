"""Say durations."""

_MINUTE, _HOUR = 60, 3600  # seconds


def spoken(seconds: float) -> str:
    """Return a duration for people, of one or two digits.

    Example:
        >>> spoken(5), spoken(100), spoken(15000)
        ('5 seconds', '1.7 minutes', '4.2 hours')
    """
    if seconds < _MINUTE:
        whole = max(round(seconds), 1) if seconds < 10 else 5 * round(seconds / 5)
        return f"{whole} second{'' if whole == 1 else 's'}"
    number, unit = (seconds / _MINUTE, "minutes") if seconds < _HOUR else (seconds / _HOUR, "hours")
    return f"{number:.1f} {unit}" if number < 10 else f"{number:.0f} {unit}"
