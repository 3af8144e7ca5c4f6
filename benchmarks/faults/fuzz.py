"""Search for inputs that break convlet, led by coverage: `python -m benchmarks.faults.fuzz TARGET [--minutes 30]`.

The targets are image (one file through `open_image` and the reader), page (a page's reader), data (`convlet.load` of
each kind of file) and tensors (a request of the Open Inference Protocol). Needs atheris: pip install atheris. It stops
at the first input that raises anything but an error of convlet, or takes more than five seconds, and writes that input
into the folder `found`.
"""

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

_SECONDS = 5
_LARGEST = 1 << 15  # bytes of an input
_TARGETS = ("image", "page", "data", "tensors")


def main() -> None:
    """Fuzz one target; libFuzzer ends the process."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults.fuzz", description=__doc__)
    parser.add_argument("target", choices=_TARGETS)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--corpus", type=Path, help="where inputs that reach new code are kept")
    options = parser.parse_args()
    import atheris

    with atheris.instrument_imports(include=["convlet", "PIL"]):
        import convlet
        import convlet.data
        import convlet.prediction.predictor
        import convlet.reading.page
        import convlet.serving.tensors  # noqa: F401
    with tempfile.TemporaryDirectory() as held:
        corpus = options.corpus or Path(held) / "corpus"
        corpus.mkdir(parents=True, exist_ok=True)
        target = {"image": _image, "page": _page, "data": _data, "tensors": _tensors}[options.target](
            Path(held), corpus
        )
        Path("found").mkdir(exist_ok=True)
        flags = [f"-max_total_time={options.minutes * 60:.0f}", f"-timeout={_SECONDS}", f"-max_len={_LARGEST}"]
        atheris.Setup([sys.argv[0], *flags, "-artifact_prefix=found/", "-rss_limit_mb=3000", str(corpus)], target)
        atheris.Fuzz()


def _image(_: Path, corpus: Path) -> Callable[[bytes], None]:
    from benchmarks.faults.images import _seeds
    from convlet.errors import ConvletError
    from convlet.reading import read_image
    from convlet.signature import Form

    for number, content in enumerate(_seeds(np.random.default_rng(1))):
        (corpus / f"{number}").write_bytes(content)

    def target(content: bytes) -> None:
        with contextlib.suppress(ConvletError):
            read_image(content, (28, 28, 1), Form(kind="ink"))

    return target


def _page(_: Path, corpus: Path) -> Callable[[bytes], None]:

    from convlet.reading.page import read_page
    from convlet.signature import Form

    for number in range(8):
        (corpus / f"{number}").write_bytes(bytes([number * 8 + 20, 40]) + np.random.default_rng(number).bytes(1200))

    def target(content: bytes) -> None:
        if len(content) < 3:
            return
        height, width = 1 + content[0] % 96, 1 + content[1] % 96
        pixels = np.frombuffer(content[2:], np.uint8)
        read_page(np.resize(pixels, (height, width)), (28, 28, 1), Form(kind="ink"))

    return target


def _data(place: Path, corpus: Path) -> Callable[[bytes], None]:
    import convlet
    from benchmarks.faults.data_files import _seeds
    from convlet.errors import ConvletError

    seeds = _seeds(np.random.default_rng(1))
    names = sorted(seeds)
    for number, name in enumerate(names):
        (corpus / name).write_bytes(bytes([number]) + seeds[name])

    def target(content: bytes) -> None:
        if not content:
            return
        path = place / names[content[0] % len(names)]
        path.write_bytes(content[1:])
        with contextlib.suppress(ConvletError):
            convlet.load(str(path)).train.images[:4]

    return target


def _tensors(_: Path, corpus: Path) -> Callable[[bytes], None]:
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
    (corpus / "plain").write_bytes(b"\0" + plain)
    (corpus / "binary").write_bytes(b"\1" + len(binary).to_bytes(2, "big") + binary + b"abcd")

    def target(content: bytes) -> None:
        if len(content) < 3:
            return
        header = str(int.from_bytes(content[1:3], "big")) if content[0] % 2 else None
        with contextlib.suppress(RefusedError):
            Tensors(content[3 if header else 1 :], header, "model").read(predictor)

    return target


if __name__ == "__main__":
    main()
