"""Follow a distributed training in every process but the first."""

import tempfile
from pathlib import Path

from convlet.recipes import Recipe
from convlet.run import CHECKPOINT
from convlet.run.recorded import load_recorded
from convlet.system.watch import Watch
from convlet.training import checkpoint
from convlet.training.distributed import distribute
from convlet.training.fit import with_splits
from convlet.training.members import fit_members
from convlet.training.recorder import Keeper
from convlet.training.resolve import form_of


def follow(source: str | None = None, data_dir: str | Path | None = None) -> None:
    """Train along with process 0, which calls `train` or `resume`, and write nothing.

    The data are read as in process 0: at its size, with its `fit`, and turned if it turned them.

    Args:
        source: where the data are on this machine, if not where process 0 has them; see `convlet.load`.
        data_dir: the folder of downloaded data sets.

    Raises:
        DataError: the data cannot be found, or differ from those of process 0.
        LostProcessError: another process ended too early.
    """
    with distribute.noticing_losses(), tempfile.TemporaryDirectory() as folder:
        facts, toml, state = distribute.receive()
        (Path(folder) / "recipe.toml").write_text(toml, encoding="utf-8")
        if state:
            (Path(folder) / CHECKPOINT).write_bytes(state)
        recipe = Recipe.from_toml(Path(folder) / "recipe.toml")
        saved = checkpoint.load(Path(folder))
        facts |= {"source": source or facts["source"]}
        dataset = with_splits(load_recorded(facts, data_dir), recipe)
        distribute.require_same_data(dataset)
        fit_members(dataset, recipe, form_of(recipe, dataset), Keeper(), Watch(), saved)
