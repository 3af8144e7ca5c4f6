"""Manage the run folder, which a training writes and every later verb opens.

runs/mnist-tutorial-1/
  run.json                   status, data set, versions, hardware, SHA-256 of the files
  recipe.toml                every setting; for `convlet train --config`
  model.keras, model.onnx    class names and preprocessing inside
  kept.npz                   images of the training, for one that goes on from this run
  kept-before.npz            those of the run that this one goes on from, if it does
  history.csv                a row per epoch
  metrics.json               the last epoch, times, parameters
  summary.txt                the layers and their parameters
  checkpoint.safetensors     the state of a minute ago at most, until the training is done
  checkpoint-before.safetensors   the one before it
  accuracy.png, loss.png
  quarantine.csv             the unreadable images, if any, each with the reason
  report.html, evaluation-test.json, {confusion,reliability,rejection}-test.png      from `convlet evaluate`
"""

from convlet.run.evaluate import evaluate
from convlet.run.folder import Run
from convlet.run.history import Epoch
from convlet.run.recording import CHECKPOINT, CHECKPOINTS

__all__ = ["CHECKPOINT", "CHECKPOINTS", "Epoch", "Run", "evaluate"]
