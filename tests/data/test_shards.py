"""Shards: the convention's names, labels and splits, images decoded in other processes, and bad shards refused."""

import itertools
import json
import os
import tarfile
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlet.data import disk, load, spill
from convlet.data import encoded as decoding
from convlet.data.decoder import Decoders
from convlet.data.encoded import EncodedImages
from convlet.data.tar import members
from convlet.system.watch import Watch
from tests.data.datafiles import (
    TEST,
    TRAIN,
    Pictures,
    assert_refused,
    pictures,
    samples,
    save,
    write_class_folders,
    write_tar,
)
from tests.images import encoded

ANIMALS = ("ant", "bee", "cat")
GREY = encoded(np.zeros((6, 6), np.uint8))
LONG = "a" * 120  # longer than a plain header's name


def shard(tmp_path: Path, files: list[tuple[str, bytes]], name: str = "shard-0.tar", **options: int) -> Path:
    return write_tar(tmp_path / "set" / name, files, **options)


def pair(key: str, label: str, image: bytes = b"", suffix: str = "png") -> list[tuple[str, bytes]]:
    """A sample; its image has a gray level for its key."""
    image = image or encoded(np.full((6, 6), zlib.crc32(key.encode()) % 256, np.uint8))
    return [(f"{key}.{suffix}", image), (f"{key}.cls", label.encode())]


def sides(tmp_path: Path) -> dict[str, int]:
    """How many images each class has, by its name."""
    data = load(tmp_path / "set")
    counts = np.bincount(np.concatenate([data.train.labels, data.test.labels]), minlength=len(data.class_names))
    return dict(zip(data.class_names, counts.tolist(), strict=True))


def test_numbers_are_classes_in_numeric_order(tmp_path: Path):
    shard(tmp_path, [file for number in range(24) for file in pair(f"k{number}", str(number % 12))])
    assert load(tmp_path / "set").class_names == tuple(map(str, range(12)))


def test_classes_txt_names_the_numbers(tmp_path: Path):
    shard(tmp_path, [*pair("a", "0"), *pair("b", "1"), *pair("c", "dog"), *pair("d", "0"), *pair("e", "2")])
    (tmp_path / "set" / "classes.txt").write_text("cat\ndog\nemu\n\n")
    assert sides(tmp_path) == {"cat": 2, "dog": 2, "emu": 1}


def test_json_labels_beside_other_members(tmp_path: Path):
    files = []
    for number, label in enumerate(["cat", "dog", "cat", "dog"]):
        key = f"./deep/{number}"
        files += [
            (f"{key}.json", json.dumps({"label": label, "id": number}).encode()),
            (f"{key}.txt", b"a caption"),
            (f"{key}.PNG", encoded(np.full((6, 6), number, np.uint8))),
        ]
    shard(tmp_path, [("README", b"about"), ("._0.png", b"of a Mac"), *files, (f"{key}.left.png", b"another view")])
    assert sides(tmp_path) == {"cat": 2, "dog": 2}


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_kind_of_tar(tmp_path: Path, kind: int):
    folders = [("x" * 60 + "/" + "y" * 60 + "/" + name, content) for name, content in samples(TRAIN, ANIMALS)]
    shard(tmp_path, folders, kind=kind)
    (plain,) = (shard(tmp_path / "plain", samples(TRAIN, ANIMALS)),)
    assert load(tmp_path / "set").train.sha256 == load(plain.parent).train.sha256
    if kind != tarfile.USTAR_FORMAT:
        shard(tmp_path, [*pair("a", "0"), *pair(LONG, "1"), *pair("é", "1"), *pair("z", "0")], kind=kind)
        assert sides(tmp_path) == {"0": 2, "1": 2}


