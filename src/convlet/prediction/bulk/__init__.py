"""Answers for more images than fit into memory."""

from convlet.prediction.bulk.predict import Predicted, Progress, predict_files

__all__ = ["Predicted", "Progress", "predict_files"]
