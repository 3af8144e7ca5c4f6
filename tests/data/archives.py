"""Small versions of the published archives of named data sets, in the format that each reader must understand."""

import gzip
import hashlib
import io
import struct
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import scipy.io

from convlet.data import CATALOG, Entry
from tests.data.datafiles import Pictures, idx


def small(entry: Entry, per_class: int, seed: int) -> Pictures:
    """Random images of a named set's shape, `per_class` of each class, in random order."""
    random = np.random.default_rng(seed)
    labels = random.permutation(np.repeat(np.arange(len(entry.class_names)), per_class))
    shape = entry.image_shape if entry.image_shape[2] == 3 else entry.image_shape[:2]
    return Pictures(random.integers(0, 256, (len(labels), *shape), dtype=np.uint8), labels)


def packed(name: str, parts: Mapping[str, Pictures]) -> dict[str, bytes]:
    """The files of a named set, by the names they are published under; `parts` are its splits."""
    entry = CATALOG[name]
    train, test = parts["train"], parts["test"]
    if entry.family == "medmnist":
        return {entry.archives[0].name: medmnist(parts)}
    if name.startswith("emnist"):
        return {"gzip.zip": emnist(entry, train, test)}
    if name.startswith("cifar"):
        return {entry.archives[0].name: tar_gz(cifar_files(name, train, test))}
    if name == "svhn":
        return {archive.name: svhn(part) for archive, part in zip(entry.archives, (train, test), strict=True)}
    labels = idx_int if name == "qmnist" else idx
    contents = (idx(train.images), labels(train.labels), idx(test.images), labels(test.labels))
    return {archive.name: gzip.compress(data, mtime=0) for archive, data in zip(entry.archives, contents, strict=True)}


def hashed(entry: Entry, files: Mapping[str, bytes], *mirrors: str) -> Entry:
    """The entry with the hashes of these files, each of the kind that is published, on these mirrors."""
    archives = [
        archive._replace(
            sha256=archive.sha256 and hashlib.sha256(files[archive.name]).hexdigest(),
            md5=archive.md5 and hashlib.md5(files[archive.name], usedforsecurity=False).hexdigest(),
        )
        for archive in entry.archives
    ]
    return replace(entry, archives=tuple(archives), mirrors=mirrors)


def idx_int(labels: np.ndarray) -> bytes:
    """QMNIST's labels: eight columns of whole numbers, the class in the first."""
    columns = np.stack([labels, *np.full((7, len(labels)), 70_000)], axis=1)
    return bytes((0, 0, 0x0C, 2)) + struct.pack(">2I", *columns.shape) + columns.astype(">i4").tobytes()


def emnist(entry: Entry, train: Pictures, test: Pictures, first: int | None = None) -> bytes:
    """EMNIST's archive with one set in it: images transposed; the labels of letters begin with 1."""
    first = int(entry.name == "emnist-letters") if first is None else first
    buffer = io.BytesIO()
    contents = [part for one in (train, test) for part in (one.images.swapaxes(1, 2), one.labels + first)]
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("gzip/emnist-byclass-mapping.txt", "0 48\n")
        for member, content in zip(entry.archives[0].members, contents, strict=True):
            archive.writestr(member, gzip.compress(idx(content), mtime=0))
    return buffer.getvalue()


def cifar_files(name: str, train: Pictures, test: Pictures) -> dict[str, bytes]:
    """The files in CIFAR's archive, by path, in an awkward order."""
    if name == "cifar-100":
        return {
            "cifar-100-binary/test.bin": records(test, coarse=True),
            "cifar-100-binary/fine_label_names.txt": "\n".join(CATALOG[name].class_names).encode(),
            "cifar-100-binary/train.bin": records(train, coarse=True),
        }
    rows = np.array_split(np.arange(len(train.labels)), 5)
    folder = "cifar-10-batches-bin"
    batches = {
        f"{folder}/data_batch_{number}.bin": records(Pictures(train.images[part], train.labels[part]))
        for number, part in enumerate(rows, 1)
    }
    names = "\n".join(CATALOG[name].class_names) + "\n\n"
    files = batches | {f"{folder}/test_batch.bin": records(test), f"{folder}/batches.meta.txt": names.encode()}
    return {path: files[path] for path in sorted(files, key=lambda path: path[::-1])}


def records(pictures: Pictures, *, coarse: bool = False) -> bytes:
    """CIFAR's records: the label, or a coarse one and it, and the pixels channel by channel."""
    planes = pictures.images.transpose(0, 3, 1, 2).reshape(len(pictures.labels), -1)
    labels = pictures.labels[:, np.newaxis].astype(np.uint8)
    return np.concatenate([*([labels // 5] if coarse else []), labels, planes], axis=1).tobytes()


def tar_gz(files: Mapping[str, bytes]) -> bytes:
    """An archive of these files in this order."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def svhn(pictures: Pictures) -> bytes:
    """SVHN's .mat: X (32, 32, 3, n), y (n, 1) with 10 for the digit 0."""
    labels = np.where(pictures.labels == 0, 10, pictures.labels)
    return mat(X=np.moveaxis(pictures.images, 0, -1), y=labels[:, np.newaxis].astype(np.uint8))


def mat(**arrays: np.ndarray) -> bytes:
    """A .mat file of these arrays."""
    buffer = io.BytesIO()
    scipy.io.savemat(buffer, arrays, do_compression=True)
    return buffer.getvalue()


def medmnist(parts: Mapping[str, Pictures]) -> bytes:
    """MedMNIST's archive: images and labels (n, 1) of three splits."""
    buffer = io.BytesIO()
    names = {"train": "train", "validation": "val", "test": "test"}
    arrays = {
        f"{names[split]}_{kind}": array
        for split, (images, labels) in parts.items()
        for kind, array in (("images", images), ("labels", labels[:, np.newaxis].astype(np.uint8)))
    }
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()
