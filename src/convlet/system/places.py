"""Find and make the folders of runs and studies, and read and write their JSON; notice what was changed there."""

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from convlet.errors import ModelError, OutputError
from convlet.system.box import DIGITS, boxed
from convlet.system.files import read_regular, replacing, unfinished, user_path, write_text
from convlet.system.seal import BLANK, damaged, may_be_sealed, require_whole, sealed
from convlet.system.text import near

LATEST = "latest"
FOLDER = Path("runs")
MANIFEST = "run.json"
_MODEL, _SUMS = "model.onnx", "SHA256SUMS"
_EXPORTED = ("static/model.onnx", "saved_model.pb")  # for the web and as a SavedModel
_SEAL = "seal"
_LARGEST = 1 << 26  # bytes of a manifest or of figures


def resolve(path: "str | os.PathLike[str]", *, finished: bool = True) -> Path:
    """Return where a model is: the path, unless it is a name.

    "latest" and "DIR/latest" name the newest run in `runs/` or DIR that is `finished`, or is not; "digits" names the
    model in the box, unless a folder of that name here holds a model. A name that is nothing here may be that of a run
    in `runs/`.

    Raises:
        ModelError: there is no such run.
    """
    if (own := boxed(path)) and not hides_boxed(path):
        return own
    none = f"{'' if finished else 'un'}finished run in {{}}. Train one first: convlet train"
    if finished:
        none += f". Or name the model that comes with convlet: {DIGITS}"
    found = newest(path, FOLDER, MANIFEST, none, lambda run: (run["status"] == "done") is finished)
    if len(found.parts) == 1 and not found.exists() and (FOLDER / found / MANIFEST).is_file():
        return FOLDER / found
    return found


def runs_in(folder: Path | None) -> Path:
    """Return a folder of runs that somebody named; by default `runs`, which may be missing.

    Raises:
        ModelError: there is no such folder.
    """
    place = user_path(folder or FOLDER)
    if folder and not place.is_dir():
        raise ModelError(
            f"there is no folder {place}. Expected one with run folders in it: `convlet train --out DIR` makes one."
        )
    return place


def like_a_run(name: "str | os.PathLike[str]") -> str:
    """Return a question after the run in `runs` whose name is spelled like one; "" if there is none."""
    with contextlib.suppress(OSError):
        return near(Path(name).name, [each.name for each in FOLDER.iterdir() if (each / MANIFEST).is_file()])
    return ""


def hides_boxed(name: "str | os.PathLike[str]") -> bool:
    """Return whether a folder here has the name of a model in the box and holds one; a folder of pictures does not.

    A run, a model file, or an export, whose `SHA256SUMS` lists its model; data sets have such a file, too.
    """
    if boxed(name) is None:
        return False
    return any((Path(name) / file).is_file() for file in (MANIFEST, _MODEL)) or _is_export(Path(name) / _SUMS)


def _is_export(sums: Path) -> bool:
    try:
        lines = read_regular(sums, _LARGEST).decode("utf-8", "replace").splitlines()
    except OSError:
        return False
    return any(line.partition("  ")[2] in _EXPORTED for line in lines)


def newest(
    path: "str | os.PathLike[str]",
    usual: Path,
    mark: str,
    none: str,
    wanted: Callable[[Mapping[str, Any]], bool] = lambda manifest: True,
) -> Path:
    """Return the path; for "latest" and "DIR/latest" the newest folder in `usual` or DIR.

    Only folders whose manifest `mark` is `wanted` count.

    Raises:
        ModelError: there is none. The message is "there is no" and `none`, with the place searched for {}.
    """
    path = user_path(path)
    if path.name != LATEST or path.exists():
        return path
    place = usual if path == Path(LATEST) else path.parent
    found = []
    for child in place.iterdir() if place.is_dir() else ():
        with contextlib.suppress(ModelError, KeyError, TypeError):  # so that a damaged one does not hide the others
            manifest = read_manifest(child / mark)
            if wanted(manifest):
                found.append((str(manifest["created"]), child))
    if not found:
        raise ModelError(f"there is no {none.format(place.absolute())}")
    return max(found)[1]


