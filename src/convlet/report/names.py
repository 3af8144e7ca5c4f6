"""Shorten names for reports and plots."""


def shortened(name: str, longest: int) -> str:
    """Cut the middle out of a name longer than `longest` characters: its ends distinguish it."""
    half = longest // 2
    return name if len(name) <= longest else f"{name[:half]}…{name[half + 1 - longest :]}"
