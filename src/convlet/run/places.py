"""Where runs lie: finding one, making room for the next, and the JSON files in it."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from convlet.errors import ModelError, OutputError
from convlet.files import user_path, write_text

LATEST = "latest"
FOLDER = Path("runs")
MANIFEST = "run.json"


def resolve(path: str | Path, *, finished: bool = True) -> Path:
    """The path itself, or for "latest" and "DIR/latest" the newest finished run in `runs/` or DIR (else the newest unfinished one).

    Raises:
        ModelError: there is no such run there.
    """
    path = user_path(path)
    if path.name != LATEST or path.exists():
        return path
    folder = FOLDER if path == Path(LATEST) else path.parent
    runs = []
    for child in folder.iterdir() if folder.is_dir() else ():
        with contextlib.suppress(ModelError, KeyError, TypeError):  # a damaged run hides no other
            manifest = read_json(child / MANIFEST)
            if (manifest["status"] == "done") is finished:
                runs.append((str(manifest["created"]), child))
    if not runs:
        kind = "finished" if finished else "unfinished"
        raise ModelError(f"there is no {kind} run in {folder.absolute()}. Train one first: convlet train")
    return max(runs)[1]


def move_to_free_number(folder: Path, stem: Path) -> Path:
    """Rename a whole run folder to the first free STEM-N: nobody ever sees half of one, and two processes never share one."""
    number = 1
    while True:
        target = stem.with_name(f"{stem.name}-{number}")
        try:
            return folder.rename(target)
        except OSError:  # each system has its own error for a place that is taken
            if not target.exists():
                raise
            number += 1


def require_ours(parent: Path) -> None:
    """Refuse a folder that holds something and no run of ours.

    Raises:
        OutputError: it does, or it is a file.
    """
    if parent.exists() and not parent.is_dir():
        raise OutputError(f"{parent} is a file; runs need a folder. Choose another with --out.")
    visible = [child for child in parent.iterdir() if not child.name.startswith(".")] if parent.is_dir() else []
    if visible and not any((child / MANIFEST).is_file() for child in visible):
        raise OutputError(
            f"{parent} holds {visible[0].name} and no run of convlet, so it is somebody else's and stays as it is. "
            "Choose a new or empty folder with --out."
        )


def read_json(path: Path) -> dict[str, Any]:
    """The object a JSON file holds.

    Raises:
        ModelError: it cannot be read, or holds something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"cannot read {path}: {error}.") from error
    if not isinstance(content, dict):
        raise ModelError(f"cannot read {path}: it holds no JSON object.")
    return content


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file, whole or not at all."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
