"""Trainings in the experiment tracker that somebody uses already: TensorBoard, MLflow, or their own."""

from convlet.training.tracking.trackers import TRACKERS, Tracker, track, tracker

__all__ = ["TRACKERS", "Tracker", "track", "tracker"]
