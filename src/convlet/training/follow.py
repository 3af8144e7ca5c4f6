"""`follow`: what all processes of a distributed training but the first do."""

import tempfile
from pathlib import Path

from convlet.data import brought_to, load
from convlet.recipes import Recipe
from convlet.run import CHECKPOINT
from convlet.system.watch import Watch
from convlet.training import checkpoint
from convlet.training.distributed import distribute
from convlet.training.fit import with_splits
from convlet.training.members import fit_members
from convlet.training.recorder import Keeper
from convlet.training.resolve import form_of, wanted_of


def follow(source: str | None = None, data_dir: str | Path | None = None) -> None:
    """Train along with process 0, which calls `train` or `resume`, and write nothing.

    Args:
        source: where the data are here, if elsewhere than for process 0; like `data_dir` as for `convlet.load`.
        data_dir: the folder of downloaded data sets.

    Raises:
        DataError: the data cannot be found, or differ from those of process 0.
        LostProcessError: another process ended too early.
    """
    with distribute.noticing_losses(), tempfile.TemporaryDirectory() as folder:
        there, toml, state = distribute.receive()
        for name, content in (("recipe.toml", toml.encode()), (CHECKPOINT, state)):
            (Path(folder) / name).write_bytes(content)
        recipe = Recipe.from_toml(Path(folder) / "recipe.toml")
        saved = checkpoint.load(Path(folder)) if state else None
        dataset = with_splits(brought_to(load(source or there, data_dir), wanted_of(recipe), Watch()), recipe)
        distribute.require_same_data(dataset)
        fit_members(dataset, recipe, form_of(recipe, dataset), Keeper(), Watch(), saved)
