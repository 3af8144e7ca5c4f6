"""How convlet, its extras and packages are installed here: by pip, uv or pipx, from where convlet itself came."""

import contextlib
import importlib.util
import json
import os
import shlex
import shutil
import sys
import tomllib
from importlib import metadata
from pathlib import Path

LARGE = {"train": "about 2 GB on disk, 0.6 GB to download"}  # Linux, x86-64; TensorFlow is most of it


def installing(extra: str) -> list[str]:
    """Return the command that adds an extra, such as "train", to this very environment, as words."""
    prefix = Path(sys.prefix)
    if (receipt := prefix / "uv-receipt.toml").is_file():  # uv takes away what is not named anew
        return ["uv", "tool", "install", *requirement(",".join(sorted({extra, *_extras_in(receipt)})))]
    return [*_pip("install"), *requirement(extra)]


def told(extra: str) -> str:
    """Return the command to type, such as `pip install 'convlet[train]'`, quoted for this system's shell."""
    return _typed(installing(extra))


def told_pip(action: str, *words: str) -> str:
    """Return pip's command to type for this very environment, whichever tool has made it.

    Args:
        action: "install" or "uninstall".
        words: what follows, such as "--upgrade", "numpy>=2".
    """
    return _typed([*_pip(action), *words])


def _pip(action: str) -> list[str]:
    """Return what stands for `pip install`, or another action, in this environment; uv and pipx leave pip out."""
    prefix = Path(sys.prefix)
    if (prefix / "pipx_metadata.json").is_file():
        return ["pipx", "runpip", prefix.name, action]
    of_uv = (prefix / "uv-receipt.toml").is_file()
    if of_uv or (importlib.util.find_spec("pip") is None and shutil.which("uv")):
        return ["uv", "pip", action, "--python", sys.executable]
    return [sys.executable, "-m", "pip", action]


def _typed(words: list[str]) -> str:
    if words[1:3] == ["-m", "pip"] and _is_on_the_path(words[0]):
        words = words[2:]
    if os.name == "nt":
        return " ".join(f'"{word}"' if set(word) & set(" []@<>") else word for word in words)
    return shlex.join(words)


def _is_on_the_path(python: str) -> bool:
    """Return whether the shell's `pip` is that of this Python."""
    pip = shutil.which("pip")
    return pip is None or Path(pip).parent == Path(python).parent


def _extras_in(receipt: Path) -> set[str]:
    """Return the extras with which uv has installed convlet."""
    with contextlib.suppress(OSError, ValueError, LookupError, AttributeError, TypeError):  # a receipt of another form
        listed = tomllib.loads(receipt.read_text(encoding="utf-8"))["tool"].get("requirements", [])
        return {one for each in listed if each.get("name") == "convlet" for one in each.get("extras", [])}
    return set()


def requirement(extra: str = "") -> list[str]:
    """Return what pip is told to install: from the index, or from the file or folder that convlet came from.

    Args:
        extra: the extras, by commas; "" for convlet alone.
    """
    extra = f"[{extra}]" if extra else ""
    name = f"convlet{extra}"
    try:
        origin = json.loads(metadata.distribution("convlet").read_text("direct_url.json") or "{}")
    except (metadata.PackageNotFoundError, ValueError):
        return [name]
    url = str(origin.get("url", ""))
    if not url.startswith("file://"):
        return [name]
    if origin.get("dir_info", {}).get("editable"):
        return ["-e", f"{_path(url)}{extra}"]
    return [f"{name} @ {url}" if _path(url).exists() else name]


def _path(url: str) -> Path:
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    return Path(url2pathname(urlsplit(url).path))
