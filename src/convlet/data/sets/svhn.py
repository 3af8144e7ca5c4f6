"""SVHN, cropped: 99,289 digits from house numbers, 32x32 in color."""

from convlet.data.entry import Archive, Entry
from convlet.data.mat import read_entry

ENTRIES = (
    Entry(
        name="svhn",
        title="Digits of house numbers",
        licence="research only",
        citation="Y. Netzer et al.: Reading Digits in Natural Images with Unsupervised Feature Learning (NIPS 2011)",
        class_names=tuple("0123456789"),
        image_shape=(32, 32, 3),
        train=73_257,
        test=26_032,
        read=read_entry,
        archives=(
            Archive("train_32x32.mat", "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8"),
            Archive("test_32x32.mat", "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b"),
        ),
        mirrors=("http://ufldl.stanford.edu/housenumbers/",),
    ),
)
