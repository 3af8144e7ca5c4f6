"""Archives of a few pictures, one of each kind."""

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.data.datafiles import pictures, write_tar
from tests.images import encoded


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, files: dict[str, bytes]) -> Path:
    return write_tar(path, files.items())


def squeezed(squeeze: Callable[[bytes], bytes]) -> Callable[[Path, dict[str, bytes]], Path]:
    def write(path: Path, files: dict[str, bytes]) -> Path:
        path.write_bytes(squeeze(tarred(path, files).read_bytes()))
        return path

    return write


KINDS = {
    "set.zip": zipped,
    "set.tar": tarred,
    "set.tar.gz": squeezed(gzip.compress),
    "set.TGZ": squeezed(gzip.compress),
    "set.tar.bz2": squeezed(bz2.compress),
    "set.tar.xz": squeezed(lzma.compress),
}


def two_classes(count: int = 12) -> dict[str, bytes]:
    images = pictures((count, count), seed=3).images
    return {f"{'ab'[place % 2]}/{place}.png": encoded(image) for place, image in enumerate(images)}
