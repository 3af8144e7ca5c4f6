"""Predict for more images than fit in memory."""

from convlet.prediction.bulk.predict import Predicted, predict_files
from convlet.prediction.bulk.tables import is_table

__all__ = ["Predicted", "is_table", "predict_files"]
