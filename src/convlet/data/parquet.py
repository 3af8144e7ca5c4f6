"""Read Parquet files like those on the Hugging Face Hub: a column of encoded images and one of labels."""

from functools import partial
from pathlib import Path

from convlet.data.assemble import Part, assembled
from convlet.data.dataset import Dataset, make_dataset
from convlet.data.files import LeftOut
from convlet.data.labels import Classes, as_labels
from convlet.data.parquet_columns import columns_of
from convlet.data.parquet_files import splits_in
from convlet.data.parquet_rows import Rows, has_labels, opened, splits_of
from convlet.data.sizing import Wanted
from convlet.errors import DataError
from convlet.system.watch import Watch


def can_read(path: Path) -> bool:
    """Return whether a path is a Parquet file, or a folder with some in it or one level below."""
    return bool(splits_in(path)[0])


def read(path: Path, watch: Watch, wanted: Wanted) -> Dataset:
    """Read a Parquet file, or a folder of them such as `data/train-00000-of-00002.parquet` or `train/0000.parquet`.

    The beginning of a file's name or its folder says its split; files without one are train if no file has one. If
    all files are train, a column such as `split` says the split of each row, if train is one of several.
    Images are found by name (image, img, ...) or by type: bytes, or a struct with bytes and path. Labels are whole
    numbers, which the schema may name as Hugging Face's ClassLabel does, or text; found by name (label, fine_label,
    ...) or by that type. Rows without a label are left out. Files are read a few rows at a time; the images are kept
    in a temporary file.

    Raises:
        MissingExtraError: without pyarrow.
        DataError: a damaged file, no such columns, no train, several data sets in one folder, labels that train lacks,
            or too many unreadable images.
        OutputError: no space for the temporary file.
    """
    splits, left_out = splits_in(path)
    with opened(splits["train"][0]) as first:
        columns = columns_of(first.schema_arrow, path)
    told = splits_of(splits["train"], columns.split) if {*splits} == {"train"} and columns.split else set()
    splits |= dict.fromkeys(sorted(told), splits["train"])
    for split in ("validation", "test"):
        if split in splits and not has_labels(splits[split], columns, split if told else None):
            reason = "it has no labels to check answers against; some images of train are held out instead"
            names = [f"{path.name}: {split}"] if told else [file.name for file in splits[split]]
            left_out += [LeftOut(name, reason) for name in names]
            del splits[split]
    train = Rows(splits["train"], columns, path, watch, "train" if told else None)
    if not len(train):
        raise DataError(f"{path}: no row of train has a label in the column {columns.label}.")
    classes = Classes(as_labels(train.labels, f"{path}: train"), columns.class_names)

    def part(split: str) -> Part:
        rows = train if split == "train" else Rows(splits[split], columns, path, watch, split if told else None)
        where = f"{path}: {split}" if len(splits) > 1 else str(path)
        return Part(rows, classes.numbers(as_labels(rows.labels, where), where), where, rows.left_out, rows.said)

    made = assembled({split: partial(part, split) for split in splits}, watch, wanted, "Parquet")
    made["left_out"] = (*left_out, *made["left_out"])
    return make_dataset(path.stem, str(path), class_names=classes.names, reread=partial(read, path, watch), **made)
