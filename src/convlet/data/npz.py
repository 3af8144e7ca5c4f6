"""Read NPZ archives of NumPy arrays, by the names that Keras, MedMNIST and most people use."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from convlet.data.archive import Archive, open_archive
from convlet.data.arrays import Arrays, Settled, arranged, texts
from convlet.data.dataset import Dataset, make_dataset
from convlet.data.disk import Images, chunks
from convlet.data.entry import Entry, Read
from convlet.data.files import LeftOut
from convlet.data.labels import Classes, as_labels
from convlet.data.pixels import Scale, as_images, scale_of
from convlet.data.roles import pairs, pairs_of_train, role, unlabelled
from convlet.data.sizing import Wanted
from convlet.data.spill import Spill
from convlet.data.split import Split
from convlet.errors import DataError
from convlet.system.watch import Watch


def can_read(path: Path) -> bool:
    """Return whether the name ends in `.npz`."""
    return path.suffix.lower() == ".npz" and not path.is_dir()


def read(path: Path, watch: Watch, _wanted: Wanted) -> Dataset:
    """Read an `.npz` with train and test arrays (`x_train`, `y_train`, `x_test`, `y_test`), or one set.

    Names are those that `roles.pairs` knows. Images are as in `pixels.scale_of`; labels are whole numbers, text or
    one-hot. A text array `class_names` names the classes 0, 1, ...

    Raises:
        DataError: no such archive or arrays, Python objects (never unpickled), or shapes that do not match.
        OutputError: no space to decompress images that do not fit in memory.
    """
    parts, names, left_out = _parts(path)
    made = arranged(parts, names, watch)
    return make_dataset(path.stem, str(path), about={"kind": "NPZ archive"}, left_out=left_out, **made)


def read_entry(entry: Entry, folder: Path) -> Read:
    """Read a named set from one archive with its own test split.

    Raises:
        DataError, OutputError: see `read`; DataError also without a test split.
    """
    path = folder / entry.archives[0].name
    made = arranged(_parts(path)[0], None, Watch())
    if made["open_test"] is None:
        raise DataError(f"{path} has no test split: expected test_images and test_labels in it.")
    return Read(made["train"], made["open_test"], {"folder": str(folder)}, made["validation"])


def read_npz_shards(
    shards: Sequence[Path], name: str, watch: Watch, settled: Settled | None = None
) -> tuple[Split, Settled]:
    """Concatenate the images and labels of several archives, each with one set under any names that `read` knows.

    Args:
        shards: the archives.
        name: the split's, for errors.
        watch: see `read`.
        settled: what train settled, for other splits; None to settle it from these shards.

    Raises:
        DataError, OutputError: see `read`; DataError also for images of several shapes or pixel ranges.
    """
    scale = settled.scale if settled else _scale_of_all(shards, watch)
    spill, labels, shape = Spill(name), [], None
    for path in shards:
        with open_archive(path) as archive:
            part = _only(archive)
            images = as_images(part.images, scale, part.name)
        labels.append(as_labels(part.labels, part.name))
        numbers = labels[-1] if labels[-1].dtype.kind != "U" else np.zeros(len(labels[-1]), np.int64)
        checked = Split(images, numbers, name=part.name)
        shape = shape or checked.image_shape
        if checked.image_shape != shape:
            raise DataError(
                f"{path} has images of {checked.image_shape}; expected {shape} (height, width, channels) "
                f"as {shards[0]}."
            )
        for pixels in chunks(checked.images):
            spill.add(pixels)
    if len({each.dtype.kind for each in labels}) > 1:
        raise DataError(f"{name}: labels are text in some shards and numbers in others. Expected one or the other.")
    every = np.concatenate(labels)
    settled = settled or Settled(scale, Classes(every))
    split = Split(spill.images((len(every), *(shape or ()))), settled.classes.numbers(every, name), name=name)
    return split, settled


def read_npz_images(path: Path, watch: Watch, only: str | None = None) -> dict[str, Images]:
    """Read every array of images, or `only` one; `watch` reports what is done to the pixels, if anything.

    Those are arrays that are named so, and others of uint8; of other numbers if there are none.

    Returns:
        By name: uint8 (n, height, width) or (n, height, width, channels).

    Raises:
        DataError, OutputError: see `read`.
    """
    with open_archive(path) as archive:
        found = {name: archive.raw(name) for name in archive.names if only in (None, name)}
        numbers = {name: raw for name, raw in found.items() if raw.dtype.kind in "buif" and len(raw.shape) in (3, 4)}
        called = {name: raw for name, raw in numbers.items() if _holds_images(name) or raw.dtype == np.uint8}
        images = {
            name: as_images(raw, scale_of(raw, f"{path}: {name}", watch), name)
            for name, raw in (called or numbers).items()
        }
    if not images:
        raise DataError(
            f"{path} holds no images, numbers of shape (n, height, width) or (n, height, width, channels); "
            f"it has: {', '.join(found)}."
        )
    return images


def _holds_images(name: str) -> bool:
    told = role(name)
    return told is not None and told[1] == "images"


def _only(archive: Archive) -> Arrays:
    """Return the one set of a shard."""
    found = pairs(archive.names, str(archive.path))
    if len(found) != 1:
        raise DataError(
            f"{archive.path} holds {', '.join(archive.names) or 'nothing'}; expected one set of images and labels. "
            "Load a file with several sets by its own name."
        )
    return _arrays(archive, *found.values())


def _scale_of_all(shards: Sequence[Path], watch: Watch) -> Scale:
    """Return one scale for all shards: whole numbers of one type may be dim in one shard and bright in another."""
    found = []
    for path in shards:
        notes: list[str] = []
        with open_archive(path) as archive:
            images = _only(archive).images
            scale = scale_of(images, str(path), Watch(on_note=notes.append))
        found.append((scale, images.dtype, path, notes))
    found.sort(key=lambda one: one[0].white)
    (low, dtype, dim, _), (high, other, bright, notes) = found[0], found[-1]
    if low.white != high.white and (dtype != other or dtype.kind == "f"):
        raise DataError(
            f"pixels run to {low.white:g} in {dim} ({dtype}) and to {high.white:g} in {bright} ({other}). "
            "Use the same scale for all shards."
        )
    for note in notes:
        watch.on_note(note)
    return high


def _arrays(archive: Archive, pair: tuple[str, str]) -> Arrays:
    images, labels = pair
    return Arrays(archive.raw(images), archive.array(labels), f"{archive.path}: {images}")


def _parts(path: Path) -> tuple[dict[str, Callable[[], Arrays]], list[str] | None, tuple[LeftOut, ...]]:
    """Return the functions that open the splits, the class names, and what is left out.

    Train and validation are read while the file is open.
    """
    with open_archive(path) as archive:
        found = pairs_of_train(archive.names, path)
        left_out = unlabelled(archive.names, found, path.name)
        names = texts(archive.array("class_names")) if "class_names" in archive.names else None
        first = {split: _arrays(archive, found[split]) for split in ("train", "validation") if split in found}

    def opened(split: str) -> Arrays:
        if split in first:
            return first.pop(split)
        with open_archive(path) as archive:
            return _arrays(archive, found[split])

    return {split: partial(opened, split) for split in found}, names, left_out
