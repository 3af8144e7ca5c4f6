"""Where runs and studies lie: finding one, making room for the next, and the JSON files in it."""

import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from convlet.errors import ModelError, OutputError
from convlet.system.files import user_path, write_text

LATEST = "latest"
FOLDER = Path("runs")
MANIFEST = "run.json"


def resolve(path: str | Path, *, finished: bool = True) -> Path:
    """The path itself, or for "latest" and "DIR/latest" the newest finished run in `runs/` or DIR (else the newest unfinished one).

    Raises:
        ModelError: there is no such run there.
    """
    kind = "finished run" if finished else "unfinished run"
    return newest(
        path,
        FOLDER,
        MANIFEST,
        f"{kind} in {{}}. Train one first: convlet train",
        lambda run: (run["status"] == "done") is finished,
    )


def newest(
    path: str | Path,
    usual: Path,
    mark: str,
    none: str,
    wanted: Callable[[Mapping[str, Any]], bool] = lambda manifest: True,
) -> Path:
    """The path itself, or for "latest" and "DIR/latest" the newest folder in `usual` or DIR.

    Args:
        path: as a person writes it.
        usual: where folders of this kind lie if nobody says otherwise.
        mark: the name of the manifest that tells one.
        none: what there is not, if there is none, and what to do; {} is where it was looked for.
        wanted: whether a manifest is of such a folder.

    Raises:
        ModelError: there is no such folder.
    """
    path = user_path(path)
    if path.name != LATEST or path.exists():
        return path
    place = usual if path == Path(LATEST) else path.parent
    found = []
    for child in place.iterdir() if place.is_dir() else ():
        with contextlib.suppress(ModelError, KeyError, TypeError):  # a damaged one hides no other
            manifest = read_json(child / mark)
            if wanted(manifest):
                found.append((str(manifest["created"]), child))
    if not found:
        raise ModelError(f"there is no {none.format(place.absolute())}")
    return max(found)[1]


@contextlib.contextmanager
def new_folder(parent: Path, name: str, mark: str) -> Iterator[tuple[Path, Callable[[], Path]]]:
    """Make the next free folder PARENT/NAME-N, two processes at once included.

    Args:
        parent: made if it is not there.
        name: of the folder, without its number.
        mark: the name of the manifest that tells folders of this kind.

    Yields:
        An empty folder, and what moves it to its place when it is whole.

    Raises:
        OutputError: `parent` cannot be written to, or is a folder of something else.
    """
    try:
        require_ours(parent, mark)
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent, prefix=".new-") as temporary:
            made = Path(temporary) / "made"
            made.mkdir()
            yield made, lambda: move_to_free_number(made, parent / name)
    except OSError as error:
        raise OutputError(
            f"cannot make a folder in {parent}: {error.strerror or error}. Choose another (out=...)."
        ) from error


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


def require_ours(parent: Path, mark: str) -> None:
    """Refuse a folder that holds something and nothing of ours.

    Raises:
        OutputError: it does, or it is a file.
    """
    if parent.exists() and not parent.is_dir():
        raise OutputError(f"{parent} is a file; a folder is needed. Choose another (out=...).")
    visible = [child for child in parent.iterdir() if not child.name.startswith(".")] if parent.is_dir() else []
    if visible and not any((child / mark).is_file() for child in visible):
        raise OutputError(
            f"{parent} holds {visible[0].name} and nothing of convlet, so it is somebody else's and stays as it is. "
            "Choose a new or empty folder (out=...)."
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
