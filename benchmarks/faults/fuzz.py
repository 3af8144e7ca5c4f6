"""Search for inputs that break convlet, led by coverage: `python -m benchmarks.faults.fuzz TARGET [--minutes 30]`.

The targets are image (one file through `open_image` and the reader), page (a page's reader), data (`convlet.load` of
each kind of file) and tensors (a request of the Open Inference Protocol). Needs atheris: pip install atheris. It stops
at the first input that raises anything but an error of convlet, or takes more than five seconds, and writes that input
into the folder `found`. --corpus FOLDER keeps the inputs that reach new code, and begins with those that are in it;
`small` chooses some of them for the tests.
"""

import argparse
import contextlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np

_SECONDS = 5
_LARGEST = 1 << 15  # bytes of an input
_ROUND = 3.0  # minutes of one process: atheris takes ever more memory
_KEPT, _INPUTS, _LONGEST = 50_000, 40, 4_000  # bytes of inputs for the tests, packed; how many; bytes of one
Target: TypeAlias = Callable[[bytes], None]


def main() -> None:
    """Fuzz one target for so long, or until it breaks."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults.fuzz", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--corpus", type=Path, help="where inputs that reach new code are kept")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as held:
        corpus = (options.corpus or Path(held) / "corpus").resolve()
        if options.minutes > _ROUND:
            _in_rounds(options.target, options.minutes, corpus)
        else:
            _fuzz(options.target, options.minutes, corpus, Path(held))


def _in_rounds(target: str, minutes: float, corpus: Path) -> None:
    """Fuzz in one process after another, which all add to the corpus.

    Raises:
        SystemExit: with the status of the first that found something.
    """
    for begun in np.arange(0, minutes, _ROUND):
        share = min(_ROUND, minutes - begun)
        words = [target, "--minutes", str(share), "--corpus", str(corpus)]
        if status := subprocess.run([sys.executable, "-m", "benchmarks.faults.fuzz", *words], check=False).returncode:
            sys.exit(status)


def _fuzz(name: str, minutes: float, corpus: Path, place: Path) -> None:
    import atheris

    with atheris.instrument_imports(include=["convlet", "PIL"]):
        import convlet
        import convlet.data
        import convlet.prediction.predictor
        import convlet.reading.page
        import convlet.serving.tensors  # noqa: F401
    corpus.mkdir(parents=True, exist_ok=True)
    target, seeds = TARGETS[name](place)
    for number, content in enumerate(seeds):
        (corpus / f"{number}").write_bytes(content)
    Path("found").mkdir(exist_ok=True)
    flags = [f"-max_total_time={minutes * 60:.0f}", f"-timeout={_SECONDS}", f"-max_len={_LARGEST}"]
    atheris.Setup([sys.argv[0], *flags, "-artifact_prefix=found/", "-rss_limit_mb=6000", str(corpus)], target)
    atheris.Fuzz()


def small(corpus: Path, file: Path, seed: int = 1) -> int:
    """Pack 40 inputs of a corpus, drawn at random, or as many as fit into 50 kB, into a zip file; return how many."""
    names = sorted(path.name for path in corpus.iterdir() if path.stat().st_size <= _LONGEST)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in np.random.default_rng(seed).permutation(names)[:_INPUTS]:
            if sum(one.compress_size + 2 * len(one.filename) for one in packed.infolist()) > _KEPT:
                break
            packed.writestr(zipfile.ZipInfo(str(name)[:12]), (corpus / name).read_bytes())
        return len(packed.infolist())


def _image(_: Path) -> tuple[Target, Iterable[bytes]]:
    from benchmarks.faults.images import _seeds
    from convlet.errors import ConvletError
    from convlet.reading import read_image
    from convlet.signature import Form

    def target(content: bytes) -> None:
        with contextlib.suppress(ConvletError):
            read_image(content, (28, 28, 1), Form(kind="ink"))

    return target, _seeds(np.random.default_rng(1))


def _page(_: Path) -> tuple[Target, Iterable[bytes]]:
    from convlet.reading.page import read_page
    from convlet.signature import Form

    def target(content: bytes) -> None:
        if len(content) < 3:
            return
        height, width = 1 + content[0] % 96, 1 + content[1] % 96
        pixels = np.frombuffer(content[2:], np.uint8)
        read_page(np.resize(pixels, (height, width)), (28, 28, 1), Form(kind="ink"))

    return target, [bytes([each * 8 + 20, 40]) + np.random.default_rng(each).bytes(1200) for each in range(8)]


def _data(place: Path) -> tuple[Target, Iterable[bytes]]:
    import convlet
    from benchmarks.faults.data_files import _seeds
    from convlet.errors import ConvletError

    seeds = _seeds(np.random.default_rng(1))
    names = sorted(seeds)

    def target(content: bytes) -> None:
        if not content:
            return
        path = place / names[content[0] % len(names)]
        path.write_bytes(content[1:])
        with contextlib.suppress(ConvletError):
            convlet.load(str(path)).train.images[:4]

    return target, [bytes([number]) + seeds[name] for number, name in enumerate(names)]


def _tensors(_: Path) -> tuple[Target, Iterable[bytes]]:
    from types import SimpleNamespace
    from typing import Any

    from convlet.serving.refusal import RefusedError
    from convlet.serving.tensors import Tensors

    predictor: Any = SimpleNamespace(signature=SimpleNamespace(input_shape=(2, 2, 1)))
    plain = b'{"id":"1","inputs":[{"name":"image","datatype":"UINT8","shape":[1,2,2,1],"data":[1,2,3,4]}]}'
    binary = (
        b'{"inputs":[{"name":"image","datatype":"UINT8","shape":[1,2,2,1],"parameters":{"binary_data_size":4}}],'
        b'"outputs":[{"name":"label","parameters":{"binary_data":true}}]}'
    )

    def target(content: bytes) -> None:
        if len(content) < 3:
            return
        header = str(int.from_bytes(content[1:3], "big")) if content[0] % 2 else None
        with contextlib.suppress(RefusedError):
            Tensors(content[3 if header else 1 :], header, "model").read(predictor)

    return target, [b"\0" + plain, b"\1" + len(binary).to_bytes(2, "big") + binary + b"abcd"]


# For each its function of one input, and inputs to begin with; the folder is for files that it writes.
TARGETS: Mapping[str, Callable[[Path], tuple[Target, Iterable[bytes]]]] = {
    "image": _image,
    "page": _page,
    "data": _data,
    "tensors": _tensors,
}

if __name__ == "__main__":
    main()