def test_splits_by_folder_and_by_name(tmp_path: Path):
    for made, names in (
        (tmp_path / "one", ("train/0.tar", "val/0.tar", "test/0.tar")),
        (tmp_path / "two", ("train-0.tar", "val_0.tar", "test.tar")),
    ):
        for name, given in zip(names, (TRAIN, pictures((2, 2, 2), seed=5), TEST), strict=True):
            write_tar(made / name, samples(given, ANIMALS))
    one, two = load(tmp_path / "one"), load(tmp_path / "two")
    assert [len(one.split(name)) for name in ("train", "validation", "test")] == [40, 6, 12]
    for name in ("train", "validation", "test"):
        assert one.split(name).sha256 == two.split(name).sha256


def test_the_same_data_as_class_folders_decoded_in_other_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    many = pictures((60, 50, 40), seed=4)
    ordered = Pictures(*(part[np.argsort(many.labels, kind="stable")] for part in many))
    write_class_folders(tmp_path / "folders", ordered, ANIMALS)
    save(Image.new("RGB", (6, 6), (1, 2, 3)), tmp_path / "folders" / "bee" / "colour.png")
    shown = sorted((tmp_path / "folders").glob("*/*.png"))
    shard(
        tmp_path,
        [file for at, path in enumerate(shown) for file in pair(f"{at:03d}", path.parent.name, path.read_bytes())],
    )
    here = load(tmp_path / "folders")
    monkeypatch.setattr(decoding, "_FEW", 0)
    monkeypatch.setattr(decoding, "_PART", 7)
    asked = []
    monkeypatch.setattr(disk, "IN_MEMORY", 0)
    for room, kept, folder in ((2**40, disk.ImagesOnDisk, "folders"), (0, EncodedImages, "set")):
        monkeypatch.setattr(spill, "room", lambda room=room: room)
        there = load(tmp_path / folder, reading=lambda *told: asked.append(told))
        assert type(there.train.images) is kept
        assert ("pixels" in there.about) == (room == 0)
        assert (there.class_names, there.train.sha256, there.test.sha256) == (
            here.class_names,
            here.train.sha256,
            here.test.sha256,
        )
        rows = np.random.default_rng(0).permutation(len(here.train))
        np.testing.assert_array_equal(there.train.images[rows], here.train.images[rows])
    assert (str(tmp_path / "folders"), 151, 151) in asked


def test_a_disk_that_others_have_filled_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    shard(tmp_path, samples(TRAIN, ANIMALS))
    here = load(tmp_path / "set")
    monkeypatch.setattr(disk, "IN_MEMORY", 0)
    monkeypatch.setattr(
        tempfile, "TemporaryFile", lambda **_: os.fdopen(os.open("/dev/full", os.O_RDWR), "r+b", buffering=0)
    )
    there = load(tmp_path / "set")
    assert type(there.train.images) is EncodedImages
    assert there.train.sha256 == here.train.sha256


def test_a_process_that_dies_is_done_without(tmp_path: Path):
    if os.name == "nt":
        pytest.skip("kills by number")
    file = save(Image.new("L", (6, 6), 7), tmp_path / "a.png")
    decoders = Decoders()
    assert (decoders.decode([(str(file), 0, -1)] * 3) == 7).all()
    (process,) = decoders._workers._idle
    process.kill()
    process.wait()
    assert decoders.decode([(str(file), 0, -1)] * 3).shape == (3, 6, 6, 1)
    decoders.close()


