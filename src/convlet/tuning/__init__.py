"""Search for the best settings, on one machine or many."""

from convlet.tuning.local import begin, resume_tuning, tune
from convlet.tuning.objective import OBJECTIVES
from convlet.tuning.space import Space
from convlet.tuning.study import FOLDER, Study, Trial

__all__ = ["FOLDER", "OBJECTIVES", "Space", "Study", "Trial", "begin", "resume_tuning", "tune"]
