"""Predict for more images than fit in memory."""

from convlet.prediction.bulk.predict import Predicted, predict_files

__all__ = ["Predicted", "predict_files"]
