"""The contract of every reader, for any format of the data: one suite, run on all of them."""

import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from convlet.data import CATALOG, Dataset, ImagesOnDisk, Split, disk, load, spill
from convlet.errors import DataError
from tests.data.archives import mat
from tests.data.datafiles import (
    IDX_NAMES,
    TEST,
    TRAIN,
    Pictures,
    contents,
    csv,
    samples,
    write_class_folders,
    write_idx_folder,
    write_tar,
)

NUMBERS = ("0", "1", "2")
REAL_DATA = os.environ.get("CONVLET_DATA")  # read here, before any fixture clears it
ANIMALS = ("ant", "bee", "cat")
ALL = Pictures(*map(np.concatenate, zip(TRAIN, TEST, strict=True)))


@dataclass(frozen=True)
class Form:
    """One kind of data: `write` it into a folder and return what to load; `spoil` its own test split, if it has one."""

    write: Callable[[Path], str | Path]
    spoil: Callable[[Path], object] | None = None
    class_names: tuple[str, ...] = NUMBERS


def idx_raw(folder: Path) -> Path:
    return write_idx_folder(folder / "set")


def idx_gzip(folder: Path) -> Path:
    return write_idx_folder(folder / "set", compress=True)


def npz_keras(folder: Path, test: np.ndarray = TEST.images) -> Path:
    np.savez(folder / "set.npz", x_train=TRAIN.images, y_train=TRAIN.labels, x_test=test, y_test=TEST.labels)
    return folder / "set.npz"


def npz_single(folder: Path) -> Path:
    np.savez(folder / "set.npz", images=ALL.images, labels=ALL.labels)
    return folder / "set.npz"


def npz_medmnist(folder: Path, test: np.ndarray = TEST.images) -> Path:
    arrays = {
        "train_images": TRAIN.images,
        "train_labels": TRAIN.labels,
        "test_images": test,
        "test_labels": TEST.labels,
    }
    np.savez_compressed(folder / "set.npz", **arrays)
    return folder / "set.npz"


def mat_single(folder: Path) -> Path:
    (folder / "set.mat").write_bytes(mat(X=np.moveaxis(ALL.images, 0, -1), y=ALL.labels))
    return folder / "set.mat"


def mat_pair(folder: Path) -> Path:
    for split, part in (("train", TRAIN), ("test", TEST)):
        (folder / f"{split}.mat").write_bytes(mat(X=np.moveaxis(part.images, 0, -1), y=part.labels))
    return folder / "train.mat"


def csv_file(folder: Path) -> Path:
    (folder / "set.csv").write_text(csv(ALL))
    return folder / "set.csv"


def class_folders(folder: Path) -> Path:
    return write_class_folders(folder / "set", ALL, ANIMALS)


def class_folders_split(folder: Path) -> Path:
    write_class_folders(folder / "set" / "train", TRAIN, ANIMALS)
    write_class_folders(folder / "set" / "test", TEST, ANIMALS)
    return folder / "set"


def zip_of_class_folders(folder: Path, spoil: str = "") -> Path:
    class_folders_split(folder)
    if spoil:
        (folder / "set" / spoil).write_text("damaged")
    return Path(shutil.make_archive(str(folder / "set"), "zip", folder, "set"))


def tar_shards(folder: Path) -> Path:
    for place, start in enumerate(range(0, len(ALL.labels), 20)):
        part = Pictures(ALL.images[start : start + 20], ALL.labels[start : start + 20])
        write_tar(folder / "set" / f"shard-{place:06d}.tar", samples(part, ANIMALS, start))
    return folder / "set"


def tar_shards_split(folder: Path) -> Path:
    write_tar(folder / "set" / "train-0.tar", samples(TRAIN, ANIMALS))
    write_tar(folder / "set" / "test-0.tar", samples(TEST, ANIMALS))
    return folder / "set"


def npz_shards(folder: Path) -> Path:
    (folder / "set").mkdir()
    for place, (save, rows) in enumerate(((np.savez, slice(0, 30)), (np.savez_compressed, slice(30, None)))):
        save(folder / "set" / f"{place}.npz", images=ALL.images[rows], labels=ALL.labels[rows])
    return folder / "set"


