"""Fetch onnxruntime's browser build, two files of an npm package, once into the user's cache.

npm fetches them, not pooch, because it knows the machine's registry, mirror and proxy.
"""

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from convlet.errors import DownloadError, InputError, MissingExtraError
from convlet.system.files import replacing, sha256, user_path
from convlet.system.watch import Watch

_VERSION = "1.30.0"
_PACKAGE = f"onnxruntime-web@{_VERSION}"
FILES = {  # in the package's dist/, with their SHA-256: the library, and what it loads
    "ort.wasm.bundle.min.mjs": "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90",
    "ort-wasm-simd-threaded.wasm": "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
}
_NAMED = " and ".join(FILES)
_SECONDS = 600  # for 33 MB


def browser_runtime(given: str | Path | None = None, watch: Watch | None = None) -> Path:
    """Return a folder with `FILES`: `given`, with them or their package, or one that npm fills once.

    Raises:
        InputError: `given` does not hold them.
        MissingExtraError: npm is not installed.
        DownloadError: they could not be fetched.
    """
    watch = watch or Watch()
    if given is not None:
        return _given(user_path(given), watch)
    from convlet.system.cache import cache_folder

    folder = cache_folder() / f"onnxruntime-web-{_VERSION}"
    if not _has_all(folder):
        watch.on_note(f"fetching {_PACKAGE} with npm (33 MB, once) ...")
        _fetch(folder)
    return folder


def _given(folder: Path, watch: Watch) -> Path:
    for place in (folder, folder / "dist", folder / "node_modules" / "onnxruntime-web" / "dist"):
        if all((place / name).is_file() for name in FILES):
            if not _has_all(place):
                watch.on_note(f"{place} is not version {_VERSION}, the version the page was tested with.")
            return place
    raise InputError(
        f"runtime={str(folder)!r} does not hold onnxruntime's browser build. Expected the files {_NAMED}, "
        f"from the folder dist of the npm package {_PACKAGE}."
    )


def _has_all(folder: Path) -> bool:
    return all((folder / name).is_file() and sha256(folder / name) == digest for name, digest in FILES.items())


def _fetch(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise MissingExtraError(
            "the page needs onnxruntime's browser build, but npm, which fetches it, is not installed. Install Node.js "
            f"(apt-get install npm), or give runtime=DIR with the files {_NAMED} of the npm package {_PACKAGE}."
        )
    try:
        with tempfile.TemporaryDirectory() as temporary:
            subprocess.run(  # noqa: S603  # a fixed command
                [npm, "pack", _PACKAGE, "--silent", "--ignore-scripts"],
                cwd=temporary,
                env={"NPM_CONFIG_CACHE": str(Path(temporary) / "npm"), **os.environ},
                capture_output=True,
                encoding="utf-8",
                errors="replace",  # npm's words in Windows's own letters are for people
                timeout=_SECONDS,
                check=True,
                stdin=subprocess.DEVNULL,
            )
            (archive,) = Path(temporary).glob("*.tgz")
            folder.mkdir(parents=True, exist_ok=True)
            with tarfile.open(archive) as package:
                for name in FILES:
                    file = package.extractfile(f"package/dist/{name}")
                    (Path(temporary) / name).write_bytes(file.read() if file else b"")
                    _keep(Path(temporary) / name, folder)
    except subprocess.CalledProcessError as error:
        raise _not_fetched((error.stderr.strip() or str(error)).splitlines()[-1]) from error
    except (subprocess.TimeoutExpired, tarfile.TarError, EOFError, KeyError, ValueError, OSError) as error:
        raise _not_fetched(str(error)) from error


def _keep(file: Path, folder: Path) -> None:
    if sha256(file) != FILES[file.name]:
        raise _not_fetched(f"{file.name} had the wrong SHA-256 and was deleted")
    with replacing(folder / file.name) as temporary:
        shutil.copyfile(file, temporary)


def _not_fetched(why: str) -> DownloadError:
    return DownloadError(
        f"{_PACKAGE} could not be fetched with npm: {why}. "
        "Without a network, give runtime=DIR with the package's files from another machine."
    )
