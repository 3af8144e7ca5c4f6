"""Trainings in experiment trackers: TensorBoard, MLflow, or one of your own."""

from convlet.training.tracking.trackers import Tracker, track

__all__ = ["Tracker", "track"]
