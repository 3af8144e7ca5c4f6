"""Log trainings in experiment trackers: TensorBoard, MLflow, or your own."""

from convlet.training.tracking.trackers import Tracker, track

__all__ = ["Tracker", "track"]
