"""Judge probabilities against labels, whatever model computed them."""

from convlet.evaluation.calibration import ReliabilityBin, can_set, fit_temperature, reliability, threshold
from convlet.evaluation.chance import learned
from convlet.evaluation.corruptions import CORRUPTIONS, corrupt
from convlet.evaluation.metrics import Case, Evaluation, Robustness, evaluate
from convlet.evaluation.picture_corruptions import PICTURE_CORRUPTIONS, SEVERITIES, corrupt_pictures
from convlet.evaluation.rejection import Rejection
from convlet.evaluation.suspects import suspect_labels

__all__ = [
    "CORRUPTIONS",
    "PICTURE_CORRUPTIONS",
    "SEVERITIES",
    "Case",
    "Evaluation",
    "Rejection",
    "ReliabilityBin",
    "Robustness",
    "can_set",
    "corrupt",
    "corrupt_pictures",
    "evaluate",
    "fit_temperature",
    "learned",
    "reliability",
    "suspect_labels",
    "threshold",
]
