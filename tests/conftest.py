"""What all tests share: one seed for the global generators, the embedded digits, a short training, MNIST if present."""

import importlib.util
import os
import random
import shutil
import sys
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from filelock import FileLock

import convlet
from convlet.data import Dataset, disk
from convlet.run import Run
from tests.data.datafiles import Pictures, write_idx_folder

SEED = 20_260_101
_DATA = os.environ.get("CONVLET_DATA")  # read before a fixture clears it
# Ray's workers give way to everything else; beside other tests they would take ten times as long.
os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112  Ray's own spelling


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cases", type=int, metavar="N", help="run N cases of each parametrized test, not all of them")


@pytest.hookimpl(trylast=True)  # after `-m` and `-k`, so that the N are among those they leave
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep `--cases` cases of each test. The test's name decides which, so every process keeps the same ones."""
    if (most := config.getoption("cases")) is None:
        return
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        cases.setdefault(item.nodeid.split("[")[0], []).append(item)
    kept = set()
    for name, alike in cases.items():
        alike.sort(key=lambda item: item.nodeid)
        kept.update(random.Random(name).sample(alike, min(most, len(alike))))
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]


def seed_everything() -> None:
    """Seed Python, NumPy and, if it is imported, Keras with its engine."""
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(SEED)
    else:
        random.seed(SEED)
        np.random.seed(SEED)  # libraries draw from this generator


# Each fixture and each test starts from the seed, whatever ran before it.
@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup() -> None:
    seed_everything()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call() -> None:
    seed_everything()


class _SeedAfterKeras(MetaPathFinder):
    """Seed again after Keras is imported, because its import draws numbers: a test that is the first to use Keras
    gets the same weights as one that is not."""

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if name != "keras":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.loader is not None
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            seed_everything()

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


if "keras" not in sys.modules:
    sys.meta_path.insert(0, _SeedAfterKeras())


@pytest.fixture(scope="session")
def digits() -> Dataset:
    return convlet.load("digits")


@pytest.fixture(scope="session")
def mnist() -> Dataset:
    if not _DATA or not (Path(_DATA) / "mnist").is_dir():
        pytest.skip("CONVLET_DATA names no folder with MNIST in it")
    return convlet.load("mnist", _DATA)


def trained_once(name: str, train: Callable[[Path], Run], factory: pytest.TempPathFactory) -> Run:
    """Return a copy of a run that the first of pytest's processes to need it has trained.

    Each process has a copy of its own, because tests write figures and reports into it.

    Args:
        name: of the folder.
        train: trains into a folder of runs, with the same result in every process.
        factory: pytest's.
    """
    own = factory.getbasetemp()
    place = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / f"once-{name}"
    with FileLock(f"{place}.lock"):
        if not place.is_dir():
            train(place.with_suffix(".unfinished"))
            place.with_suffix(".unfinished").rename(place)
    (run,) = Path(shutil.copytree(place, factory.mktemp(name) / "runs")).iterdir()
    return Run(run)


@pytest.fixture(scope="session")
def run(digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A short training on digits, shared: tests read it without changing it."""
    recipe = convlet.recipe("small-data", epochs=4)
    return trained_once("shared", lambda out: convlet.train(digits, recipe, out=out), tmp_path_factory)


@pytest.fixture
def on_disk(digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """The digits in the IDX files of the folder `idx`, treated as too many for memory."""
    monkeypatch.setattr(disk, "IN_MEMORY", 0)
    train, test = (Pictures(split.images[..., 0], split.labels) for split in (digits.train, digits.test))
    return convlet.load(write_idx_folder(tmp_path / "idx", train, test))


@pytest.fixture
def noise() -> np.ndarray:
    """12 images in the form of digits."""
    return np.random.default_rng(0).integers(0, 256, (12, 8, 8, 1), dtype=np.uint8)