BAD = {
    "no image": (pair("a", "0", b"I am text"), ("shard-0.tar: a.png", "not an image")),
    "no label": ([*pair("a", "0"), ("b.png", GREY)], ("b.png has no label", "b.cls")),
    "json without label": ([("a.png", GREY), ("a.json", b'{"id": 1}')], ("a.png has no label", "label")),
    "no json": ([("a.png", GREY), ("a.json", b"{")], ("a.json cannot be read",)),
    "label of no image": ([*pair("a", "0"), ("b.cls", b"1")], ("b.cls is a label without an image",)),
    "empty label": (pair("a", " "), ("the label a.cls is ''",)),
    "number with a point": ([("a.png", GREY), ("a.json", b'{"label": 1.5}')], ("the label a.json is '1.5'",)),
    "a novel": (pair("a", "9" * 5_000), ("the label a.cls is '999",)),
    "json too deep": ([("a.png", GREY), ("a.json", b"[" * 100_000)], ("a.json cannot be read",)),
    "two images": ([("a.png", GREY), ("a.bmp", GREY), ("a.cls", b"0")], ("two images with the key 'a'",)),
    "two keys": ([*pair("a", "0"), *pair("b", "1"), *pair("a", "1")], ("two images with the key 'a'",)),
    "nothing": ([], ("holds no samples",)),
    "nothing of ours": ([("notes.txt", b"none yet")], ("holds no samples",)),
}


@pytest.mark.parametrize(("files", "words"), BAD.values(), ids=BAD)
def test_a_bad_shard(tmp_path: Path, files: list[tuple[str, bytes]], words: tuple[str, ...]):
    shard(tmp_path, files)
    assert_refused(lambda: load(tmp_path / "set"), *words)


@pytest.mark.parametrize("share", [0.5, 0.93, 1])
def test_a_truncated_shard(tmp_path: Path, share: float):
    path = shard(tmp_path, samples(TRAIN, ANIMALS))
    end = 40 * 4 * 512  # of the last member; zeros follow
    path.write_bytes(path.read_bytes()[: int(end * share)])
    assert_refused(lambda: load(tmp_path / "set"), path, "truncated or damaged")


def test_a_damaged_and_a_compressed_shard(tmp_path: Path):
    path = shard(tmp_path, samples(TRAIN, ANIMALS))
    content = bytearray(path.read_bytes())
    content[4 * 512 + 3] ^= 1  # in the name of the third member
    path.write_bytes(content)
    assert_refused(lambda: load(tmp_path / "set"), path, "no header at byte 2,048")
    with tarfile.open(path, "w:gz"):
        pass
    path.write_bytes(path.read_bytes() + bytes(512))
    assert_refused(lambda: load(tmp_path / "set"), path, "compressed (gzip)", "Unpack")


@pytest.mark.parametrize("kind", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_damaged_or_truncated_shard_with_long_names(tmp_path: Path, kind: int):
    path = shard(tmp_path, [*pair(LONG, "1"), *pair("z", "0")], kind=kind)
    content = path.read_bytes()
    last = content.index(b"z.cls")
    for damaged in (
        content[:last] + b"Z" + content[last + 1 :],
        content[:last],
        content[: last + 100],
        content[: last + 1024],
    ):
        path.write_bytes(damaged)
        assert_refused(lambda: load(tmp_path / "set"), path, "truncated or damaged")


@pytest.mark.parametrize("first", ["a", LONG])
@pytest.mark.parametrize("size", [b"-0000001000\0", b"\xff" * 10 + b"\xfe\0"])
def test_a_member_of_a_negative_size(tmp_path: Path, first: str, size: bytes):
    path = shard(tmp_path, [*pair(first, "1"), *pair("z", "0")], kind=tarfile.GNU_FORMAT)
    content = path.read_bytes()
    at = content.index(b"z.png")
    header = bytearray(content[at : at + 512])
    header[124:136], header[148:156] = size, b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    path.write_bytes(content[:at] + header + content[at + 512 :])
    assert_refused(lambda: list(itertools.islice(members(path), 9)), path, "damaged")


def test_a_shard_that_changes_while_it_is_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(disk, "IN_MEMORY", 0)
    monkeypatch.setattr(spill, "room", lambda: 0)
    path = shard(tmp_path, samples(TRAIN, ANIMALS))
    data = load(tmp_path / "set")
    os.truncate(path, 600)
    assert_refused(lambda: data.train.images[[5, 6, 7]], path, "was truncated")


def test_labels_outside_the_classes(tmp_path: Path):
    shard(tmp_path, [*pair("a", "0"), *pair("b", "1"), *pair("c", "7")])
    (tmp_path / "set" / "classes.txt").write_text("cat\ndog")
    assert_refused(lambda: load(tmp_path / "set"), "c.png", "'7'", "classes.txt (cat, dog)")
    write_tar(tmp_path / "two" / "train-0.tar", samples(TRAIN, ANIMALS))
    write_tar(tmp_path / "two" / "test-0.tar", samples(TEST, ("ant", "bee", "dog")))
    data = load(tmp_path / "two")
    assert_refused(lambda: data.test, "test-0.tar", "'dog'", "ant, bee, cat")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("a.tar", "b.npz"), ("two kinds", ".npz and .tar")),
        (("test-0.tar", "test-1.tar"), ("shards of test but none of train",)),
        (("train-0.tar", "more.tar"), ("more.tar has no split in its name",)),
        (("train/0.tar", "more.tar"), ("more.tar has no split in its name",)),
    ],
)
def test_folders_of_which_nobody_knows_what_they_are(tmp_path: Path, names: tuple[str, ...], words: tuple[str, ...]):
    for name in names:
        write_tar(tmp_path / "set" / name, pair("a", "0"))
    assert_refused(lambda: load(tmp_path / "set"), tmp_path / "set", *words)


