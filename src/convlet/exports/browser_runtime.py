"""onnxruntime for browsers: two files of an npm package, fetched with npm once and kept in the user's cache."""

import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from convlet.errors import DownloadError, InputError, MissingExtraError
from convlet.system.files import replacing, sha256, user_path

_VERSION = "1.30.0"
_PACKAGE = f"onnxruntime-web@{_VERSION}"
FILES = {  # in the package's dist/, with their SHA-256: the library with its loader in it, and what it loads
    "ort.wasm.bundle.min.mjs": "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90",
    "ort-wasm-simd-threaded.wasm": "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
}
_SECONDS = 600  # for 33 MB


def browser_runtime(given: str | Path | None = None, on_note: Callable[[str], None] | None = None) -> Path:
    """A folder that holds `FILES`.

    Args:
        given: a folder with the files of onnxruntime-web, or the package with its `dist`; the default is to fetch it from npm, once.
        on_note: called with a line for the person who waits.

    Raises:
        InputError: the folder that was given does not hold them.
        MissingExtraError: they are to be fetched, and there is no npm.
        DownloadError: they could not be fetched.
    """
    if given is not None:
        return _given(user_path(given), on_note)
    from convlet.data.download import cache_folder

    folder = cache_folder() / f"onnxruntime-web-{_VERSION}"
    if not _has_all(folder):
        if on_note:
            on_note(f"fetching {_PACKAGE} with npm (33 MB, once) ...")
        _fetch(folder)
    return folder


def _given(folder: Path, on_note: Callable[[str], None] | None) -> Path:
    for place in (folder, folder / "dist", folder / "node_modules" / "onnxruntime-web" / "dist"):
        if all((place / name).is_file() for name in FILES):
            if not _has_all(place) and on_note:
                on_note(f"{place} is another version than {_VERSION}, which the page was tested with.")
            return place
    raise InputError(
        f"--runtime {folder} does not hold the browser build of onnxruntime. Expected the files {' and '.join(FILES)}, "
        f"from the folder dist of the npm package {_PACKAGE}."
    )


def _has_all(folder: Path) -> bool:
    """Whether every file is there and is the one it should be."""
    return all((folder / name).is_file() and sha256(folder / name) == digest for name, digest in FILES.items())


def _fetch(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise MissingExtraError(
            f"the page needs the browser build of onnxruntime, which is fetched with npm, and there is no npm. Install Node.js "
            f"(apt-get install npm), or give --runtime DIR with the files {' and '.join(FILES)} of the npm package {_PACKAGE}."
        )
    with tempfile.TemporaryDirectory() as temporary:
        command = [npm, "pack", _PACKAGE, "--silent", "--ignore-scripts"]
        try:
            done = subprocess.run(
                command,
                cwd=temporary,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except subprocess.TimeoutExpired as error:
            raise _not_fetched(f"npm did not end within {_SECONDS} s") from error
        archive = next(Path(temporary).glob("*.tgz"), None)
        if done.returncode or archive is None:
            raise _not_fetched((done.stderr.strip() or f"npm ended with status {done.returncode}").splitlines()[-1])
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _not_fetched(f"{folder} cannot be made: {error.strerror or error}") from error
        try:
            with tarfile.open(archive) as package:
                for name in FILES:
                    _take(package, f"package/dist/{name}", folder / name)
        except (tarfile.TarError, EOFError, KeyError) as error:
            raise _not_fetched(f"the package is damaged ({error})") from error


def _take(package: tarfile.TarFile, member: str, path: Path) -> None:
    source = package.extractfile(member)
    with replacing(path) as temporary:
        with temporary.open("wb") as target:
            shutil.copyfileobj(source, target)  # type: ignore[arg-type]  # None for folders only
        if sha256(temporary) != FILES[path.name]:
            raise _not_fetched(f"{path.name} came with the wrong SHA-256, thrown away")


def _not_fetched(why: str) -> DownloadError:
    return DownloadError(
        f"{_PACKAGE} could not be fetched with npm: {why}. Without a network, give --runtime DIR with the package's files from another machine."
    )
