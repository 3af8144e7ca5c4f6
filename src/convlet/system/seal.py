"""Give a file its own SHA-256, inside, so that a damaged one is noticed when it is opened.

The digest is that of the whole file with zeros in the place of the digest. Any format that holds a text can carry it.
"""

import hashlib
from pathlib import Path

from convlet.errors import ModelError

_MARK = b"sealed-by-convlet:sha256:"
_HALVES = _MARK[:12], _MARK[12:]  # one of them outlives any damaged byte of the mark
_DIGITS = 64
BLANK = (_MARK + b"0" * _DIGITS).decode()  # to be written into the file first


def sealed(content: bytes) -> bytes:
    """Return a file's content, which has `BLANK` in it, with its digest there."""
    place = _place(content)
    if place < 0:
        raise ValueError("the content holds no place for its seal.")
    return content[:place] + _digest(content, place) + content[place + _DIGITS :]


def seal(path: Path) -> None:
    """Seal a file in place. Call it before the file is moved to where it is used."""
    path.write_bytes(sealed(path.read_bytes()))


def require_whole(content: bytes, file: "Path | str", *, always: bool = True) -> None:
    """Check a file's content against its seal.

    Args:
        content: the whole file.
        file: its name, for the error.
        always: whether every such file has a seal; else one without was written by an earlier convlet.

    Raises:
        ModelError: the content is not what was sealed.
    """
    place = _place(content)
    if place < 0 and not always and not may_be_sealed(content):
        return
    if place < 0 or _digest(content, place) != content[place : place + _DIGITS]:
        raise damaged(file)


def may_be_sealed(content: bytes) -> bool:
    """Return whether a content has a seal, or had one before a byte of it was damaged."""
    return any(half in content for half in _HALVES)


def damaged(file: "Path | str") -> ModelError:
    """Return the error for a file that is not what convlet wrote."""
    return ModelError(
        f"{file} is damaged or was changed: its SHA-256 is not the one that convlet recorded when it wrote the file. "
        "Copy it again from where it came from, or make it again."
    )


def _place(content: bytes) -> int:
    """Return where the digest begins; -1 if there is no seal."""
    place = content.find(_MARK)
    return place + len(_MARK) if 0 <= place <= len(content) - len(BLANK) else -1


def _digest(content: bytes, place: int) -> bytes:
    whole = memoryview(content)
    found = hashlib.sha256(whole[:place])
    found.update(b"0" * _DIGITS)
    found.update(whole[place + _DIGITS :])
    return found.hexdigest().encode()
