"""MedMNIST, beyond what every named set promises: its own validation split, and what may lack."""

from pathlib import Path

import numpy as np
import pytest

from convlet.data import CATALOG, load
from tests.data.archives import medmnist, small
from tests.data.datafiles import Pictures, assert_refused

ENTRY = CATALOG["breastmnist"]
PARTS = {split: small(ENTRY, size, seed=size) for split, size in (("train", 5), ("validation", 3), ("test", 2))}


def write(folder: Path, parts: dict[str, Pictures]) -> Path:
    path = folder / ENTRY.name / "breastmnist.npz"
    path.parent.mkdir()
    path.write_bytes(medmnist(parts))
    return path


def test_its_validation_is_not_cut_from_train(tmp_path: Path):
    write(tmp_path, PARTS)
    data = load(ENTRY.name, tmp_path).with_validation(0.2)
    assert [len(data.split(split)) for split in PARTS] == [10, 6, 4]
    np.testing.assert_array_equal(data.validation.labels, PARTS["validation"].labels)


def test_a_class_that_train_lacks_keeps_its_number(tmp_path: Path):
    images = PARTS["train"].images
    write(tmp_path, PARTS | {"train": Pictures(images, np.ones(len(images), int))})
    data = load(ENTRY.name, tmp_path)
    assert set(data.train.labels.tolist()) == {1}
    assert data.class_names == ENTRY.class_names


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_split_that_is_missing(tmp_path: Path, split: str):
    path = write(tmp_path, {name: part for name, part in PARTS.items() if name != split})
    assert_refused(lambda: load(ENTRY.name, tmp_path), path, f"{split}_images and {split}_labels")
