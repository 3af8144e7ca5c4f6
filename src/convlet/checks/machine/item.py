"""What is said about one thing of a machine."""

from dataclasses import dataclass

OK = "ok"  # as it should be
OFF = "off"  # not there, and nothing needs it
HINT = "hint"  # works, and could work better
WRONG = "wrong"  # something of convlet does not work


@dataclass(frozen=True)
class Item:
    """One thing that was looked at.

    Attributes:
        group: what it belongs to, such as "GPU".
        name: what was looked at, such as "driver".
        state: OK, OFF, HINT or WRONG.
        found: what was found, in words.
        cure: what to do; "" where nothing is to be done.
    """

    group: str
    name: str
    state: str
    found: str
    cure: str = ""


def gigabytes(size: float) -> str:
    """Return a number of bytes in words, such as "1.5 GB"."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
