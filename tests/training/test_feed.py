"""One contract for every way of feeding that runs without JAX."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import convlet
from convlet.data import Split, disk, spill
from convlet.errors import DataError
from convlet.training.engines.tf_data import TensorFlowFeed
from convlet.training.feed import Feed
from convlet.training.plan import Plan

SHAPE = (2, 2, 1)
FEEDS = pytest.mark.parametrize("kind", [Feed, TensorFlowFeed])


@pytest.fixture
def split() -> Split:
    images = np.zeros((10, *SHAPE), np.uint8)
    images[:, 0, 0, 0] = np.arange(10)  # each image knows its own number
    return Split(images, np.arange(10) * 7)


def plan(seed: int = 1, size: int = 10, number: int = 0, **changes: object) -> Plan:
    made = Plan(convlet.recipe("tutorial", replicas=1, seed=seed, **{"batch_size": 4, **changes}), size, SHAPE)
    made.epoch = number
    return made


def pairs(batches) -> list[tuple[np.ndarray, np.ndarray]]:
    """Iterate over `batches` the way Keras does."""
    sequence = [batches[step] for step in range(len(batches))] if hasattr(batches, "__getitem__") else batches
    return [(np.asarray(images), np.asarray(labels)) for images, labels in sequence]


def epoch(kind: type[Feed], split: Split, plan: Plan) -> list[tuple[np.ndarray, np.ndarray]]:
    return pairs(kind(plan.recipe).training_batches(split, plan))


@pytest.fixture(params=["in memory", "rows of a file", "image files"])
def stored(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Split, Split]:
    """The same split in memory, and as it is where there are too many images for that."""
    pixels = np.random.default_rng(0).integers(0, 256, (90, 6, 6), dtype=np.uint8)
    for number, image in enumerate(pixels):
        (tmp_path / str(number % 2)).mkdir(exist_ok=True)
        Image.fromarray(image).save(tmp_path / str(number % 2) / f"{number}.png")
    here = convlet.load(tmp_path).train
    if request.param != "in memory":
        monkeypatch.setattr(disk, "IN_MEMORY", 0)
        monkeypatch.setattr(spill, "room", lambda: 2**40 if request.param == "rows of a file" else 0)
    there = convlet.load(tmp_path).train
    kinds = {"in memory": "ndarray", "rows of a file": "ImagesOnDisk", "image files": "EncodedImages"}
    assert type(there.images).__name__ == kinds[request.param]
    return here, there


@pytest.mark.parametrize("engine", ["tensorflow", "grain", "no grain"])
def test_the_batches_are_the_same_wherever_the_images_are(stored, engine: str, monkeypatch) -> None:
    here, there = stored
    if engine == "no grain":
        monkeypatch.setitem(sys.modules, "grain", None)
    elif engine == "grain":
        pytest.importorskip("grain", reason="Grain is not installed: pip install 'convlet[jax]'")
    kind = TensorFlowFeed if engine == "tensorflow" else Feed

    def found(*epochs: int) -> list[tuple[bytes, list[int]]]:
        going = plan(3, len(here), batch_size=8)
        batches = kind(going.recipe).training_batches(there, going)
        seen = []
        for going.epoch in epochs:
            seen += [(images.tobytes(), labels.tolist()) for images, labels in pairs(batches)]
        return seen

    expected = []
    for number in (0, 1, 2):
        order = np.random.default_rng((3, number, 0)).permutation(len(here))
        parts = [order[start : start + 8] for start in range(0, len(here), 8)]
        expected += [(here.images[rows].tobytes(), here.labels[rows].tolist()) for rows in parts]
    assert found(0, 1, 2) == expected
    assert found(2) == expected[-9:]  # a resumed run


@FEEDS
@pytest.mark.parametrize("stored", ["image files"], indirect=True)
def test_a_missing_file_is_named(stored, kind: type[Feed], tmp_path: Path) -> None:
    _, there = stored
    for file in (tmp_path / "1").iterdir():
        file.unlink()
    feed = kind(plan().recipe)
    with pytest.raises(DataError, match=r"there is no file .*\.png"), feed.scope():
        pairs(feed.training_batches(there, plan(size=len(there))))


@FEEDS
def test_an_epoch_holds_every_image_once_beside_its_label(kind: type[Feed], split: Split) -> None:
    batches = epoch(kind, split, plan())
    assert [len(labels) for _, labels in batches] == [4, 4, 2]
    images, labels = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    assert sorted(labels) == (np.arange(10) * 7).tolist()
    np.testing.assert_array_equal(images[:, 0, 0, 0] * 7, labels)
    assert images.dtype == np.uint8


@FEEDS
def test_the_order_follows_from_seed_and_epoch_alone(kind: type[Feed], split: Split) -> None:
    going = plan(3)
    batches = kind(going.recipe).training_batches(split, going)
    orders = []
    for going.epoch in (0, 1, 0):
        orders.append(np.concatenate([labels for _, labels in pairs(batches)]).tolist())
    assert orders[0] == orders[2] != orders[1]
    assert orders[0] == (plan(3).order() * 7).tolist()
    assert plan(3).order().tolist() != plan(4).order().tolist()


@FEEDS
@pytest.mark.parametrize("changes", [{"shift": 1, "rotation": 20}, {"elastic": 1}])
def test_augmentation_follows_from_seed_and_epoch_alone(
    kind: type[Feed], split: Split, changes: dict[str, float]
) -> None:
    def pixels(seed: int, number: int) -> bytes:
        return b"".join(images.tobytes() for images, _ in epoch(kind, split, plan(seed, number=number, **changes)))

    assert pixels(1, 0) == pixels(1, 0)
    assert len({pixels(seed, number) for seed in (1, 2) for number in (0, 1)}) == 4


@FEEDS
@pytest.mark.parametrize("reading", ["light-ink", "dark-ink"])
def test_mixed_images_come_with_both_labels(kind: type[Feed], reading: str) -> None:
    images = np.arange(1, 61, dtype=np.uint8)[:, np.newaxis, np.newaxis].repeat(8, axis=1).repeat(8, axis=2)
    mixing = Plan(convlet.recipe("tutorial", replicas=1, batch_size=16, mixing=1, reading=reading), 60, (8, 8, 1))
    for made, labels in epoch(kind, Split(images, np.arange(1, 61)), mixing):
        own, other, part = labels.T
        np.testing.assert_array_equal(other, np.roll(own, 1))
        expected = (1 - part) * own + part * other
        np.testing.assert_allclose(made.mean(axis=(1, 2, 3)), expected, rtol=1e-4)


@FEEDS
def test_says_how_many_batches_there_are(kind: type[Feed], split: Split) -> None:
    plans = [plan(batch_size=size) for size in (1, 3, 5, 10)]
    assert [len(kind(each.recipe).training_batches(split, each)) for each in plans] == [10, 4, 2, 1]


@FEEDS
def test_validation_keeps_the_order(kind: type[Feed], split: Split) -> None:
    batches = pairs(kind(plan().recipe).validation_batches(split))
    np.testing.assert_array_equal(np.concatenate([labels for _, labels in batches]), split.labels)


@pytest.mark.parametrize(("batch_size", "steps"), [(1, 4096), (128, 32), (4096, 1), (60_000, 1)])
def test_tensorflow_runs_many_small_batches_a_call(batch_size: int, steps: int) -> None:
    recipe = convlet.recipe("tutorial", batch_size=batch_size, replicas=1)
    assert TensorFlowFeed(recipe).steps_per_execution == steps
    assert Feed(recipe).steps_per_execution == 1


@pytest.mark.parametrize(("size", "images"), [(10, 10), (100_000, 4096 + 100_000 % 128)])
def test_warming_up_takes_one_call_and_the_last_batch(size: int, images: int) -> None:
    assert TensorFlowFeed(convlet.recipe("tutorial", batch_size=128, replicas=1)).warm_up_images(size) == images
