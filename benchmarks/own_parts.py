"""What parts of our own save over a library, for docs/design.md: `python -m benchmarks.own_parts [--rounds 5]`.

Each pair does the same work, once with the part and once without, in turns; figures are medians. Writes
`results/own-parts.json`.

- tar: load a shard of 20,000 PNG files of 28x28 pixels; `tarfile` lists it instead. Seconds.
- png: read those files as `convlet predict` does; Pillow reads them instead. Seconds of processor time.
- header: refuse a JPEG of 5 MB of empty segments as the server does; Pillow opens it instead. Seconds.
- charts: a reliability diagram as SVG; matplotlib draws its axes, bars and points instead. Seconds and bytes.
"""

import argparse
import functools
import io
import json
import statistics
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from unittest import mock

import numpy as np
from PIL import Image

import convlet
from benchmarks import measure
from convlet.data.tar import Member
from convlet.evaluation import ReliabilityBin, reliability
from convlet.reading.batch import read_images
from convlet.report import charts
from convlet.serving import formats
from convlet.serving.refusal import RefusedError
from convlet.signature import Form

_FILES = 20_000


def main() -> None:
    """Measure in turns and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        shards, paths = _write(Path(folder), _pictures())
        pairs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
            "tar": (lambda: convlet.load(shards), lambda: _without_tar(shards)),
            "png": (lambda: _read(paths), lambda: _without_png(paths)),
            "header": (_refused, _opened),
            "charts": (_drawn, _plotted),
        }
        result = {}
        for name, pair in pairs.items():
            clock = time.process_time if name == "png" else time.perf_counter
            took: tuple[list[float], list[float]] = ([], [])
            for _ in range(rounds):
                for each, seconds in zip(pair, took, strict=True):
                    began = clock()
                    each()
                    seconds.append(clock() - began)
            ours, library = map(statistics.median, took)
            result[name] = {"ours": round(ours, 4), "library": round(library, 4), "times": round(library / ours, 2)}
    result["charts"] |= {"our_bytes": len(_drawn()), "library_bytes": len(_plotted())}
    measure.save("own-parts", result)
    print(json.dumps(result, indent=2))


def _pictures() -> list[bytes]:
    random = np.random.default_rng(1)
    contents = []
    for _ in range(_FILES):
        blocks = random.integers(0, 256, (7, 7), dtype=np.uint8)
        file = io.BytesIO()
        Image.fromarray(np.kron(blocks, np.ones((4, 4), np.uint8))).save(file, "PNG")
        contents.append(file.getvalue())
    return contents


def _write(folder: Path, contents: list[bytes]) -> tuple[Path, list[str]]:
    """Write a folder of one shard, and the same pictures as files; return the folder and the files' paths."""
    shards, paths = folder / "shards", []
    shards.mkdir()
    with tarfile.open(shards / "train-0.tar", "w") as file:
        for number, content in enumerate(contents):
            for suffix, data in ((".png", content), (".cls", b"%d" % (number % 10))):
                member = tarfile.TarInfo(f"{number:05}{suffix}")
                member.size = len(data)
                file.addfile(member, io.BytesIO(data))
            paths.append(str(folder / f"{number:05}.png"))
            Path(paths[-1]).write_bytes(content)
    return shards, paths


def _listed(path: Path, *_: object) -> Iterator[Member]:
    with tarfile.open(path, "r:") as file:
        for member in file:
            if member.isfile():
                yield Member(member.name, member.offset_data, member.size)


def _without_tar(shards: Path) -> None:
    with mock.patch("convlet.data.samples.members", _listed):
        convlet.load(shards)


def _read(paths: list[str]) -> None:
    read_images(paths, paths, (28, 28, 1), Form())


def _without_png(paths: list[str]) -> None:
    with mock.patch("convlet.reading.batch.plain_png", return_value=None):
        _read(paths)


def _refused() -> None:
    with suppress(RefusedError):
        formats.pixels(_hostile())


def _opened() -> None:
    with suppress(OSError):
        Image.open(io.BytesIO(_hostile()))


@functools.cache
def _hostile() -> bytes:
    return b"\xff\xd8" + b"\xff\xfe\x00\x02" * (5_000_000 // 4)


def _drawn() -> str:
    return str(charts.reliability(_bins()))


def _plotted() -> str:
    from matplotlib.figure import Figure

    figure = Figure((4, 4))
    axes = figure.add_subplot()
    bins = [each for each in _bins() if each.images]
    axes.plot([0, 1], [0, 1])
    axes.plot([each.confidence or 0 for each in bins], [each.accuracy or 0 for each in bins], "o")
    axes.bar([each.low for each in bins], [each.images for each in bins])
    file = io.StringIO()
    figure.savefig(file, format="svg")
    return file.getvalue()


@functools.cache
def _bins() -> list[ReliabilityBin]:
    random = np.random.default_rng(1)
    probabilities = random.dirichlet(np.full(10, 0.1), 2000).astype(np.float32)
    return reliability(probabilities, random.integers(0, 10, 2000))


if __name__ == "__main__":
    main()
