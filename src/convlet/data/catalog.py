"""The data sets convlet knows by name: their files, hashes, mirrors and licences."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Archive:
    """One published file: the SHA-256 as the mirrors serve it, and of its decompressed bytes where known."""

    name: str
    sha256: str
    content_sha256: str | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A named data set. `mirrors` are base addresses, tried in order; `archives` is empty for an embedded set."""

    name: str
    title: str
    licence: str
    citation: str
    class_names: tuple[str, ...]
    image_shape: tuple[int, int, int]
    train: int
    test: int
    archives: tuple[Archive, ...] = ()
    mirrors: tuple[str, ...] = ()


_TEN_DIGITS = tuple("0123456789")

MNIST = Entry(
    name="mnist",
    title="MNIST handwritten digits",
    licence="CC BY-SA 3.0",
    citation="Y. LeCun, C. Cortes, C. J. C. Burges: The MNIST database of handwritten digits",
    class_names=_TEN_DIGITS,
    image_shape=(28, 28, 1),
    train=60_000,
    test=10_000,
    archives=(
        Archive(
            name="train-images-idx3-ubyte.gz",
            sha256="440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            content_sha256="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        Archive(
            name="train-labels-idx1-ubyte.gz",
            sha256="3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            content_sha256="65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
        Archive(
            name="t10k-images-idx3-ubyte.gz",
            sha256="8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            content_sha256="0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        Archive(
            name="t10k-labels-idx1-ubyte.gz",
            sha256="f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            content_sha256="ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ),
    mirrors=(
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ),
)

FASHION_MNIST = Entry(
    name="fashion-mnist",
    title="Fashion-MNIST clothes",
    licence="MIT, Zalando Research",
    citation="H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST, a novel image dataset for benchmarking (arXiv:1708.07747)",
    class_names=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    image_shape=(28, 28, 1),
    train=60_000,
    test=10_000,
    archives=(
        Archive(
            name="train-images-idx3-ubyte.gz", sha256="3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
        ),
        Archive(
            name="train-labels-idx1-ubyte.gz", sha256="a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
        ),
        Archive(
            name="t10k-images-idx3-ubyte.gz", sha256="346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
        ),
        Archive(
            name="t10k-labels-idx1-ubyte.gz", sha256="67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
        ),
    ),
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    ),
)

DIGITS = Entry(
    name="digits",
    title="Small handwritten digits, embedded: no network needed",
    licence="CC BY 4.0",
    citation="E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, UCI Machine Learning Repository (test part)",
    class_names=_TEN_DIGITS,
    image_shape=(8, 8, 1),
    train=1_437,
    test=360,
)

CATALOG: Mapping[str, Entry] = {entry.name: entry for entry in (MNIST, DIGITS, FASHION_MNIST)}
