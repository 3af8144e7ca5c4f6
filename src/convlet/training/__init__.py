"""From a data set and a recipe to a run folder."""

from convlet.system.watch import Watch
from convlet.training.distributed.follow import follow
from convlet.training.fit import resume, train

__all__ = ["Watch", "follow", "resume", "train"]
