"""Data sets: from a name, a file or a folder to arrays and class names."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convlet.data.bring import brought_to as brought_to
    from convlet.data.catalog import CATALOG as CATALOG
    from convlet.data.dataset import Dataset as Dataset
    from convlet.data.disk import ImagesOnDisk as ImagesOnDisk
    from convlet.data.download import is_cached as is_cached
    from convlet.data.entry import Entry as Entry
    from convlet.data.loading import load as load
    from convlet.data.loading import local_folder as local_folder
    from convlet.data.split import Split as Split

# Imported when first used: `convlet --help` reads the words of `kinds.py` and must not pay for NumPy.
_HOMES = {
    "CATALOG": "catalog",
    "Dataset": "dataset",
    "Entry": "entry",
    "ImagesOnDisk": "disk",
    "Split": "split",
    "brought_to": "bring",
    "is_cached": "download",
    "load": "loading",
    "local_folder": "loading",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
