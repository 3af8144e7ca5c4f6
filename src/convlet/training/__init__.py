"""From a data set and a recipe to a run folder."""

from convlet.training.fit import Watch, resume, train

__all__ = ["Watch", "resume", "train"]
