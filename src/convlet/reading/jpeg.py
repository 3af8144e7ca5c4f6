"""Count the scans of a JPEG: each costs the decoder as much as a whole picture, however few bytes it has."""

import re

from convlet.errors import DataError

MOST = 100  # ten are usual
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # in a scan, which writes its own 0xFF as FF 00 or FF D0 to FF D7
_SCAN, _END = 0xDA, 0xD9
_ALONE = frozenset({0x01, 0xD8, 0xD9})  # markers without a length


def is_jpeg(content: bytes) -> bool:
    """Return whether a file begins like a JPEG."""
    return content.startswith(b"\xff\xd8\xff")


def require_few_scans(content: bytes, name: str) -> None:
    """Refuse a JPEG that would keep the decoder busy for minutes.

    Args:
        content: the file.
        name: what errors call it.

    Raises:
        DataError: its first picture has more than a hundred scans.
    """
    place = scans = 0
    while scans <= MOST and (found := _MARKER.search(content, place)):
        kind, place = content[found.start() + 1], found.end()
        if kind == _END and scans:  # before the first one a decoder reads on
            return
        if kind not in _ALONE:
            place += int.from_bytes(content[place : place + 2], "big")
        scans += kind == _SCAN
    if scans > MOST:
        raise DataError(f"{name} is a JPEG of more than {MOST} scans, which takes minutes to decode; ten are usual.")