def test_an_archive_beside_class_folders_is_no_shard(tmp_path: Path):
    write_class_folders(tmp_path / "set", TRAIN, ANIMALS)
    shard(tmp_path, pair("a", "0"), "downloaded.tar")
    assert load(tmp_path / "set").class_names == ANIMALS


def test_npz_shards_that_do_not_fit_together(tmp_path: Path):
    for name, images, labels in (("0", TRAIN.images, "labels"), ("1", TRAIN.images[:, :5], "labels")):
        np.savez(tmp_path / f"{name}.npz", **{"images": images, labels: TRAIN.labels})
    assert_refused(lambda: load(tmp_path), tmp_path / "1.npz", "(5, 6, 1)", "(6, 6, 1)")
    np.savez(tmp_path / "1.npz", images=TRAIN.images)
    assert_refused(lambda: load(tmp_path), tmp_path / "1.npz", "holds images")


def npz_shards(folder: Path, *parts: np.ndarray) -> Path:
    for number, images in enumerate(parts):
        np.savez(folder / f"{number}.npz", images=images, labels=np.arange(len(images)) % 2)
    return folder


def test_npz_shards_of_which_the_first_is_dim_take_their_scale_from_all(tmp_path: Path):
    dim, bright = TRAIN.images[:20] // 32, TRAIN.images[20:]
    for order in ((dim, bright), (bright, dim)):
        notes: list[str] = []
        data = load(npz_shards(tmp_path, *order), watch=Watch(on_note=notes.append))
        everything = np.concatenate([data.train.images[:], data.test.images[:]])
        assert sorted(everything.sum(axis=(1, 2, 3))) == sorted(np.concatenate(order).sum(axis=(1, 2)))
        assert notes == []


def test_npz_shards_all_dim_are_stretched_and_it_is_said_once(tmp_path: Path):
    notes: list[str] = []
    data = load(npz_shards(tmp_path, *np.split(TRAIN.images // 16, 4)), watch=Watch(on_note=notes.append))
    assert data.train.value_range == (0, 255)
    assert len(notes) == 1
    assert "0 to 15" in notes[0]


def test_npz_shards_of_two_scales_are_refused_by_name(tmp_path: Path):
    for order in ((TRAIN.images, TRAIN.images / np.float32(255)), (TRAIN.images / np.float32(255), TRAIN.images)):
        npz_shards(tmp_path, *order)
        assert_refused(lambda: load(tmp_path), tmp_path / "0.npz", "1.npz", "run to 1 in", "to 255 in", "same scale")
