"""Describe the content of a file that is not an image, for errors."""

import re

HEAD = 512  # bytes that identify it

_KINDS = tuple(
    (re.compile(start, re.IGNORECASE | re.DOTALL), words)
    for start, words in (
        (rb"version https://git-lfs", "a Git LFS pointer: fetch the file itself with git lfs pull"),
        (rb"\s*<(!doctype\s+html|html|head|body)\b", "a web page (HTML), the result of a failed download"),
        (rb"\s*(<\?xml.*)?<svg\b", "SVG, a vector drawing: save it as PNG"),
        (rb"\s*<(\?xml|!--|error)", "XML"),
        (rb"%PDF", "PDF: save its pages as PNG"),
        (rb"\x00\x00\x00\x0cjP|\xff\x4f\xff\x51", "JPEG 2000: save it as PNG"),
        (rb"8BPS", "Photoshop: save it as PNG"),
        (rb"\x00\x00[\x01\x02]\x00", "an icon: save it as PNG"),
        (rb"II\*\x00|MM\x00\*", "TIFF with a rare pixel format: save it with 8 or 16 bits per channel"),
        (rb"PK\x03\x04", "a ZIP archive"),
        (rb"\x1f\x8b", "a gzip file"),
        (rb"\x00{16}", "zeros, the result of a failed copy"),
    )
)


def what_is(head: bytes) -> str:
    """Describe a file's content from its first `HEAD` bytes; "something else" if they do not identify it."""
    return next((words for start, words in _KINDS if start.match(head)), "something else")
