"""Predictions for more images than fit into memory."""

from convlet.prediction.bulk.predict import Predicted, predict_files

__all__ = ["Predicted", "predict_files"]
