"""Data sets: from a name, a file or a folder to arrays and class names."""

from convlet.data.catalog import CATALOG, Entry
from convlet.data.dataset import Dataset, Split
from convlet.data.disk import ImagesOnDisk
from convlet.data.download import DownloadProgress, is_cached
from convlet.data.load import load, local_folder

__all__ = [
    "CATALOG",
    "Dataset",
    "DownloadProgress",
    "Entry",
    "ImagesOnDisk",
    "Split",
    "is_cached",
    "load",
    "local_folder",
]
