"""Trainings in experiment trackers: TensorBoard, MLflow, or one of your own."""

from convlet.training.tracking.trackers import TRACKERS, Tracker, track, tracker

__all__ = ["TRACKERS", "Tracker", "track", "tracker"]
