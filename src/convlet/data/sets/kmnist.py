"""KMNIST: 70,000 characters of cursive Japanese, 28x28 gray."""

from convlet.data.entry import Archive, Entry
from convlet.data.idx import read_entry

ENTRIES = (
    Entry(
        name="kmnist",
        title="Cursive Japanese hiragana",
        licence="CC BY-SA 4.0",
        citation="T. Clanuwat et al.: Deep Learning for Classical Japanese Literature (arXiv:1812.01718)",
        class_names=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
        image_shape=(28, 28, 1),
        train=60_000,
        test=10_000,
        read=read_entry,
        torchvision="KMNIST/raw",
        archives=(
            Archive("train-images-idx3-ubyte.gz", "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"),
            Archive("train-labels-idx1-ubyte.gz", "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
            Archive("t10k-images-idx3-ubyte.gz", "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"),
            Archive("t10k-labels-idx1-ubyte.gz", "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
        ),
        mirrors=("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
    ),
)
