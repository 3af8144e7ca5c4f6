"""Digits: 1,797 handwritten digits, 8x8 gray, embedded in scikit-learn."""

from pathlib import Path

import numpy as np

from convlet.data.entry import Entry, Read
from convlet.data.split import Split, cut
from convlet.system.extras import optional

_WHITE = 16  # its ink has 17 levels


def _read(entry: Entry, _folder: Path) -> Read:
    load_digits = optional("sklearn.datasets", "train").load_digits

    raw = load_digits()
    images = np.rint(raw.images * (255 / _WHITE)).astype(np.uint8)
    train, test = cut(Split(images, raw.target, name=entry.name), entry.test / len(images))
    return Read(train, lambda: test, {"folder": "embedded in scikit-learn"}, white=_WHITE)


ENTRIES = (
    Entry(
        name="digits",
        title="Small handwritten digits",
        licence="CC BY 4.0",
        citation="E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, "
        "UCI Machine Learning Repository (test part)",
        class_names=tuple("0123456789"),
        image_shape=(8, 8, 1),
        train=1_437,
        test=360,
        read=_read,
    ),
)
