import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import convlet
from convlet.data import Split, disk, spill
from convlet.errors import ConvletError, DataError
from convlet.training import pipeline
from convlet.training.engines import scan
from convlet.training.pipeline import steps_per_execution, training_batches, validation_batches
from convlet.training.plan import Plan

SHAPE = (2, 2, 1)


@pytest.fixture
def split() -> Split:
    images = np.zeros((10, *SHAPE), np.uint8)
    images[:, 0, 0, 0] = np.arange(10)  # each image knows its own number
    return Split(images, np.arange(10) * 7)


def plan(seed: int = 1, size: int = 10, **changes: object) -> Plan:
    return Plan(convlet.recipe("tutorial", seed=seed, **changes), size, SHAPE)


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
    assert (
        type(there.images).__name__
        == {"in memory": "ndarray", "rows of a file": "ImagesOnDisk", "image files": "EncodedImages"}[request.param]
    )
    return here, there


@pytest.mark.parametrize("engine", ["tensorflow", "grain", "no grain"])
def test_the_batches_are_the_same_wherever_the_images_are(
    stored: tuple[Split, Split], engine: str, monkeypatch
) -> None:
    here, there = stored
    size = len(here)
    if engine != "tensorflow":
        monkeypatch.setattr(pipeline, "on_tensorflow", lambda: False)
        monkeypatch.setattr(scan, "scans", lambda: False)
    if engine == "no grain":
        monkeypatch.setitem(sys.modules, "grain", None)
    elif engine == "grain":
        pytest.importorskip("grain", reason="Grain is not installed: pip install 'convlet[jax]'")

    def seen(split: Split, epochs: tuple[int, ...]) -> list[tuple[bytes, list[int]]]:
        going = Plan(convlet.recipe("tutorial", seed=3), size, (6, 6, 1))
        batches = training_batches(split, 8, going, [])
        found = []
        for number in epochs:
            going.epoch = number
            for one in range(len(batches)) if engine != "tensorflow" else batches:
                images, labels = batches[one] if engine != "tensorflow" else one
                found.append((np.asarray(images).tobytes(), np.asarray(labels).tolist()))
        return found

    expected = []
    for number in (0, 1, 2):
        order = np.random.default_rng((3, number, 0)).permutation(size)
        parts = [order[start : start + 8] for start in range(0, size, 8)]
        expected += [(here.images[rows].tobytes(), here.labels[rows].tolist()) for rows in parts]
    assert seen(there, (0, 1, 2)) == expected
    assert seen(there, (2,)) == expected[-9:]  # a run that is taken up again


@pytest.mark.parametrize("stored", ["image files"], indirect=True)
def test_a_file_that_is_gone_is_named(stored: tuple[Split, Split], tmp_path: Path, monkeypatch) -> None:
    _, there = stored
    for file in (tmp_path / "1").iterdir():
        file.unlink()
    failures: list[ConvletError] = []
    with pytest.raises(Exception, match=r"there is no file .*\.png"):
        epoch(training_batches(there, 8, plan(size=len(there)), failures))
    assert "there is no file" in str(failures[0])
    monkeypatch.setattr(pipeline, "on_tensorflow", lambda: False)
    batches = training_batches(there, 8, plan(size=len(there)), [])
    with pytest.raises(DataError, match=r"there is no file .*\.png"):
        [*map(batches.__getitem__, range(len(batches)))]


def epoch(batches) -> tuple[list[int], list[np.ndarray]]:
    seen = [(images.numpy(), labels.numpy()) for images, labels in batches]
    return [len(labels) for _, labels in seen], [np.concatenate(parts) for parts in zip(*seen, strict=True)]


def test_an_epoch_holds_every_image_once_beside_its_label(split: Split) -> None:
    sizes, (images, labels) = epoch(training_batches(split, 4, plan(), []))
    assert sizes == [4, 4, 2]
    assert sorted(labels) == (np.arange(10) * 7).tolist()
    np.testing.assert_array_equal(images[:, 0, 0, 0] * 7, labels)
    assert images.dtype == np.uint8


def test_the_order_follows_from_seed_and_epoch_alone(split: Split) -> None:
    going = plan(3)
    batches = training_batches(split, 4, going, [])
    orders = []
    for number in (0, 1, 0):
        going.epoch = number
        orders.append(epoch(batches)[1][1].tolist())
    assert orders[0] == orders[2] != orders[1]
    assert orders[0] == (plan(3).order() * 7).tolist()
    assert plan(3).order().tolist() != plan(4).order().tolist()


@pytest.mark.parametrize("changes", [{"shift": 1, "rotation": 20}, {"elastic": 1}])
def test_augmentation_follows_from_seed_and_epoch_alone(split: Split, changes: dict[str, float]) -> None:
    def pixels(seed: int, number: int) -> list[int]:
        going = plan(seed, **changes)
        going.epoch = number
        return epoch(training_batches(split, 4, going, []))[1][0].ravel().tolist()

    assert pixels(1, 0) == pixels(1, 0)
    assert len({tuple(pixels(seed, number)) for seed in (1, 2) for number in (0, 1)}) == 4


def test_says_how_many_batches_there_are(split: Split) -> None:
    assert [int(training_batches(split, size, plan(), []).cardinality()) for size in (1, 3, 5, 10)] == [10, 4, 2, 1]


def test_validation_keeps_the_order(split: Split) -> None:
    np.testing.assert_array_equal(epoch(validation_batches(split, []))[1][1], split.labels)


@pytest.mark.parametrize(("batch_size", "steps"), [(1, 4096), (128, 32), (4096, 1), (60_000, 1)])
def test_small_batches_run_many_steps_a_call(batch_size: int, steps: int) -> None:
    assert steps_per_execution(batch_size) == steps
