"""From a fresh environment to the first answers of the model in the box: `python -m benchmarks.install [--wheels DIR]`.

It builds the wheel, has pip install it, the light part alone, into a new environment, from the index or from a folder
of wheels (`pip download dist/*.whl -c CONSTRAINTS -d DIR`), and there runs `convlet predict digits photo.jpg`, `convlet
--help` and `convlet serve`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from flit_core.wheel import make_wheel_in
from PIL import Image

import convlet
from benchmarks import measure
from convlet.system.box import DIGITS
from convlet.system.machine import hardware, versions

ROOT = Path(__file__).resolve().parents[1]
_LOCKED = ROOT / "requirements" / "run.txt"


def main() -> None:
    """Install, ask, and keep the seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheels", type=Path, metavar="DIR", help="wheels of what convlet needs")
    parser.add_argument("--times", type=int, default=5, help="how often the picture is asked again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=measure.large_folder()) as temporary:
        folder = Path(temporary)
        wheel = make_wheel_in(ROOT / "pyproject.toml", folder).file
        found = {"wheel": _sizes(wheel), **_seconds(wheel, folder, options.wheels, options.times)}
    measure.save("install", {**found, "hardware": hardware(), "versions": versions()}, whole=options.times >= 5)
    print(json.dumps(found, indent=2))


def _sizes(wheel: Path) -> dict[str, int]:
    with zipfile.ZipFile(wheel) as archive:
        box = sum(one.compress_size for one in archive.infolist() if one.filename.startswith("convlet/box/"))
    return {"bytes": wheel.stat().st_size, "of them the model in the box": box}


def _seconds(wheel: Path, folder: Path, wheels: Path | None, times: int) -> dict[str, Any]:
    _photo(folder / "photo.jpg")
    place = folder / "fresh"
    source = ["--no-index", "--find-links", str(wheels)] if wheels else []
    program = str(place / ("Scripts" if os.name == "nt" else "bin") / "convlet")
    python = str(Path(program).with_name("python"))
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "CONVLET_DATA")}
    environment["HOME"] = str(folder)  # nothing is cached there yet

    def timed(command: Sequence[str]) -> tuple[float, str]:
        began = time.perf_counter()
        done = subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        return time.perf_counter() - began, done.stdout

    began = time.perf_counter()
    venv.create(place, with_pip=True)
    made = time.perf_counter() - began
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    installed = timed([*pip, *source, "-c", str(_constraints(folder)), str(wheel)])[0]
    predict = [program, "predict", DIGITS, "photo.jpg"]
    size = _installed(place)
    first, answer = timed(predict)
    print(answer, file=sys.stderr)
    if not answer.startswith("photo.jpg: 7"):
        raise RuntimeError(f"the photograph shows a 7, and the answer is {answer!r}.")
    return {
        "installed MiB, without pip": size,
        "seconds": {
            "making the environment": made,
            "installing": installed,
            "the first answer": first,
            "an answer, median": statistics.median(timed(predict)[0] for _ in range(times)),
            "convlet --help, median": statistics.median(timed([program, "--help"])[0] for _ in range(times)),
            "serve, until its page answers": _page(program, folder, environment),
        },
    }


def _installed(place: Path) -> float:
    """Return the size of what was installed, with its compiled bytecode: what `du` counts but for pip's own parts."""
    site = next(place.glob("**/site-packages"))
    parts = (each for each in site.iterdir() if not each.name.startswith(("pip", "setuptools", "pkg_resources")))
    files = (file for part in parts for file in (part, *part.rglob("*")) if file.is_file())
    return round(sum(-(-file.stat().st_size // 4096) for file in files) * 4096 / 2**20, 1)


def _constraints(folder: Path) -> Path:
    """Return the locked versions without their hashes, which pip would ask of our wheel too."""
    lines = (line.split(" \\")[0] for line in _LOCKED.read_text(encoding="utf-8").splitlines() if "==" in line)
    path = folder / "constraints.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _photo(path: Path) -> None:
    """Draw a 7 that the model kept, dark on paper."""
    kept = convlet.Run(DIGITS).kept_images()
    if kept is None or kept.held_out is None:
        raise RuntimeError("the model in the box has kept no images.")
    seven = kept.held_out.images[:][np.flatnonzero(kept.held_out.labels == 7)[0], ..., 0]
    sheet = np.full((900, 1200), 230, np.uint8)
    sheet[300:580, 500:780] -= np.asarray(Image.fromarray(seven).resize((280, 280), Image.Resampling.BICUBIC)) // 5 * 4
    Image.fromarray(sheet).save(path)


def _page(program: str, folder: Path, environment: dict[str, str]) -> float:
    began = time.perf_counter()
    server = subprocess.Popen(
        [program, "serve", "--port", "0"], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        assert server.stderr is not None  # noqa: S101  it is a pipe
        url = next(word for word in server.stderr.readline().split() if word.startswith("http://"))
        with urllib.request.urlopen(url) as page:  # noqa: S310  our own
            page.read()
        return time.perf_counter() - began
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
