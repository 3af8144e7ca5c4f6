"""Mutated data files through `convlet.load`: a data set or an error of convlet, in seconds."""

import gzip
import io
import sys
import tarfile
import tempfile
import time
import warnings
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import convlet
from benchmarks.faults.mutants import mutated
from convlet.errors import ConvletError

_SLOW = 2.0  # seconds


def data_files(count: int, seed: int = 1) -> dict[str, Any]:
    """Load that many mutated files; return what came of them."""
    random = np.random.default_rng(seed)
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    with tempfile.TemporaryDirectory() as held:
        seeds = _seeds(random)
        names = sorted(seeds)
        for number in range(count):
            name = names[int(random.integers(len(names)))]
            path = Path(held) / name
            path.write_bytes(mutated(seeds[name], random))
            began = time.perf_counter()
            try:
                with warnings.catch_warnings(action="ignore"):
                    dataset = convlet.load(str(path))
                    dataset.train.images[:8]
                outcomes["loaded"] += 1
            except ConvletError:
                outcomes["error"] += 1
            except Exception as error:  # noqa: BLE001  what must not happen
                outcomes[f"uncaught {type(error).__name__} of {name}"] += 1
                if outcomes[f"uncaught {type(error).__name__} of {name}"] == 1:
                    print(f"{name} {number}: {error!r}", file=sys.stderr)
                    (Path(tempfile.gettempdir()) / f"uncaught-{name}").write_bytes(path.read_bytes())
            seconds = time.perf_counter() - began
            slowest = max(slowest, seconds)
            outcomes["slow"] += seconds > _SLOW
    return {"files": count, **outcomes, "slowest_seconds": slowest}


def _seeds(random: np.random.Generator) -> dict[str, bytes]:
    images = random.integers(0, 256, (24, 8, 8), dtype=np.uint8)
    labels = np.arange(24) % 3
    npz = io.BytesIO()
    np.savez(npz, x_train=images, y_train=labels, x_test=images[:6], y_test=labels[:6])
    rows = "\n".join(",".join(map(str, [label, *image.ravel()])) for label, image in zip(labels, images, strict=True))
    head = ",".join(["label", *(f"pixel{index}" for index in range(64))])
    pictures = {f"{'abc'[label]}/{number}.png": _png(images[number]) for number, label in enumerate(labels)}
    packed, plain, listed = io.BytesIO(), io.BytesIO(), io.StringIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in pictures.items():
            archive.writestr(name, content)
    with tarfile.open(fileobj=plain, mode="w") as archive_of_tar:
        for name, content in pictures.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive_of_tar.addfile(member, io.BytesIO(content))
    listed.write(head)
    return {
        "a.npz": npz.getvalue(),
        "a.csv": f"{head}\n{rows}\n".encode(),
        "a.zip": packed.getvalue(),
        "a.tar": plain.getvalue(),
        "a.tar.gz": gzip.compress(plain.getvalue()),
    }


def _png(image: Any) -> bytes:
    held = io.BytesIO()
    Image.fromarray(image).save(held, "PNG")
    return held.getvalue()
