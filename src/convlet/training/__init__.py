"""From a data set and a recipe to a run folder."""

from convlet.training.fit import follow, resume, train
from convlet.training.recorder import Watch

__all__ = ["Watch", "follow", "resume", "train"]
