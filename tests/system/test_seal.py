"""A file's own SHA-256, inside it."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from convlet.errors import ModelError
from convlet.system.seal import BLANK, require_whole, seal, sealed

CONTENT = sealed(b"before " + BLANK.encode() + b" after")


def test_the_digest_is_that_of_the_file_with_zeros_in_its_place() -> None:
    digest = CONTENT.partition(b"sha256:")[2][:64]
    assert digest.decode() == hashlib.sha256(CONTENT.replace(digest, b"0" * 64)).hexdigest()
    require_whole(CONTENT, "it")


def test_every_flipped_bit_is_noticed_those_of_the_seal_too() -> None:
    for place in range(len(CONTENT)):
        for bit in range(8):
            flipped = CONTENT[:place] + bytes([CONTENT[place] ^ 1 << bit]) + CONTENT[place + 1 :]
            with pytest.raises(ModelError, match="it is damaged or was changed"):
                require_whole(flipped, "it", always=False)


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b" ", CONTENT[7:], CONTENT[:60], b""])
def test_cut_and_grown_files_are_noticed(content: bytes) -> None:
    with pytest.raises(ModelError):
        require_whole(content, "it")


def test_files_of_before_have_no_seal() -> None:
    without = np.random.default_rng(1).bytes(10_000)
    require_whole(without, "it", always=False)
    with pytest.raises(ModelError):
        require_whole(without, "it")
    with pytest.raises(ValueError, match="no place for its seal"):
        sealed(without)


def test_a_file_is_sealed_in_place(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(BLANK)
    seal(path)
    require_whole(path.read_bytes(), path)