def mnist(folder: Path) -> str:
    if REAL_DATA is None or not (real := Path(REAL_DATA) / "mnist").is_dir():
        pytest.skip("needs MNIST's four files: set CONVLET_DATA to a folder with mnist/ in it")
    (folder / "mnist").mkdir()
    for file in real.glob("*-ubyte*"):
        (folder / "mnist" / file.name).symlink_to(file.resolve())
    return "mnist"


def spoil_mnist(folder: Path) -> None:
    link = next((folder / "mnist").glob("t10k-images*"))
    link.unlink()
    link.write_bytes(b"damaged")


FORMS = {
    "idx-raw": Form(idx_raw, lambda folder: (folder / "set" / IDX_NAMES[2]).write_bytes(b"damaged")),
    "idx-gzip": Form(idx_gzip, lambda folder: (folder / "set" / f"{IDX_NAMES[3]}.gz").write_bytes(b"damaged")),
    "npz-keras": Form(npz_keras, lambda folder: npz_keras(folder, test=TEST.images - 300.0)),
    "npz-single": Form(npz_single),
    "npz-medmnist": Form(npz_medmnist, lambda folder: npz_medmnist(folder, test=TEST.images - 300.0)),
    "mat-single": Form(mat_single),
    "mat-pair": Form(mat_pair, lambda folder: (folder / "test.mat").write_bytes(b"damaged")),
    "csv": Form(csv_file),
    "class-folders": Form(class_folders, class_names=ANIMALS),
    "class-folders-split": Form(
        class_folders_split, lambda folder: (folder / "set" / "test" / "cat" / "x.png").write_text("damaged"), ANIMALS
    ),
    "zip-of-class-folders": Form(
        zip_of_class_folders, lambda folder: zip_of_class_folders(folder, "test/cat/x.png"), ANIMALS
    ),
    "tar-shards": Form(tar_shards, class_names=ANIMALS),
    "tar-shards-split": Form(
        tar_shards_split, lambda folder: (folder / "set" / "test-0.tar").write_bytes(b"damaged"), ANIMALS
    ),
    "npz-shards": Form(npz_shards),
    "digits": Form(lambda folder: "digits", class_names=CATALOG["digits"].class_names),
    "mnist": Form(mnist, spoil_mnist, CATALOG["mnist"].class_names),
}
CUT = [name for name, form in FORMS.items() if form.spoil is None]
OWN_TEST = [name for name, form in FORMS.items() if form.spoil is not None]


