"""Open models as attackers write them: each is refused, in bounded time and memory, and no canary is read."""

import itertools
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx  # noqa: TID253  of no use without it

import convlet
from benchmarks.faults import hostile

_SECONDS, _MIB = 2.0, 1024
_PATIENCE = 60  # seconds until a process is ended
# Open a model and let it answer, in a process that has already imported what opens it.
_OPENS = """
import json, resource, sys, time
from pathlib import Path
import numpy as np
import convlet, onnxruntime
from convlet.errors import ConvletError
harmless, theirs = sys.argv[1:]
image = np.zeros((1, *convlet.Predictor(Path(harmless)).signature.input_shape), np.uint8)
convlet.Predictor(Path(harmless)).predict(image)
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before, began, outcome = peak(), time.process_time(), "answered"
try:
    convlet.Predictor(Path(theirs)).predict(image)
except ConvletError as error:
    outcome = str(error)
print(json.dumps({"outcome": outcome, "seconds": time.process_time() - began, "growth_mib": peak() - before}))
"""


def models(every: int = 1, run: Path | None = None) -> dict[str, Any]:
    """Open every so many-th hostile model in a process of its own; return what came of it.

    Args:
        every: how many-th.
        run: the folder of a run with the harmless models; by default one is trained.
    """
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as held:
        place, canary = Path(held) / "opened", Path(held) / "canary"
        place.mkdir()
        (place / "link").symlink_to(canary)
        canary.write_bytes(os.urandom(1 << 20))
        if run is None:
            recipe = convlet.recipe("small-data", epochs=1)
            run = convlet.train(convlet.load("digits"), recipe, out=Path(held) / "runs").path
        os.utime(canary, (0, canary.stat().st_mtime))
        canary.read_bytes()
        if canary.stat().st_atime == 0:
            raise OSError(f"{held} is on a file system that notes no reading: choose another with TMPDIR")
        for name, harmless, path in itertools.islice(_models(run, place, canary), 0, None, every):
            os.utime(canary, (0, canary.stat().st_mtime))  # whoever reads it sets this time again
            found[name] = _opened(harmless, path, place) | {"canary_read": canary.stat().st_atime > 0}
            written = list(Path(held).rglob("*written*"))
            found[name]["written"] = [one.name for one in written]
            for one in written:
                one.unlink()
    controls = {name for name in found if name.endswith(hostile.CONTROL)}
    if broken := [name for name in controls if found[name]["outcome"] != "answered"]:
        raise AssertionError(f"a model with no change is refused: {broken}")
    right = sum(_is_right(one) for name, one in found.items() if name not in controls)
    return {"models": len(found) - len(controls), "refused": right, "each": found}


def _models(run: Path, place: Path, canary: Path) -> Iterator[tuple[str, Path, Path]]:
    """Write one model after the other; yield its name, the harmless model that it was, and its path."""
    for name, change in hostile.onnx_models(canary).items():
        model = onnx.load(run / "model.onnx")
        (sealed,) = (one for one in model.metadata_props if one.key == "seal")
        model.metadata_props.remove(sealed)  # as a stranger would
        more = change(model) or b""
        path = place / "theirs.onnx"
        path.write_bytes(model.SerializeToString() + more)
        yield f"ONNX: {name}", run / "model.onnx", path
    with zipfile.ZipFile(run / "model.keras") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name, change_archive in hostile.keras_models(canary).items():
        path = place / "theirs.keras"
        hostile.written(change_archive(members), path)
        yield f"Keras: {name}", run / "model.keras", path


def _opened(harmless: Path, path: Path, place: Path) -> dict[str, Any]:
    command = [sys.executable, "-c", _OPENS, str(harmless), str(path)]
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    try:
        done = subprocess.run(
            command, cwd=place, env=environment, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return {"outcome": "no end", "seconds": _PATIENCE, "growth_mib": 0.0}
    if done.returncode:
        print(path.name, done.stderr[-1500:], file=sys.stderr)
        return {"outcome": f"exit status {done.returncode}", "seconds": 0.0, "growth_mib": 0.0}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    found["outcome"] = found["outcome"].replace(f"{path.parent}{os.sep}", "")
    return found


def _is_right(found: dict[str, Any]) -> bool:
    refused = not found["outcome"].startswith(("answered", "exit status", "no end"))
    bounded = found["seconds"] <= _SECONDS and found["growth_mib"] <= _MIB
    return refused and bounded and not found["canary_read"] and not found["written"]
