"""Files that are not images: the error says what they are."""

from pathlib import Path

import pytest

from convlet.reading.contents import what_is
from convlet.reading.decode import read_pixels
from tests.data.datafiles import assert_refused


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!DOCTYPE html>\n<html>404", "a web page"),
        (b"\n  <HTML><head>", "a web page"),
        (b'<?xml version="1.0"?>\n<svg xmlns="x">', "SVG"),
        (b"<svg/>", "SVG"),
        (b"<?xml version='1.0'?><Error>", "XML"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\0" * 40, "zeros"),
        (b"hello", "something else"),
    ],
)
def test_the_error_says_what_the_file_is(tmp_path: Path, content: bytes, words: str):
    assert words in what_is(content)
    path = tmp_path / "image.png"
    path.write_bytes(content)
    assert_refused(lambda: read_pixels(path), path, f"{len(content)} bytes of", words)
