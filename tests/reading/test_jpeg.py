"""The scans of a JPEG are counted as its decoder meets them."""

import io
import time

import numpy as np
import pytest
from PIL import Image

from convlet.errors import DataError
from convlet.reading.decode import decode
from convlet.reading.jpeg import MOST, require_few_scans

RANDOM = np.random.default_rng(1)
PICTURE = Image.fromarray(RANDOM.integers(0, 256, (64, 64), dtype=np.uint8))


def _saved(**options: object) -> bytes:
    held = io.BytesIO()
    PICTURE.save(held, "JPEG", **options)
    return held.getvalue()


def with_scans(count: int, hidden: bytes = b"") -> bytes:
    """A progressive JPEG whose last scan comes that often, each after a comment."""
    content = _saved(progressive=True)
    last = content.rfind(b"\xff\xda")
    comment = b"\xff\xfe" + (len(hidden) + 2).to_bytes(2, "big") + hidden
    return content[:last] + (comment + content[last:-2]) * count + b"\xff\xd9"


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 100, "optimize": True}])
def test_usual_files(options: dict) -> None:
    require_few_scans(_saved(**options), "it")


def test_many_scans_are_refused_at_once_in_any_use() -> None:
    content = with_scans(4_424)
    began = time.process_time()
    with pytest.raises(DataError, match=f"it is a JPEG of more than {MOST} scans"):
        decode(content, name="it")
    assert time.process_time() - began < 1


def test_an_end_in_a_comment_hides_nothing() -> None:
    with pytest.raises(DataError, match="scans"):
        require_few_scans(with_scans(200, b"\xff\xd9"), "it")


@pytest.mark.parametrize("before", [b"\xff\xd8\xff\xd9", b"\xff\xd8\xff\xfe\x00\x04ab\xff\xd9"])
def test_an_end_before_the_picture_hides_nothing(before: bytes) -> None:
    """Pillow reads on after tables alone."""
    with pytest.raises(DataError, match="scans"):
        require_few_scans(before + with_scans(200), "it")


def test_what_follows_the_picture_does_not_count() -> None:
    """Phones append films."""
    require_few_scans(_saved() + b"\xff\xda" * 1_000, "it")
    require_few_scans(_saved(comment=b"\xff\xda" * 1_000), "it")


def test_any_bytes_end() -> None:
    for size in (0, 3, 100, 10_000):
        for _ in range(20):
            content = b"\xff\xd8\xff" + RANDOM.bytes(size)
            try:
                require_few_scans(content, "it")
            except DataError as error:
                assert "scans" in str(error)  # noqa: PT017  either outcome is right
