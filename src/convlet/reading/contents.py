"""What a file holds that is no image: the words for errors."""

import re

HEAD = 512  # bytes that tell

_KINDS = tuple(
    (re.compile(start, re.IGNORECASE | re.DOTALL), words)
    for start, words in (
        (rb"version https://git-lfs", "a pointer of Git LFS: fetch the file itself with git lfs pull"),
        (rb"\s*<(!doctype\s+html|html|head|body)\b", "a web page (HTML), as a failed download leaves it"),
        (rb"\s*(<\?xml.*)?<svg\b", "SVG, a drawing of lines: save it as PNG"),
        (rb"\s*<(\?xml|!--|error)", "XML"),
        (rb"%PDF", "PDF: save its pages as PNG"),
        (rb"\x00\x00\x00\x0cjP|\xff\x4f\xff\x51", "JPEG 2000: save it as PNG"),
        (rb"8BPS", "Photoshop: save it as PNG"),
        (rb"\x00\x00[\x01\x02]\x00", "an icon: save it as PNG"),
        (rb"II\*\x00|MM\x00\*", "TIFF with pixels of a rare kind: save it in 8 or 16 bits a color"),
        (rb"PK\x03\x04", "a ZIP archive"),
        (rb"\x1f\x8b", "a gzip file"),
        (rb"\x00{16}", "zeros, as a failed copy leaves them"),
    )
)


def what_is(head: bytes) -> str:
    """Return in words what a file holds, from its first `HEAD` bytes; "something else" if they do not tell."""
    return next((words for start, words in _KINDS if start.match(head)), "something else")