@contextlib.contextmanager
def new_folder(parent: Path, name: str, mark: str) -> Iterator[tuple[Path, Callable[[], Path]]]:
    """Make the next free folder PARENT/NAME-N, even if several processes do so at once.

    Yields:
        An empty folder, and a function that moves it into place once complete.

    Raises:
        OutputError: `parent` cannot be written to, or holds other things but no folder with a manifest `mark`.
    """
    try:
        _require_ours(parent, mark)
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent, prefix=unfinished("new")) as temporary:
            made = Path(temporary) / "made"
            made.mkdir()
            yield made, lambda: _moved_to_free_number(made, parent / name)
    except OSError as error:
        raise OutputError(
            f"cannot make a folder in {parent}: {error.strerror or error}. Choose another with out=..."
        ) from error


def _moved_to_free_number(folder: Path, stem: Path) -> Path:
    """Rename a folder to the first free STEM-N."""
    number = 1
    while True:
        target = stem.with_name(f"{stem.name}-{number}")
        try:
            return folder.rename(target)
        except OSError:  # the error for a taken name depends on the system
            if not target.exists():
                raise
            number += 1


def _require_ours(parent: Path, mark: str) -> None:
    if parent.exists() and not parent.is_dir():
        raise OutputError(f"{parent} is a file; expected a folder. Choose another with out=...")
    visible = [child for child in parent.iterdir() if not child.name.startswith(".")] if parent.is_dir() else []
    if visible and not any((child / mark).is_file() for child in visible):
        raise OutputError(
            f"{parent} holds {visible[0].name} but nothing from convlet, so it is left alone. "
            "Choose a new or empty folder with out=..."
        )


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file with an object.

    Raises:
        ModelError: it cannot be read, or holds something else.
    """
    try:
        content = json.loads(read_regular(path, _LARGEST).decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ModelError(f"cannot read {path}: {why}.") from error
    if not isinstance(content, dict):
        raise ModelError(f"cannot read {path}: it does not hold a JSON object.")
    return content


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file atomically."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def read_manifest(path: Path) -> dict[str, Any]:
    """Read the manifest of a run or a study.

    Raises:
        ModelError: it cannot be read, or is not what was written.
    """
    with contextlib.suppress(OSError):
        require_whole(read_regular(path, _LARGEST), path, always=False)
    manifest = read_json(path)
    manifest.pop(_SEAL, None)
    return manifest


def write_manifest(path: Path, content: Mapping[str, Any]) -> None:
    """Write a manifest atomically, with its own SHA-256 inside."""
    text = json.dumps({_SEAL: BLANK, **content}, indent=2, ensure_ascii=False) + "\n"
    try:
        held = text.encode()
    except UnicodeEncodeError:  # a path that is not UTF-8
        held = json.dumps({_SEAL: BLANK, **content}, indent=2).encode() + b"\n"
    with replacing(path) as temporary:
        temporary.write_bytes(sealed(held))


def require_recorded(content: bytes, file: Path) -> None:
    """Check the content of a file against the digest in its run's manifest; without one, against its own seal.

    Raises:
        ModelError: it is not what was written, or the manifest is not.
    """
    files = _recorded_files(file.parent / MANIFEST)
    wanted = files.get(file.name) if isinstance(files, dict) else None
    if wanted is None:
        return require_whole(content, file, always=False)
    if hashlib.sha256(content).hexdigest() != wanted:
        raise damaged(file)
    return None


def _recorded_files(manifest: Path) -> object:
    """Return a run's `files`; None if there is no run's manifest, as other programs have a `run.json` too."""
    if not manifest.exists():
        return None
    try:
        content = read_regular(manifest, _LARGEST)
    except OSError as error:
        raise ModelError(f"cannot read {manifest}: {error.strerror or error}.") from error
    if not may_be_sealed(content):
        with contextlib.suppress(ModelError):
            found = read_json(manifest)
            return found.get("files") if found.keys() >= {"dataset", "recipe"} else None
        return None
    return read_manifest(manifest).get("files")