@pytest.fixture(scope="module", params=FORMS)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def folder(name: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp(name)


@pytest.fixture(scope="module")
def source(name: str, folder: Path) -> str | Path:
    return FORMS[name].write(folder)


@pytest.fixture(scope="module")
def data(source: str | Path, folder: Path) -> Dataset:
    return load(source, folder)


def splits(data: Dataset) -> tuple[Split, Split]:
    return data.train, data.test


def all_contents(data: Dataset, *parts: Split) -> Counter[tuple[bytes, str]]:
    return sum((contents(part.images, part.labels, data.class_names) for part in parts), Counter())


def test_a_dataset_comes_back(data: Dataset):
    assert isinstance(data, Dataset)
    assert data.name in {"set", "train", "digits", "mnist"}


def test_images_are_uint8_with_four_dimensions(data: Dataset):
    for split in splits(data):
        assert split.images.dtype == np.uint8
        assert split.images.ndim == 4
        assert split.images.shape == (len(split), *data.image_shape)


def test_labels_are_int64_within_the_classes(data: Dataset):
    for split in splits(data):
        assert split.labels.dtype == np.int64
        assert split.labels.shape == (len(split.images),)
        assert set(split.labels.tolist()) <= set(range(len(data.class_names)))


def test_class_names_are_unique_text(name: str, data: Dataset):
    assert data.class_names == FORMS[name].class_names
    assert all(type(one) is str for one in data.class_names)
    assert len(set(data.class_names)) == len(data.class_names)


def test_train_and_test_share_one_image_shape(data: Dataset):
    assert data.train.image_shape == data.test.image_shape == data.image_shape


def test_loading_twice_gives_the_same_data(source: str | Path, folder: Path, data: Dataset):
    again = load(source, folder)
    assert [split.sha256 for split in splits(again)] == [split.sha256 for split in splits(data)]
    assert data.train.sha256 != data.test.sha256


@pytest.mark.parametrize("room", [2**40, 0])
@pytest.mark.parametrize("name", [name for name in FORMS if name != "digits"], indirect=True, scope="module")
def test_pixels_on_disk_are_the_same_data(
    source: str | Path, folder: Path, data: Dataset, room: int, monkeypatch: pytest.MonkeyPatch
):
    in_memory = splits(data)  # read now: the test split is read when first asked for
    monkeypatch.setattr(disk, "IN_MEMORY", 0)
    monkeypatch.setattr(spill, "room", lambda: room)  # none: images of files are decoded whenever they are asked for
    there = load(source, folder)
    for here, other in zip(in_memory, splits(there), strict=True):
        assert isinstance(here.images, np.ndarray)
        assert isinstance(other.images, ImagesOnDisk)
        assert (other.sha256, other.value_range) == (here.sha256, here.value_range)
    here, there = data.with_validation(0.25), there.with_validation(0.25)
    assert isinstance(there.validation.images, ImagesOnDisk)
    assert (there.train.sha256, there.validation.sha256) == (here.train.sha256, here.validation.sha256)


def given(name: str) -> Pictures:
    if name != "digits":
        return ALL
    from sklearn.datasets import load_digits

    raw = load_digits()
    return Pictures(np.rint(raw.images * 255 / 16).astype(np.uint8), raw.target)


@pytest.mark.parametrize("name", CUT, indirect=True, scope="module")
def test_a_cut_loses_and_doubles_no_image(name: str, data: Dataset):
    assert all_contents(data, data.train, data.test) == contents(*given(name), FORMS[name].class_names)


@pytest.mark.parametrize("name", CUT, indirect=True, scope="module")
def test_a_cut_gives_a_fifth_of_each_class_to_test(name: str, data: Dataset):
    counts = np.bincount(given(name).labels)
    assert np.abs(np.bincount(data.test.labels) - counts / 5).max() <= 1
    assert len(data.test) == -(-len(given(name).labels) // 5)


@pytest.mark.parametrize("name", [name for name in OWN_TEST if name != "mnist"], indirect=True, scope="module")
def test_a_test_split_of_its_own_is_read_as_it_is(name: str, data: Dataset):
    names = FORMS[name].class_names
    assert all_contents(data, data.train) == contents(*TRAIN, names)
    assert all_contents(data, data.test) == contents(*TEST, names)


@pytest.mark.parametrize("name", OWN_TEST)
def test_the_test_split_is_opened_only_when_asked_for(name: str, tmp_path: Path):
    form = FORMS[name]
    source = form.write(tmp_path)
    form.spoil(tmp_path)
    data = load(source, tmp_path).with_validation(0.25)
    assert len(data.train) > len(data.validation)
    with pytest.raises(DataError):
        _ = data.test


@pytest.mark.parametrize("name", ["mnist"], indirect=True, scope="module")
def test_mnist_is_the_published_one(data: Dataset):
    _ = data.test
    assert {file.removesuffix(".gz"): sha256 for file, sha256 in data.about["files"].items()} == data.about["published"]
    assert (len(data.train), len(data.test), data.image_shape) == (60_000, 10_000, (28, 28, 1))


def test_validation_is_cut_the_same_way_always(source: str | Path, folder: Path, data: Dataset):
    first, second = data.with_validation(0.25), load(source, folder).with_validation(0.25)
    assert (first.train.sha256, first.validation.sha256) == (second.train.sha256, second.validation.sha256)


def test_validation_keeps_the_class_proportions(data: Dataset):
    counts = np.bincount(data.train.labels)
    taken = np.bincount(data.with_validation(0.25).validation.labels, minlength=len(counts))
    assert np.abs(taken - counts * 0.25).max() <= 1


def test_train_and_validation_together_are_all_of_train(data: Dataset):
    both = data.with_validation(0.25)
    assert all_contents(data, both.train, both.validation) == all_contents(data, data.train)
    assert both.test.sha256 == data.test.sha256
