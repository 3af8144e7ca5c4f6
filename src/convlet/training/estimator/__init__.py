"""The way of scikit-learn: an estimator that trains, answers, pickles, and works in its pipelines and searches."""

from convlet.training.estimator.classifier import Classifier

__all__ = ["Classifier"]
