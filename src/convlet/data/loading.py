"""Load a data set by name or path."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from convlet.data.bring import brought_to
from convlet.data.catalog import CATALOG
from convlet.data.columns import split_within
from convlet.data.dataset import Dataset, make_dataset
from convlet.data.download import fetch
from convlet.data.entry import Entry
from convlet.data.files import left_out_note, may_hold_images
from convlet.data.kinds import FILES, KINDS, OTHERS, PICKLED, SOME
from convlet.data.layout import has_classes, lay_out
from convlet.data.other_formats import CIFAR_PICKLES
from convlet.data.sizing import ImageSize, Wanted
from convlet.data.tree import FileTree, passed_over
from convlet.data.turn import turned, turned_size
from convlet.errors import DataError
from convlet.reading.image_file import is_image, require_regular
from convlet.system.files import user_path
from convlet.system.text import near
from convlet.system.watch import Watch

_BY_NAME = ("idx", "cifar")  # kinds whose files have names that no others have
_Told = Callable[[str, int, int], None]


def load(
    source: str | Path,
    data_dir: str | Path | None = None,
    *,
    image_size: ImageSize = None,
    fit: str = "pad",
    kind: str = "auto",
    transpose: bool = False,
    watch: Watch | None = None,
    progress: _Told | None = None,
    reading: _Told | None = None,
) -> Dataset:
    """Load a data set.

    Args:
        source: a name in the catalog ("mnist", "digits", "cifar-10", ...: `convlet.CATALOG`), an `.npz`, `.csv` or
            SVHN's `.mat` file, a folder with MNIST's four IDX files or CIFAR's binary files, a folder with a folder per
            class, a `.zip`, `.tar` or `.tar.gz` of one, or a folder of `.tar` or `.npz` shards. A name wins over a
            path: write "./mnist" for such a folder.
        data_dir: a folder with a folder per downloaded set, searched before the user's cache; the default is the
            environment variable `CONVLET_DATA`. A set in neither is downloaded into the cache.
        image_size: pixels a side, (height, width) or "WIDTHxHEIGHT" for every image. None keeps the images' own size if
            they share one of at most 1024 pixels a side; else it chooses 28 to 128 pixels a side from the data. "auto"
            also shrinks images of one size larger than 64x64, and drawings of more than 28 pixels a side that differ in
            size or place.
        fit: how a picture of another shape is resized: "pad" it with the color of its border, "crop" its middle, or
            "stretch" it. A model trained on the data resizes every picture the same way.
        kind: "ink" (characters, drawings: each is cut out and placed alike), "picture", or "auto": detected from the
            images. It matters only when a size is chosen.
        transpose: swap rows and columns of every image: for EMNIST data whose names do not say so.
        watch: `on_progress` is called with "downloading FILE" and bytes, or "reading FOLDER" and images.
        progress: called with (file name, bytes so far, total bytes) during a download.
        reading: called with (folder or split, images so far, total images) while image files are decoded.

    Returns:
        A Dataset: images uint8 (n, height, width, channels), labels int64 (n,).

    Raises:
        UsageError: no such size, fit or kind.
        DataError: no such data set, or its files cannot be used.
        DownloadError: it is not on this machine and cannot be downloaded.

    Example:
        >>> convlet.load("digits").train.images.shape
        (1437, 8, 8, 1)
    """
    watch = _watch(watch or Watch(), {"downloading": progress, "reading": reading})
    return load_as(source, data_dir, Wanted.of(image_size, fit, kind), watch, transpose=transpose)


def load_as(
    source: str | Path, data_dir: str | Path | None, wanted: Wanted, watch: Watch, *, transpose: bool = False
) -> Dataset:
    """Load a data set, see `load`."""
    if transpose:
        return turned(load_as(source, data_dir, turned_size(wanted), watch))
    if str(source) in CATALOG:
        return brought_to(_named(CATALOG[str(source)], data_dir, watch), wanted, watch)
    try:
        path = Path(source).expanduser().absolute()
        there = source != "" and path.exists()
    except (OSError, RuntimeError) as error:  # a folder without permission, a name too long, an unknown user's home
        raise DataError(
            f"cannot read {source}: {str(getattr(error, 'strerror', None) or error).rstrip('.')}."
        ) from error
    if not there:
        raise DataError(
            f"there is no data set {str(source)!r}: neither a name ({SOME}, ...) nor a file or folder. "
            f"{near(str(source), CATALOG)}See: convlet data list"
        )
    require_regular(path.stat().st_mode, str(source))
    if path.is_file() and not os.access(path, os.R_OK):
        raise DataError(f"cannot read {source}: permission denied. Allow reading it.")
    reader, place = _reader(path)
    if place != path:
        watch.on_note(f"{path.name}: the data are in {place}.")
    dataset = reader.read(place, watch, wanted)
    if dataset.left_out:
        watch.on_note(f"{place.name}: {left_out_note(dataset.left_out)}")
    if alike := _alike(dataset.class_names):
        watch.on_note(
            f"{place.name}: {alike} differ only in case, spaces or zeros. If they are the same class, use one name."
        )
    return brought_to(dataset, wanted, watch)


def _alike(names: Sequence[str]) -> str:
    """Return the first class names that hardly differ, in words; "" if there are none."""
    groups: dict[str, list[str]] = {}
    for name in names:
        word = name.strip()
        if re.fullmatch(r"\d+(\.\d*)?", word):  # 1, 01 and 1.0
            word = str(float(word))
        elif len(word) > 1:  # a and A are two letters
            word = word.casefold()
        groups.setdefault(word, []).append(name)
    return next((" and ".join(map(repr, group)) for group in groups.values() if len(group) > 1), "")


def _reader(path: Path) -> tuple[Any, Path]:
    """Return the module that reads a path, and that path or the folder in it that holds everything.

    Raises:
        DataError: none does.
    """
    modules = {name: import_module(f"convlet.data.{name}") for name in KINDS}
    folder = modules.pop("folder")  # accepts any folder, and finds the innermost itself
    for place in _places(path):
        name = next((name for name, module in modules.items() if module.can_read(place)), None)
        if name and name not in _BY_NAME and place.is_dir() and _class_folders_win(place, name):
            return folder, place
        if name:
            return modules[name], place
    if folder.can_read(path):
        return folder, path
    advice = OTHERS.get(Path(path.name.lower().removesuffix(".gz")).suffix, OTHERS.get(path.suffix.lower(), ""))
    if is_image(path.name):
        advice = (
            f"That is a single image. Give the folder of images, or classify it with convlet predict MODEL {path.name}"
        )
    elif CIFAR_PICKLES.fullmatch(path.name):
        advice = PICKLED
    raise DataError(f"{path} is not in a format convlet reads. {f'{advice}. ' if advice else ''}Expected {FILES}.")


def _class_folders_win(path: Path, name: str) -> bool:
    """Return whether to read a folder's class folders instead of its files of another kind, which may be strays.

    Files named after splits are not strays.

    Raises:
        DataError: it is ambiguous which one to use.
    """
    tree = FileTree(path)
    if not has_classes(tree):
        return False
    top = tree.look("").folders
    looks = {where: look for where in ("", *top) if not (look := tree.look(where)).images}
    files = [one.file for look in looks.values() for one in look.left_out if may_hold_images(one.file)]
    homes = [file.rpartition("/")[0] for file in files]
    homes = [home for home in homes if not looks[home].folders]  # of shards, such as train/0000.parquet
    if any(split_within(name) for name in [*(Path(file).stem for file in files), *homes]):
        return False
    if lay_out(tree).splits["train"]:
        return True
    if not files:  # they are deeper
        return False
    kind = KINDS[name].removeprefix("a folder of ")
    raise DataError(
        f"{path} holds class folders ({', '.join(top[:3])}) and {kind} ({files[0]}): it is ambiguous which one to use. "
        "Move one of them into its own folder."
    )


def _places(path: Path) -> Iterator[Path]:
    """Yield a path, then, only on demand, the innermost folder in it."""
    yield path
    if (inner := _innermost(path)) != path:
        yield inner


def _innermost(path: Path) -> Path:
    """Return the first folder, from `path` down, that holds more than a single folder; `path` if it is a file."""
    with suppress(OSError):
        while path.is_dir():
            with os.scandir(path) as entries:  # of a million, two are enough
                held = list(islice((one for one in entries if not passed_over(one.name)), 2))
            if len(held) != 1 or not held[0].is_dir(follow_symlinks=False):
                break
            path = Path(held[0].path)
    return path


def local_folder(entry: Entry, data_dir: str | Path | None) -> Path | None:
    """Return the folder of a named set under `data_dir` or `CONVLET_DATA`, if it holds any of its files.

    That is a folder with its name, or the one torchvision makes, or `data_dir` itself if no other set has files with
    such names.
    """
    base = _base(data_dir)
    if data_dir is not None and not user_path(data_dir).is_dir():
        raise DataError(f"the data folder data_dir={str(data_dir)!r} is not a folder.")
    if base is None:
        return None
    folders = [base / name for name in (entry.name, entry.folder, entry.torchvision) if name]
    names = {archive.name for archive in entry.archives}
    others = (other for other in CATALOG.values() if other.folder != entry.folder)
    if all(names.isdisjoint(archive.name for archive in other.archives) for other in others):
        folders.append(base)
    return next((folder for folder in folders if entry.is_in(folder)), None)


def _base(data_dir: str | Path | None) -> Path | None:
    given = data_dir or os.environ.get("CONVLET_DATA")
    return user_path(given) if given else None


def _watch(watch: Watch, told: dict[str, _Told | None]) -> Watch:
    """Return a watch that also calls the functions in `told`, chosen by the first word of the progress message."""

    def on_progress(what: str, done: int, total: int, detail: str) -> None:
        watch.on_progress(what, done, total, detail)
        verb, _, name = what.partition(" ")
        if tell := told.get(verb):
            tell(name, done, total)

    return Watch(on_note=watch.on_note, on_progress=on_progress)


def _named(entry: Entry, data_dir: str | Path | None, watch: Watch) -> Dataset:
    local, base = local_folder(entry, data_dir) if entry.archives else None, _base(data_dir)
    folder = local or (fetch(entry, watch) if entry.archives else Path())
    train, open_test, about, validation, white = entry.read(entry, folder)
    return make_dataset(
        entry.name,
        entry.name,
        train,
        open_test,
        validation=validation,
        class_names=entry.class_names,
        about={"title": entry.title, "licence": entry.licence, "citation": entry.citation, **about},
        data_dir=str(base.absolute()) if local and base else None,
        white=white,
    )
