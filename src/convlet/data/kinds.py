"""What convlet reads, in words: for errors and for `convlet train --help`. A new kind is a line here and a module.

This module imports nothing.
"""

# Modules of `sets`, with the names of their ENTRIES.
MODULES = {
    "mnist": ("mnist",),
    "digits": ("digits",),
    "fashion_mnist": ("fashion-mnist",),
    "kmnist": ("kmnist",),
    "qmnist": ("qmnist",),
    "emnist": ("emnist-letters", "emnist-balanced", "emnist-digits"),
    "cifar": ("cifar-10", "cifar-100"),
    "svhn": ("svhn",),
    "medmnist": (
        *("pathmnist", "dermamnist", "octmnist", "pneumoniamnist", "retinamnist", "breastmnist", "bloodmnist"),
        *("tissuemnist", "organamnist", "organcmnist", "organsmnist"),
    ),
}
SETS = tuple(name for names in MODULES.values() for name in names)
# Modules of this package with `can_read(path)` and `read(path, watch, wanted)`, in the order they are tried.
KINDS = {
    "npz": "an .npz file",
    "npy": "a folder of .npy files",
    "parquet": "a .parquet file or a folder of them",
    "lists": "a .csv, .tsv or .jsonl list of image files",
    "csv": "a .csv or .tsv file of pixels",
    "mat": "a .mat file of SVHN's form",
    "idx": "a folder of IDX files",
    "cifar": "a folder of CIFAR's binary files",
    "shards": "a folder of .tar or .npz shards",
    "listed": "a folder of images with their labels.csv",
    "folder": "a folder of class folders",
    "packed": "a .zip, .tar or .tar.gz of class folders",
}
FILES = ", ".join([*KINDS.values()][:-1]) + f" or {[*KINDS.values()][-1]}"
SOME = ", ".join(SETS[:3])
READABLE = f"{SOME}, another name of `convlet data list`, {FILES}"
