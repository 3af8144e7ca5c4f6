"""Test a server against its own description: `python -m benchmarks.contract RUN [--examples 150] [--seed 1]`.

Needs schemathesis. It makes valid and invalid requests from `GET /openapi.json` and checks every answer: no server
error, no undescribed status, header or body. Pictures are drawn here, since no schema says how to make a PNG file. One
check is off, that a request which fits the schema is accepted: a schema cannot say that a file is whole, or that a
tensor has as many numbers as its shape. Writes `results/contract.json`.
"""

import argparse
import importlib.metadata
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks import measure
from benchmarks.serving import server

FORMATS = ("PNG", "JPEG", "WebP", "BMP")


def main() -> None:
    """Run schemathesis, save the counts and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--examples", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with server(options.run) as (port, _), tempfile.TemporaryDirectory() as folder:  # for schemathesis's notes
        command = [sys.executable, "-m", "schemathesis.cli", "run", f"http://127.0.0.1:{port}/openapi.json"]
        command += [
            "--exclude-checks",
            "positive_data_acceptance",
            "--max-examples",
            str(options.examples),
            "--seed",
            str(options.seed),
        ]
        path = os.pathsep.join([str(Path(__file__).parents[1]), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
        environment = os.environ | {"SCHEMATHESIS_HOOKS": "benchmarks.contract", "NO_COLOR": "1", "PYTHONPATH": path}
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=folder, check=False)
    print(done.stdout, file=sys.stderr)
    counts = re.search(r"Test cases:\s+(.+)", done.stdout)
    result: dict[str, Any] = {
        "exit_status": done.returncode,
        "cases": counts.group(1) if counts else None,
        "seed": options.seed,
    }
    result["versions"] = {name: importlib.metadata.version(name) for name in ("convlet", "schemathesis", "uvicorn")}
    measure.save("contract", result, whole=measure.whole(parser, options))
    print(json.dumps(result, indent=2))


def register() -> None:
    """Teach schemathesis to make pictures: whole, damaged, and arbitrary bytes."""
    import schemathesis
    from hypothesis import strategies

    for form in FORMATS:
        sizes = strategies.integers(1, 60)
        whole = strategies.builds(drawn, strategies.just(form), strategies.integers(0, 10**6), sizes, sizes)
        damaged = strategies.builds(
            damage, whole, strategies.integers(0, 10**6), strategies.integers(0, 255), strategies.integers(0, 60)
        )
        schemathesis.openapi.media_type(
            f"image/{form.lower()}", strategies.one_of(whole, damaged, strategies.binary(max_size=500))
        )
    anything = strategies.one_of(whole, strategies.binary(max_size=200))
    schemathesis.openapi.media_type("application/x-www-form-urlencoded", anything)


def drawn(form: str, seed: int, width: int, height: int) -> bytes:
    """Return the file of a picture of noise."""
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)).save(file, form)
    return file.getvalue()


def damage(file: bytes, place: int, value: int, cut: int) -> bytes:
    """Return the file with one byte changed and its end cut off."""
    place %= len(file)
    return (file[:place] + bytes([value]) + file[place + 1 :])[: max(1, len(file) - cut)]


if __name__ == "__main__":
    main()
elif os.environ.get("SCHEMATHESIS_HOOKS") == __name__:
    register()
