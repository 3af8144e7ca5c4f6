"""What convlet reads, in words: for errors and for `convlet train --help`. A new kind is a line here and a module.

This module imports nothing.
"""

# Named data sets, each the ENTRY of a module in `sets`.
SETS = ("mnist", "digits", "fashion-mnist")
# Modules of this package with `can_read(path)` and `read(path, watch, wanted)`, in the order they are tried.
KINDS = {
    "npz": "an .npz file",
    "lists": "a .csv, .tsv or .jsonl list of image files",
    "csv": "a .csv or .tsv file of pixels",
    "idx": "a folder of IDX files",
    "shards": "a folder of .tar or .npz shards",
    "folder": "a folder of class folders",
}
FILES = ", ".join([*KINDS.values()][:-1]) + f" or {[*KINDS.values()][-1]}"
READABLE = f"{', '.join(SETS)}, {FILES}"
