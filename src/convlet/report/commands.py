"""Name the command that puts a label right: a page without scripts cannot know where a server will be."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from convlet.data import Dataset
from convlet.report.markup import Markup, element


def labeled_folder(dataset: Dataset) -> str:
    """Return the folder whose labels `convlet label` can put right; "" where the data are something else."""
    is_one = dataset.about.get("kind") == "class folders" and Path(dataset.source).is_dir()
    return dataset.source if is_one else ""


def label_command(folder: str, paths: Sequence[str] = ()) -> str:
    """Return the command for a folder, or for some images of it."""
    only = (part for path in paths for part in ("--only", path))
    return shlex.join(["convlet", "label", folder, *only])


def put_right(folder: str, path: str) -> Markup:
    """Return the command for an image, folded away."""
    command = element("code", label_command(folder, [path]), class_="command", dir="ltr")
    return element("details", element("summary", "Put it right"), command, class_="wide right")
