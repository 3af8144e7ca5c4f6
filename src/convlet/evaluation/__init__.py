"""Judging probabilities against labels, whichever program computed them."""

from convlet.evaluation.metrics import ClassScore, Evaluation, evaluate

__all__ = ["ClassScore", "Evaluation", "evaluate"]
