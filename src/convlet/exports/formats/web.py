"""Write a static site with the model in it: the drawing page, for any file server."""

import base64
import json
import shutil
from importlib import resources
from pathlib import Path

from convlet.exports.format import CARD, Folder, Format, Opened, Source
from convlet.exports.formats.onnx import open_onnx, write_onnx
from convlet.system.files import sha256
from convlet.system.sums import SUMS, require_sums, write_sums
from convlet.system.watch import Watch

_MODEL = Path("static") / "model.onnx"
_FACTS = Path("static") / "model.json"
_RUNTIME = Path("static") / "runtime" / "ort-wasm-simd-threaded.wasm"
_WORDS = "words"  # of the page, a file for each language
_SUMS = "sums.js"  # what the page checks these files against
_LOCAL = "local"  # the page's scripts that answer in the browser
_OTHERS = "label", "view"  # other pages, of the verbs of these names
_TEACH = "teach"  # those that teach, which a server must do


def _write(source: Source, site: Path) -> None:
    from convlet.exports.browser_runtime import FILES

    if source.runtime is None:
        raise ValueError("the web format needs the folder of onnxruntime's browser build: runtime=None.")
    static = site / "static"
    with resources.as_file(resources.files("convlet") / "page") as folder:
        shutil.copytree(folder, static, ignore=shutil.ignore_patterns(_LOCAL, *_OTHERS, _TEACH, "_*", ".*"))
        shutil.copytree(folder / _LOCAL, static, dirs_exist_ok=True)  # its answers.js replaces the server's
    (static / "index.html").rename(site / "index.html")
    (static / "runtime").mkdir()
    for name in FILES:
        # Older file servers send no type for .mjs, and browsers run no script without one.
        shutil.copyfile(source.runtime / name, static / "runtime" / name.replace(".mjs", ".js"))
    write_onnx(source, site / _MODEL)
    facts = json.dumps(source.signature.facts(), ensure_ascii=False, indent=1)
    (site / _FACTS).write_text(facts + "\n", encoding="utf-8")
    words = sorted(file.relative_to(site) for file in (static / _WORDS).iterdir())
    checked = (_FACTS, _MODEL, _RUNTIME, *words)
    sums = {file.relative_to("static").as_posix(): _integrity(site / file) for file in checked}
    (static / _SUMS).write_text(f"export const sums = {json.dumps(sums)};\n", encoding="utf-8")
    write_sums(site)


def _open(site: Path) -> Opened:
    require_sums(site, but=frozenset({CARD}))
    return open_onnx(site / _MODEL)


def _integrity(file: Path) -> str:
    """Return a file's digest as browsers check it."""
    return f"sha256-{base64.b64encode(bytes.fromhex(sha256(file))).decode()}"


def _runtime(given: str | Path | None, watch: Watch) -> Path:
    from convlet.exports.browser_runtime import browser_runtime

    return browser_runtime(given, watch)


FORMAT = Format(
    name="web",
    file="web",
    about="a web page with the model in it, ONNX float32: any file server",
    write=_write,
    open=_open,
    folder=Folder(model=_MODEL, mark=_FACTS, members=frozenset({"index.html", "static", CARD, SUMS})),
    runtime=_runtime,
)
