"""Describe what convlet reads, for errors and `convlet train --help`. A new kind is a line here and a module.

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
ANOTHER = "another name of `convlet data list`"
READABLE = f"{SOME}, {ANOTHER}, {FILES}"
PICKLED = (
    "Pickles can run code when they are opened, so convlet opens none: save arrays with numpy.savez(PATH, x_train=..., "
    "y_train=...). CIFAR has binary files: convlet train cifar-10"
)
_ARRAYS = "Save its arrays with numpy.savez(PATH, x_train=..., y_train=...)"
_SHEET = "Save the sheet as CSV UTF-8"
_LIST = "Write it as .csv: path,label"
_UNPACK = "Unpack it and give its content"
# What to do with a file of another kind, by its suffix.
OTHERS = {
    **dict.fromkeys((".pkl", ".pickle", ".p", ".pt", ".pth", ".joblib"), PICKLED),
    **dict.fromkeys((".h5", ".hdf5", ".tfrecord", ".tfrecords", ".arrow"), _ARRAYS),
    **dict.fromkeys((".xlsx", ".xls", ".ods"), _SHEET),
    **dict.fromkeys((".txt", ".lst"), _LIST),
    **dict.fromkeys((".rar", ".7z", ".gz", ".bz2", ".xz"), _UNPACK),
    ".json": 'Write a line for each image, as .jsonl: {"path": "cats/1.png", "label": "cat"}',
    ".bin": "Give the folder it is in",
}
