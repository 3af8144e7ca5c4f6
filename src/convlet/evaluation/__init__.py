"""Judge probabilities against labels, whatever computed them."""

from convlet.evaluation.calibration import ReliabilityBin, fit_temperature, reliability, threshold
from convlet.evaluation.corruptions import CORRUPTIONS, corrupt
from convlet.evaluation.metrics import Case, ClassScore, Evaluation, Robustness, evaluate
from convlet.evaluation.rejection import Rejection, RejectionPoint
from convlet.evaluation.suspects import Suspect, suspect_labels

__all__ = [
    "CORRUPTIONS",
    "Case",
    "ClassScore",
    "Evaluation",
    "Rejection",
    "RejectionPoint",
    "ReliabilityBin",
    "Robustness",
    "Suspect",
    "corrupt",
    "evaluate",
    "fit_temperature",
    "reliability",
    "suspect_labels",
    "threshold",
]
