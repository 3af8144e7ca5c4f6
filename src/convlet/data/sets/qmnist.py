"""QMNIST: MNIST with its whole test set recovered, 120,000 handwritten digits, 28x28 gray."""

from convlet.data.entry import Archive, Entry
from convlet.data.idx import read_entry

ENTRIES = (
    Entry(
        name="qmnist",
        title="MNIST with 60,000 to test",
        licence="BSD",
        citation="C. Yadav, L. Bottou: Cold Case, the Lost MNIST Digits (arXiv:1905.10498)",
        class_names=tuple("0123456789"),
        image_shape=(28, 28, 1),
        train=60_000,
        test=60_000,
        read=read_entry,
        torchvision="QMNIST/raw",
        archives=(
            Archive("qmnist-train-images-idx3-ubyte.gz", md5="ed72d4157d28c017586c42bc6afe6370"),
            Archive("qmnist-train-labels-idx2-int.gz", md5="0058f8dd561b90ffdd0f734c6a30e5e4"),
            Archive("qmnist-test-images-idx3-ubyte.gz", md5="1394631089c404de565df7b7aeaf9412"),
            Archive("qmnist-test-labels-idx2-int.gz", md5="5b5b05890a5e13444e108efe57b788aa"),
        ),
        mirrors=("https://raw.githubusercontent.com/facebookresearch/qmnist/master/",),
    ),
)
