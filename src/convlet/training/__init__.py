"""Train: from a data set and a recipe to a run folder."""

from convlet.system.watch import Watch
from convlet.training.choose import choose_recipe
from convlet.training.fit import resume, train
from convlet.training.follow import follow

__all__ = ["Watch", "choose_recipe", "follow", "resume", "train"]
