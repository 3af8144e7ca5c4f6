"""Arrays of MATLAB files, piece by piece, against SciPy."""

import io
import zlib

import numpy as np
import pytest
import scipy.io

from convlet.data.mat5 import values

IMAGES = np.random.default_rng(1).integers(0, 256, (5, 4, 3, 50), dtype=np.uint8)
SIZE = IMAGES.size


def written(compress: bool, **arrays: object) -> io.BytesIO:
    file = io.BytesIO()
    scipy.io.savemat(file, arrays, do_compression=compress)
    return file


@pytest.mark.parametrize("step", [60, 7, 10**6])
@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("name", ["X", "a_long_name_for_images"])
def test_the_values_in_their_order(name: str, compress: bool, step: int):
    file = written(compress, first=np.ones((3, 3)), text="text", **{name: IMAGES}, y=np.ones(50))
    parts = list(values(file, name, SIZE, step))
    assert b"".join(parts) == IMAGES.tobytes(order="F")
    assert {len(part) for part in parts[:-1]} <= {step}


@pytest.mark.parametrize("compress", [False, True])
def test_values_that_compress_well(compress: bool):
    images = np.zeros((10, 10, 3, 3_000), np.uint8)
    assert sum(map(len, values(written(compress, X=images), "X", images.size, 200_000))) == images.size


def test_big_endian():
    body = IMAGES.tobytes(order="F")

    def element(kind: int, content: bytes) -> bytes:
        return np.array([kind, len(content)], ">u4").tobytes() + content + bytes(-len(content) % 8)

    parts = [
        element(6, np.array([9, 0], ">u4").tobytes()),
        element(5, np.array(IMAGES.shape, ">i4").tobytes()),
        element(1, b"X"),
        element(2, body),
    ]
    header = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x01\x00MI"
    content = header + element(14, b"".join(parts))
    assert np.array_equal(scipy.io.loadmat(io.BytesIO(content))["X"], IMAGES)
    assert b"".join(values(io.BytesIO(content), "X", SIZE, 60)) == body


@pytest.mark.parametrize(
    ("name", "size", "says"), [("Z", SIZE, "no array Z"), ("X", SIZE - 1, "not an array"), ("y", 50, "not an array")]
)
def test_an_array_that_is_not_there(name: str, size: int, says: str):
    with pytest.raises(ValueError, match=says):
        list(values(written(True, X=IMAGES, y=np.linspace(0, 1, 50)), name, size, 60))


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("end", [140, 190, 1_000, 2_500])
def test_a_file_that_ends_too_early(compress: bool, end: int):
    file = io.BytesIO(written(compress, X=IMAGES).getvalue()[:end])
    with pytest.raises(EOFError, match="truncated"):
        list(values(file, "X", SIZE, 60))


def test_a_wrong_checksum():
    content = bytearray(written(True, X=IMAGES).getvalue())
    content[-1] ^= 1
    with pytest.raises(zlib.error):
        list(values(io.BytesIO(content), "X", SIZE, 60))
