"""The page with its model in it: a folder that any file server shows, and that needs no server of ours."""

import json
import shutil
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.exports import Agreement, export_onnx
from convlet.exports.browser_runtime import FILES
from convlet.prediction.predictor import Predictor
from convlet.system.files import replacing_folder

_MODEL = Path("static") / "model.onnx"
_FACTS = Path("static") / "model.json"
_LOCAL = "local"  # what of the page is there for a model in the browser


def export_web(source: Path, path: Path, images: NDArray[np.uint8], runtime: Path) -> Agreement:
    """Write a static site: `index.html`, and in `static/` its scripts, the model, and onnxruntime's browser build.

    Args:
        source: the `.keras` file.
        path: the folder to write; an empty one, or a site that is there, is replaced.
        images: uint8, (n, height, width, channels): real images to check the model on.
        runtime: a folder with the files that `browser_runtime` names.

    Raises:
        ModelError: `source` cannot be opened.
        CheckError: the model in it answers otherwise; nothing is written.
        OutputError: it cannot be written, or something else is there; nothing is left behind.
    """
    with replacing_folder(path, _FACTS, {"index.html", "static", "MODEL.md"}) as site:
        static = site / "static"
        with resources.as_file(resources.files("convlet") / "page") as folder:
            shutil.copytree(folder, static, ignore=shutil.ignore_patterns(_LOCAL, "_*", ".*"))
            shutil.copytree(folder / _LOCAL, static, dirs_exist_ok=True)  # its answers.js asks the model and no server
        (static / "index.html").rename(site / "index.html")
        (static / "runtime").mkdir()
        for name in FILES:
            # File servers that are some years old know no type for .mjs, and browsers run no script without one.
            shutil.copyfile(runtime / name, static / "runtime" / name.replace(".mjs", ".js"))
        found = export_onnx(source, site / _MODEL, images)
        facts = Predictor(site / _MODEL).signature.facts()
        (site / _FACTS).write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return found
