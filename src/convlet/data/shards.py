"""Read a folder of shards: tar archives that follow WebDataset's convention (`samples.py`), or `.npz` archives."""

import os
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from convlet.data.arrays import Settled
from convlet.data.columns import SPLITS
from convlet.data.dataset import Dataset, make_dataset
from convlet.data.decoder import Like
from convlet.data.encoded import about_images, by_number_or_name
from convlet.data.files import LeftOut
from convlet.data.npz import read_npz_shards
from convlet.data.samples import Samples
from convlet.data.sizing import Wanted
from convlet.data.split import Split
from convlet.errors import DataError
from convlet.signature import WHITE
from convlet.system.watch import Watch

_SUFFIXES = (".tar", ".npz")


def can_read(path: Path) -> bool:
    """Return whether a path is a folder with shards in it."""
    return bool(_splits(path))


def read(folder: Path, watch: Watch, wanted: Wanted) -> Dataset:
    """Read a folder of shards.

    Each sample of a `.tar` is an image (`KEY.png`, `KEY.jpg`, ...) and its label: `KEY.cls`, a number or a name, or
    `KEY.json` with one under "label". If the folder has a file `classes.txt`, numbers count its lines from 0; else the
    numbers or names are the class names. Each `.npz` holds images and labels as `npz.read` reads them.

    A split's shards are in a folder `train`, `validation` (or `val`), or `test`, or their names begin that way:
    `train-000000.tar`. Otherwise all of them are train.

    Raises:
        DataError: an unreadable archive, a sample without image or label, two samples with one key, an unknown class,
            images that do not fit together, shards of two kinds, shards with and without a split, or no train.
    """
    shards = _splits(folder)
    listed = _listed(folder / "classes.txt")
    of_arrays = shards["train"][0].suffix.lower() == ".npz"
    about = {"kind": "NPZ shards" if of_arrays else "tar shards", "shards": f"{sum(map(len, shards.values())):,}"}

    samples = None if of_arrays else Samples(shards["train"], watch)
    class_names = listed if samples is None or listed else sorted(samples.texts, key=by_number_or_name)

    like: Like | None = None
    left_out: tuple[LeftOut, ...] = ()
    settled: Settled | None = None

    def split(name: str, channels: int | None = None) -> Split:
        nonlocal like, left_out, settled
        where = f"{folder}: {name}" if len(shards) > 1 else str(folder)
        if samples is None or class_names is None:
            made, settled = read_npz_shards(shards[name], where, watch, settled)
            return made
        found = samples if name == "train" else Samples(shards[name], watch)
        made, gathered = found.split(where, class_names, listed is not None, channels, wanted, like)
        like, left_out = like or gathered.like, left_out + gathered.left_out
        return made

    train = split("train")
    channels = train.image_shape[-1]
    validation = split("validation", channels) if "validation" in shards else None
    return make_dataset(
        folder.name,
        str(folder),
        train,
        (lambda: split("test", channels)) if "test" in shards else None,
        validation=validation,
        white=settled.scale.white if settled else WHITE,
        class_names=class_names or (settled and settled.classes.names),
        about=about | (about_images(train.images, like) if like else {}),
        form=like and like.form,
        left_out=left_out,
        reread=partial(read, folder, watch),
    )


def _splits(folder: Path) -> dict[str, list[Path]]:
    """Return the shards of each split, sorted by name; empty if there are none."""
    here = _shards(folder, beside=[name for names in SPLITS.values() for name in names])
    splits: dict[str, list[Path]] = {}
    for split, names in SPLITS.items():
        found = [shard for name in names for shard in _shards(folder / name)]
        found += [shard for shard in here if re.match(rf"({'|'.join(names)})[^a-z0-9]", shard.name.lower())]
        if found:
            splits[split] = found
    suffixes = sorted({shard.suffix.lower() for found in (here, *splits.values()) for shard in found})
    if len(suffixes) > 1:
        raise DataError(
            f"{folder} has shards of two kinds ({' and '.join(suffixes)}). Put each kind in its own folder."
        )
    if not splits:
        return {"train": here} if here else {}
    of_no_split = set(here).difference(*splits.values())
    if "train" not in splits or of_no_split:
        wrong = f"there are shards of {' and '.join(splits)} but none of train"
        if of_no_split:
            wrong = f"{min(of_no_split).name} has no split in its name"
        raise DataError(
            f"{folder}: {wrong}. Expected train-000000{suffixes[0]} or train/000000{suffixes[0]}, and the same for "
            "validation and test."
        )
    return splits


def _listed(file: Path) -> list[str] | None:
    """Return the lines of `classes.txt`; None without that file."""
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {file}: {error}. Expected the name of a class on each line.") from error
    while lines and not lines[-1].strip():
        lines.pop()
    return [line.strip() for line in lines]


def _shards(folder: Path, *, beside: Sequence[str] = ()) -> list[Path]:
    """Return the shards in a folder; none if it does not exist, or if it has folders not in `beside`: class folders."""
    try:
        with os.scandir(folder) as found:
            seen = [entry for entry in found if not entry.name.startswith(".")]
        if any(entry.is_dir() and entry.name not in beside for entry in seen):
            return []
        return sorted(Path(entry.path) for entry in seen if entry.name.lower().endswith(_SUFFIXES) and entry.is_file())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise DataError(f"cannot read the folder {folder}: {error.strerror or error}.") from error
