"""Predict with a trained model: one image, a page, or a million files."""
